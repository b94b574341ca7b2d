"""What every broker we run on must do, asked of the embedded one and of a real Kafka alike."""

import asyncio

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.structs import OffsetAndMetadata
from support.providers import Broker
from support.records import publish, read
from support.waiting import until

from tokentide.streams.brokers.offsets import (
    Committed,
    committed_offsets,
    end_offsets,
    group_lag,
    start_offsets,
)
from tokentide.streams.brokers.topics import partition_count


@pytest.mark.parametrize("compression", [None, "gzip", "lz4", "zstd"])
async def test_every_record_comes_back_in_order_whatever_the_compression(
    broker: Broker, compression: str | None
) -> None:
    topic = broker.topic(partitions=2)
    values = [b"%d:" % number + b"x" * (number % 700) for number in range(1500)]
    await publish(broker, topic, values, partition=1, compression_type=compression)
    assert await read(broker, topic, 1500, partition=1) == list(enumerate(values))


async def test_a_topic_has_the_partitions_it_was_created_with(broker: Broker) -> None:
    topic = broker.topic(partitions=7)
    assert await partition_count(broker.address, topic) == 7


async def test_asking_for_a_missing_topic_does_not_create_it(broker: Broker) -> None:
    missing = broker.name("missing")
    assert await partition_count(broker.address, missing) is None
    assert await end_offsets(broker.address, missing) == {}
    assert await partition_count(broker.address, missing) is None


async def test_a_commit_keeps_its_metadata_for_whoever_reads_the_group_next(broker: Broker) -> None:
    topic, group = broker.topic(partitions=3), broker.name("group")
    await publish(broker, topic, [b"a", b"b", b"c"], partition=2)
    where = TopicPartition(topic, 2)
    member = AIOKafkaConsumer(topic, bootstrap_servers=broker.bootstrap, group_id=group, enable_auto_commit=False)
    async with asyncio.timeout(30), member:
        await until(lambda: where in member.assignment())
        await member.commit({where: OffsetAndMetadata(1, "end=3;rules=7")})
    assert await committed_offsets(broker.address, group, topic) == {2: Committed(1, "end=3;rules=7")}


async def test_a_group_that_never_committed_lags_by_all_that_is_kept(broker: Broker) -> None:
    topic, group = broker.topic(partitions=2), broker.name("group")
    await publish(broker, topic, [b"1", b"2", b"3"], partition=1)
    assert await start_offsets(broker.address, topic) == {0: 0, 1: 0}
    assert await end_offsets(broker.address, topic) == {0: 0, 1: 3}
    assert await committed_offsets(broker.address, group, topic) == {}
    assert await group_lag(broker.address, group, topic) == {0: 0, 1: 3}
