"""Every accepted event reaches Kafka once, the buffer is bounded, and each fault is one sentence."""

import asyncio
import json
import socket
from collections import defaultdict
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.partitioner import DefaultPartitioner
from support.providers import Broker
from support.waiting import until

from tokentide.gateways import (
    Delivery,
    DeliveryError,
    Position,
    ProducerFullError,
    UsageEvent,
    UsageProducer,
    connection,
)
from tokentide.schemas.errors import UserError
from tokentide.streams.brokers.topics import TopicSpec

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def event(number: int, **more: Any) -> UsageEvent:
    return UsageEvent(
        event_id=f"event-{number}",
        event_time=NOW,
        model="a/b",
        prompt_tokens=number,
        completion_tokens=1,
        **more,
    )


async def records(broker: Broker, topic: str, count: int) -> dict[int, list[Any]]:
    """The first `count` records of a topic, by partition."""
    found: dict[int, list[Any]] = defaultdict(list)
    consumer = AIOKafkaConsumer(bootstrap_servers=broker.bootstrap, auto_offset_reset="earliest")
    async with asyncio.timeout(20), consumer:
        consumer.assign([TopicPartition(topic, number) for number in range(4)])
        while sum(map(len, found.values())) < count:
            record = await consumer.getone()
            found[record.partition].append(record)
    return found


async def test_events_arrive_once_where_they_say_and_keyed_by_id(broker: Broker) -> None:
    topic = broker.topic()
    async with UsageProducer(broker.url, topic=topic, linger_ms=5) as producer:
        deliveries = [await producer.send(event(number)) for number in range(500)]
        places = [await delivery for delivery in deliveries]
    found = await records(broker, topic, 500)
    by_place = {(r.partition, r.offset): r for part in found.values() for r in part}
    assert len(by_place) == 500
    for number, place in enumerate(places):
        record = by_place[place.partition, place.offset]
        assert record.key == f"event-{number}".encode()
        assert json.loads(record.value)["prompt_tokens"] == number
        assert place == Position(topic, DefaultPartitioner()(record.key, [0, 1, 2, 3], []), record.offset)


async def test_leaving_flushes_what_nobody_awaited(broker: Broker) -> None:
    topic = broker.topic()
    async with UsageProducer(broker.url, topic=topic, linger_ms=60_000) as producer:
        for number in range(50):
            await producer.send(event(number))
        assert producer.in_flight == 50
    assert producer.in_flight == 0
    assert sum(map(len, (await records(broker, topic, 50)).values())) == 50


async def test_a_batch_leaves_after_its_linger(broker: Broker) -> None:
    async with UsageProducer(broker.url, topic=broker.topic(), linger_ms=20) as producer:
        delivery = await producer.send(event(1))
        assert not delivery.done()
        await until(delivery.done, 10)
        assert (await delivery).offset == 0


async def fill(producer: UsageProducer) -> None:
    for number in range(11):
        await producer.send(event(number))


@pytest.mark.parametrize("limit", [{"max_events": 10}, {"max_bytes": 1_500}])
async def test_a_full_buffer_is_told_and_holds_what_it_accepted(broker: Broker, limit: dict[str, int]) -> None:
    topic = broker.topic()
    async with UsageProducer(broker.url, topic=topic, linger_ms=60_000, **limit) as producer:  # type: ignore[arg-type]
        with pytest.raises(ProducerFullError, match=r"buffer is full: \d+ events .* kafka://127") as full:
            await fill(producer)
        assert "\n" not in str(full.value)
        accepted = producer.in_flight
        assert 0 < accepted <= 10
        await producer.flush()
        await producer.send(event(99))
    found = await records(broker, topic, accepted + 1)
    assert sum(map(len, found.values())) == accepted + 1


async def test_wait_sends_on_when_there_is_room(broker: Broker) -> None:
    topic = broker.topic()
    async with UsageProducer(broker.url, topic=topic, linger_ms=5, max_events=7) as producer:
        for number in range(100):
            await producer.send(event(number), wait=True)
            assert producer.in_flight <= 7
    assert sum(map(len, (await records(broker, topic, 100)).values())) == 100


async def test_an_event_larger_than_the_buffer_is_still_sent(broker: Broker) -> None:
    async with UsageProducer(broker.url, topic=broker.topic(), linger_ms=5, max_bytes=10) as producer:
        assert (await (await producer.send(event(1)))).offset == 0


async def test_only_a_usage_event_leaves(broker: Broker) -> None:
    class Chatty(UsageEvent):
        prompt: str = "my secret"

    async with UsageProducer(broker.url, topic=broker.topic()) as producer:
        for wrong in (Chatty(**event(1).model_dump()), event(1).model_dump()):
            with pytest.raises(TypeError, match="UsageEvent"):
                await producer.send(wrong)  # type: ignore[arg-type]
        assert producer.in_flight == 0


async def test_giving_up_on_one_delivery_disturbs_no_other(broker: Broker) -> None:
    async with UsageProducer(broker.url, topic=broker.topic(1), linger_ms=200) as producer:
        first, second = await producer.send(event(1)), await producer.send(event(2))
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await first
        assert (await second).offset == 1
        assert (await first).offset == 0


@pytest.mark.broker("embedded")
async def test_events_survive_a_broker_that_is_away(broker: Broker) -> None:
    assert broker.embedded is not None
    topic = broker.topic()
    async with UsageProducer(broker.url, topic=topic, linger_ms=5) as producer:
        await (await producer.send(event(0)))
        broker.embedded.set_down(1)
        try:
            deliveries = [await producer.send(event(number)) for number in range(1, 50)]
            for _ in range(20):
                await asyncio.sleep(0)
            assert not any(delivery.done() for delivery in deliveries)
        finally:
            broker.embedded.set_up(1)
        assert len({await delivery for delivery in deliveries}) == 49


