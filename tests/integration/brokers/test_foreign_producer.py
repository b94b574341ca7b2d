"""A gateway that publishes through librdkafka with the settings docs/kafka.md gives it."""

import os
from collections import Counter
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer
from confluent_kafka import Producer
from support.providers import Broker

from tokentide.streams.brokers.offsets import end_offsets
from tokentide.streams.brokers.topics import TopicSpec

# As docs/kafka.md tells gateways.
DOCUMENTED = {"partitioner": "murmur2_random", "enable.idempotence": True}


def send(broker: Broker, topic: str, records: list[tuple[str, bytes]], **settings: Any) -> dict[str, Any]:
    """Publish keyed values; by key, the partition of each or the name of its error."""
    outcomes: dict[str, Any] = {}

    def settle(error: Any, sent: Any) -> None:
        outcomes[sent.key().decode()] = error.name() if error else sent.partition()

    producer = Producer({"bootstrap.servers": broker.bootstrap, "linger.ms": 100, "log_level": 2} | settings)
    for key, value in records:
        producer.produce(topic, value, key, on_delivery=settle)
        producer.poll(0)
    producer.flush(30)
    return outcomes


def noise(count: int) -> list[tuple[str, bytes]]:
    """Records that hardly compress, as many as an eager gateway holds at once."""
    return [(f"key-{number}", os.urandom(250).hex().encode()) for number in range(count)]


@pytest.mark.broker("real")
async def test_documented_settings_lose_nothing_under_load(broker: Broker) -> None:
    topic = broker.topic(partitions=1)
    outcomes = send(broker, topic, noise(20_000), **DOCUMENTED)
    assert Counter(outcomes.values()) == {0: 20_000}
    assert await end_offsets(broker.address, topic) == {0: 20_000}


@pytest.mark.broker("real")
@pytest.mark.parametrize(("batch_size", "lost"), [(1_000_000, True), (100_000, False)])
async def test_a_topic_with_a_smaller_limit_needs_smaller_batches(
    broker: Broker, batch_size: int, lost: bool
) -> None:
    """The reason for the line in the docs: librdkafka fills batches of a megabyte, and does not split them."""
    topic = broker.topic(partitions=1, spec=TopicSpec("", message_bytes_max=128 * 1024))
    outcomes = send(broker, topic, noise(5_000), **(DOCUMENTED | {"batch.size": batch_size}))
    assert ("MSG_SIZE_TOO_LARGE" in outcomes.values()) is lost


async def test_a_key_lands_in_the_same_partition_whichever_client_sends_it(broker: Broker) -> None:
    topic, keys = broker.topic(partitions=7), [f"evt-{number}-ü" for number in range(60)]
    async with AIOKafkaProducer(bootstrap_servers=broker.bootstrap) as producer:
        ours = {key: (await producer.send_and_wait(topic, b"x", key=key.encode())).partition for key in keys}
    assert send(broker, topic, [(key, b"x") for key in keys], **DOCUMENTED) == ours
    assert len(set(ours.values())) == 7
