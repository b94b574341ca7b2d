"""The broker's own clock rules: a record's event time can never make Kafka delete it."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from support.providers import Broker
from support.waiting import until_true

from tokentide.schemas.errors import UserError
from tokentide.streams.brokers.offsets import start_offsets
from tokentide.streams.brokers.topics import TopicSpec, ensure_topics

pytestmark = pytest.mark.broker("real")
TEN_YEARS_AGO = datetime.now(UTC) - timedelta(days=3650)
HOUR = TopicSpec("", retention=timedelta(hours=1))


async def create_by_hand(broker: Broker, **settings: str) -> str:
    """A topic as another team might have made it."""
    name = broker.name("by-hand")
    admin = AIOKafkaAdminClient(bootstrap_servers=broker.bootstrap)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(name, 1, 1, topic_configs=settings)])
    finally:
        await admin.close()
    return name


async def send_old(broker: Broker, topic: str, values: list[bytes]) -> None:
    """Publish records that claim to be ten years old."""
    async with AIOKafkaProducer(bootstrap_servers=broker.bootstrap, acks="all") as producer:
        for value in values:
            stamp = int(TEN_YEARS_AGO.timestamp() * 1000)
            await producer.send_and_wait(topic, value, partition=0, timestamp_ms=stamp)


async def test_old_event_times_delete_nothing_from_our_topics(broker: Broker) -> None:
    ours = broker.topic(partitions=1, spec=HOUR)
    theirs = await create_by_hand(broker, **{"message.timestamp.type": "CreateTime", "retention.ms": "3600000"})
    for topic in (ours, theirs):
        await send_old(broker, topic, [b"1", b"2", b"3"])

    # The control shows that the retention check has run over records this old: it emptied the other topic.
    async def emptied() -> bool:
        return await start_offsets(broker.address, theirs) == {0: 3}

    await until_true(emptied, deadline_s=60)
    assert await start_offsets(broker.address, ours) == {0: 0}


async def test_the_record_carries_the_brokers_time_and_says_so(broker: Broker) -> None:
    topic = broker.topic(partitions=1)
    before = datetime.now(UTC) - timedelta(seconds=1)
    await send_old(broker, topic, [b"old"])
    consumer = AIOKafkaConsumer(bootstrap_servers=broker.bootstrap, auto_offset_reset="earliest")
    async with consumer:
        consumer.assign([TopicPartition(topic, 0)])
        record = await consumer.getone()
    log_append_time = 1
    assert record.timestamp_type == log_append_time
    assert datetime.fromtimestamp(record.timestamp / 1000, UTC) > before


async def test_topics_are_created_once_and_then_left_alone(broker: Broker) -> None:
    spec = TopicSpec(broker.name("topic"), partitions=3, retention=timedelta(days=2), compression="zstd")
    (first,) = await ensure_topics(broker.address, [spec])
    (second,) = await ensure_topics(broker.address, [spec])
    assert (first.created, first.partitions, first.differences) == (True, 3, ())
    assert (second.created, second.partitions, second.differences) == (False, 3, ())


async def test_two_that_create_at_once_agree(broker: Broker) -> None:
    spec = TopicSpec(broker.name("topic"), partitions=3)
    reports = await asyncio.gather(*(ensure_topics(broker.address, [spec]) for _ in range(4)))
    assert [report.differences for (report,) in reports] == [()] * 4
    assert [report.partitions for (report,) in reports] == [3] * 4
    assert sum(report.created for (report,) in reports) == 1


async def test_what_kafka_refuses_to_create_is_told_with_its_reason(broker: Broker) -> None:
    name = broker.name("topic")
    with pytest.raises(UserError, match=rf"^Kafka does not create topic {name}: .*[Rr]eplication factor"):
        await ensure_topics(broker.address, [TopicSpec(name, replication=9)])


async def test_a_topic_made_otherwise_is_reported_the_dangerous_first(broker: Broker) -> None:
    name = await create_by_hand(broker, **{"retention.ms": "1000"})
    (report,) = await ensure_topics(broker.address, [TopicSpec(name, partitions=4)])
    told = [(difference.setting, difference.found, difference.vital) for difference in report.differences]
    assert told == [
        ("message.timestamp.type", "CreateTime", True),
        ("partitions", "1", False),
        ("retention.ms", "1000", False),
        ("max.message.bytes", "1048588", False),
    ]
    assert not report.created
    assert name in str(report.differences[0])
    assert "old event_time" in str(report.differences[0])


async def test_a_record_larger_than_the_topic_takes_is_refused(broker: Broker) -> None:
    from aiokafka.errors import MessageSizeTooLargeError

    topic, generous = broker.topic(partitions=1), 4 * 2**20
    producer = AIOKafkaProducer(bootstrap_servers=broker.bootstrap, acks="all", max_request_size=generous)
    async with producer:
        with pytest.raises(MessageSizeTooLargeError):
            await producer.send_and_wait(topic, b"x" * 1_100_000)
        await producer.send_and_wait(topic, b"x" * 65_536)
