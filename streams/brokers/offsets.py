"""How far a topic goes and how far a group has come: end offsets, committed offsets, lag."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import (
    GroupCoordinatorNotAvailableError,
    GroupLoadInProgressError,
    NotCoordinatorForGroupError,
)

from tokentide.schemas.kafka_address import KafkaAddress
from tokentide.streams.brokers.admin import DEADLINE_S, open_admin, partition_counts, reaching

_RETRY_S: Final = 0.1
# A new cluster makes its group coordinator at the first question for it.
_NOT_YET: Final = (GroupCoordinatorNotAvailableError, GroupLoadInProgressError, NotCoordinatorForGroupError)


@dataclass(frozen=True, slots=True)
class Committed:
    """A group's commit in one partition: the next offset to read, and what was written beside it."""

    offset: int
    metadata: str = ""


async def start_offsets(address: KafkaAddress, topic: str) -> dict[int, int]:
    """First offset still kept, per partition; empty where the topic does not exist.

    Raises:
        UserError: Kafka cannot be reached.
    """
    async with _reader(address, topic) as (consumer, partitions):
        return _by_number(await consumer.beginning_offsets(partitions))


async def end_offsets(address: KafkaAddress, topic: str) -> dict[int, int]:
    """Offset the next record will get, per partition; empty where the topic does not exist.

    Raises:
        UserError: Kafka cannot be reached.
    """
    async with _reader(address, topic) as (consumer, partitions):
        return _by_number(await consumer.end_offsets(partitions))


async def committed_offsets(address: KafkaAddress, group: str, topic: str) -> dict[int, Committed]:
    """What `group` has committed, per partition; partitions without a commit are left out.

    Raises:
        UserError: Kafka cannot be reached.
    """
    async with open_admin(address) as client:
        # Named one by one: a mock cluster answers nothing to the question for all of them.
        count = (await partition_counts(client)).get(topic, 0)
        asked = [TopicPartition(topic, number) for number in range(count)]
        found = await _until_known(client, group, asked) if asked else {}
    return {
        where.partition: Committed(commit.offset, commit.metadata or "")
        for where, commit in sorted(found.items())
        if commit.offset >= 0
    }


def lag(starts: Mapping[int, int], ends: Mapping[int, int], committed: Mapping[int, Committed]) -> dict[int, int]:
    """Records not yet confirmed, per partition; without a commit, all that are kept."""
    return {
        partition: max(0, end - (committed[partition].offset if partition in committed else starts.get(partition, 0)))
        for partition, end in ends.items()
    }


async def group_lag(address: KafkaAddress, group: str, topic: str) -> dict[int, int]:
    """`lag` as it is now; commits are read last, so that a sum of 0 means drained up to the ends read before.

    Raises:
        UserError: Kafka cannot be reached.
    """
    async with _reader(address, topic) as (consumer, partitions):
        starts = _by_number(await consumer.beginning_offsets(partitions))
        ends = _by_number(await consumer.end_offsets(partitions))
    return lag(starts, ends, await committed_offsets(address, group, topic))


async def _until_known(client: Any, group: str, partitions: list[TopicPartition]) -> Mapping[TopicPartition, Any]:
    while True:
        try:
            found: Mapping[TopicPartition, Any] = await client.list_consumer_group_offsets(
                group, partitions=partitions
            )
        except _NOT_YET:
            await asyncio.sleep(_RETRY_S)
        else:
            return found


@asynccontextmanager
async def _reader(address: KafkaAddress, topic: str) -> AsyncIterator[tuple[Any, list[TopicPartition]]]:
    async with open_admin(address) as client:
        count = (await partition_counts(client)).get(topic, 0)
    consumer = AIOKafkaConsumer(**address.client_options(), request_timeout_ms=int(DEADLINE_S * 1000))
    try:
        async with reaching(address):
            await consumer.start()
            # aiokafka 0.14: stopped before its background task had a turn, a consumer raises CancelledError.
            await asyncio.sleep(0)
            yield consumer, [TopicPartition(topic, number) for number in range(count)]
    finally:
        await consumer.stop()


def _by_number(offsets: Mapping[TopicPartition, int]) -> dict[int, int]:
    return {where.partition: offset for where, offset in sorted(offsets.items())}