NO_LEADER = -1


@pytest.mark.broker("embedded")
async def test_events_survive_a_partition_without_a_leader(broker: Broker, monkeypatch: pytest.MonkeyPatch) -> None:
    """Aiokafka gives a batch up when its leader stays away for longer than a request may take."""
    assert broker.embedded is not None
    hasty = partial(AIOKafkaProducer, request_timeout_ms=300, metadata_max_age_ms=100)
    monkeypatch.setattr(connection, "AIOKafkaProducer", hasty)
    topic = broker.topic(1)
    async with UsageProducer(broker.url, topic=topic, linger_ms=5) as producer:
        await (await producer.send(event(0)))
        broker.embedded.set_leader(topic, 0, NO_LEADER)
        cluster = producer._connection._kafka.client.cluster
        place = TopicPartition(topic, 0)
        await until(lambda: cluster.leader_for_partition(place) in (None, -1), 10)
        delivery = await producer.send(event(1))
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(1):
                await delivery
        broker.embedded.set_leader(topic, 0, 1)
        assert (await delivery).offset == 1


@pytest.mark.broker("embedded")
async def test_closing_without_a_broker_ends_in_time_and_says_what_is_lost(broker: Broker) -> None:
    assert broker.embedded is not None
    producer = UsageProducer(broker.url, topic=broker.topic(), linger_ms=5, timeout_s=0.5)
    await producer.start()
    broker.embedded.set_down(1)
    try:
        delivery = await producer.send(event(0))
        async with asyncio.timeout(10):
            with pytest.raises(UserError, match=r"1 events are not delivered: Kafka at kafka://127"):
                await producer.close()
        with pytest.raises(DeliveryError):
            await delivery
        assert producer.failed == 1
    finally:
        broker.embedded.set_up(1)


TOO_LARGE = 10
"""Kafka's error code MESSAGE_TOO_LARGE; PRODUCE is API 0."""


@pytest.mark.broker("embedded")
async def test_a_refused_batch_is_an_error_to_whoever_awaits_it_and_to_flush_otherwise(
    broker: Broker,
) -> None:
    assert broker.embedded is not None
    async with UsageProducer(broker.url, topic=broker.topic(1), linger_ms=5) as producer:
        broker.embedded.fail_requests(0, [TOO_LARGE])
        with pytest.raises(DeliveryError, match=r"max\.message\.bytes"):
            await (await producer.send(event(0)))
        await producer.flush()
        broker.embedded.fail_requests(0, [TOO_LARGE])
        await producer.send(event(1))
        await producer.send(event(2))
        with pytest.raises(DeliveryError, match="2 events were not delivered"):
            await producer.flush()
        assert (await (await producer.send(event(3)))).offset == 0
    assert producer.failed == 3


@pytest.mark.broker("real")
async def test_after_a_refused_batch_a_real_kafka_takes_the_next(broker: Broker) -> None:
    """An idempotent producer with a hole in its sequence is refused for ever; ours is replaced."""
    topic = broker.topic(1, TopicSpec("", message_bytes_max=4_000))
    async with UsageProducer(broker.url, topic=topic, linger_ms=5, compression=None) as producer:
        await (await producer.send(event(0)))
        large = [await producer.send(event(number)) for number in range(1, 200)]
        lost = await asyncio.gather(*large, return_exceptions=True)
        assert {type(each) for each in lost} == {DeliveryError}
        places = [await (await producer.send(event(number))) for number in range(200, 210)]
        assert [place.offset for place in places] == list(range(1, 11))


async def test_an_unreachable_kafka_is_named_in_one_sentence() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        with pytest.raises(UserError, match=rf"Kafka at kafka://127\.0\.0\.1:{port} cannot be reached") as fault:
            await UsageProducer(f"kafka://user:secret@127.0.0.1:{port}").start()
    assert "secret" not in str(fault.value)
    assert "\n" not in str(fault.value)


async def test_a_kafka_that_does_not_answer_is_named_in_time() -> None:
    writers: list[asyncio.StreamWriter] = []
    async with asyncio.timeout(10):
        server = await asyncio.start_server(lambda reader, writer: writers.append(writer), "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(UserError, match=rf":{port} (did not answer within 0.3 s|cannot be reached)"):
            await UsageProducer(f"kafka://127.0.0.1:{port}", timeout_s=0.3).start()
        server.close()
        for writer in writers:
            writer.close()


async def test_sending_before_start_or_after_close_is_told(broker: Broker) -> None:
    producer = UsageProducer(broker.url, topic=broker.topic())
    with pytest.raises(UserError, match="is not open"):
        await producer.send(event(0))
    async with producer:
        pass
    with pytest.raises(UserError, match="is not open"):
        await producer.send(event(0))
    assert producer.in_flight == 0


async def test_the_error_of_the_block_is_not_hidden_by_a_loss(broker: Broker) -> None:
    delivery: Delivery | None = None
    with pytest.raises(KeyError):  # noqa: PT012
        async with UsageProducer(broker.url, topic=broker.topic(), linger_ms=60_000) as producer:
            delivery = await producer.send(event(0))
            raise KeyError("mine")
    assert delivery is not None
    assert (await delivery).offset == 0


def test_a_mistaken_event_is_refused_without_repeating_what_was_in_it() -> None:
    with pytest.raises(ValueError, match="app") as refusal:
        event(1, app="my secret: how do I ...")
    assert "secret" not in str(refusal.value)
