"""A worker that lost its place in the group can commit nothing: what the delivery protocol rests on."""

import asyncio
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import IllegalGenerationError, UnknownMemberIdError
from aiokafka.structs import OffsetAndMetadata
from support.providers import Broker
from support.waiting import until

from tokentide.streams.brokers.offsets import Committed, committed_offsets

pytestmark = pytest.mark.broker("real")


def member(broker: Broker, topic: str, group: str) -> Any:
    """A group member that is thrown out after two silent seconds."""
    return AIOKafkaConsumer(
        topic,
        bootstrap_servers=broker.bootstrap,
        group_id=group,
        enable_auto_commit=False,
        session_timeout_ms=2000,
        heartbeat_interval_ms=300,
        max_poll_interval_ms=2000,
        rebalance_timeout_ms=2000,
    )


async def test_a_zombies_commit_is_refused_and_its_successors_plan_stays(broker: Broker) -> None:
    topic, group = broker.topic(partitions=1), broker.name("group")
    where = TopicPartition(topic, 0)
    zombie, successor = member(broker, topic, group), member(broker, topic, group)
    async with asyncio.timeout(60):
        await zombie.start()
        await until(lambda: where in zombie.assignment())
        await zombie.commit({where: OffsetAndMetadata(3, "end=5")})
        silence(zombie)
        await successor.start()
        await until(lambda: where in successor.assignment())
        await successor.commit({where: OffsetAndMetadata(5, "end=9")})
        with pytest.raises((IllegalGenerationError, UnknownMemberIdError)):
            await zombie._coordinator._do_commit_offsets(None, {where: OffsetAndMetadata(5, "end=7")})
        assert await committed_offsets(broker.address, group, topic) == {0: Committed(5, "end=9")}
        await successor.stop()
    await bury(zombie)


def silence(consumer: Any) -> None:
    """Stop its heartbeats, as a stopped process would: it goes on believing in its generation."""
    consumer._coordinator._coordination_task.cancel()
    consumer._coordinator._heartbeat_task.cancel()


async def bury(consumer: Any) -> None:
    """Close what `silence` left half alive."""
    try:
        await asyncio.wait_for(consumer.stop(), 10)
    except (asyncio.CancelledError, TimeoutError):
        await consumer._client.close()
