"""A short-lived admin connection, whose faults are sentences that name the address."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaConnectionError, KafkaError

from tokentide.schemas.errors import UserError
from tokentide.schemas.kafka_address import KafkaAddress

DEADLINE_S: Final = 15.0


@asynccontextmanager
async def reaching(address: KafkaAddress, deadline_s: float = DEADLINE_S) -> AsyncIterator[None]:
    """Give the block `deadline_s` seconds, and tell what Kafka or the network refuses in one sentence.

    Raises:
        UserError: Kafka at `address` cannot be reached, does not answer in time, or refuses.
    """
    try:
        async with asyncio.timeout(deadline_s):
            yield
    except TimeoutError:
        raise UserError(f"Kafka at {address} did not answer within {deadline_s:g} s (TOKENTIDE_KAFKA).") from None
    except (KafkaConnectionError, OSError):
        # aiokafka tells a refused login, a wrong certificate and a closed port alike.
        secured = address.security.protocol != "PLAINTEXT"
        doubt = ", or it refuses the login or the certificate" if secured else ""
        raise UserError(
            f"Kafka at {address} cannot be reached (TOKENTIDE_KAFKA): no broker answers{doubt}."
        ) from None
    except KafkaError as error:
        raise UserError(f"Kafka at {address} cannot be used (TOKENTIDE_KAFKA): {_reason(error)}.") from None


def _reason(error: Exception) -> str:
    # aiokafka puts its class before every message, some of which already end in a stop.
    return str(error).removeprefix(f"{type(error).__name__}: ").rstrip(".") or type(error).__name__


@asynccontextmanager
async def open_admin(address: KafkaAddress, deadline_s: float = DEADLINE_S) -> AsyncIterator[Any]:
    """An aiokafka admin client, closed on the way out.

    Raises:
        UserError: as `reaching`; the deadline covers the whole block.
    """
    client = AIOKafkaAdminClient(**address.client_options(), request_timeout_ms=int(deadline_s * 1000))
    try:
        async with reaching(address, deadline_s):
            await client.start()
            yield client
    finally:
        await client.close()


async def cluster_id(address: KafkaAddress) -> str:
    """The cluster's own id, half of the epoch; a mock cluster's is not unique (see `EmbeddedBroker`).

    Raises:
        UserError: Kafka cannot be reached.
    """
    async with open_admin(address) as client:
        described = await client.describe_cluster()
    return str(described["cluster_id"])


async def partition_counts(client: Any, *, served_only: bool = False) -> dict[str, int]:
    """Partitions of every topic, by name, over an open admin `client`.

    Args:
        client: started.
        served_only: leave out topics of which a partition has no leader now.
    """
    # All topics at once: asking for one by name would create it on a broker that does so by itself.
    topics = await client.describe_topics()
    return {
        topic["topic"]: len(topic["partitions"])
        for topic in topics
        if not served_only or all(partition["leader"] >= 0 for partition in topic["partitions"])
    }
