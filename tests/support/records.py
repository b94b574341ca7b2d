"""Raw records in and out of a broker, through aiokafka alone."""

import asyncio

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from support.providers import Broker


async def publish(broker: Broker, topic: str, values: list[bytes], partition: int = 0, **options: object) -> None:
    """Send `values` in order and wait until all are acknowledged."""
    options = {"enable_idempotence": True, "acks": "all", "linger_ms": 5} | options
    async with AIOKafkaProducer(bootstrap_servers=broker.bootstrap, **options) as producer:
        sent = [await producer.send(topic, value, partition=partition) for value in values]
        await asyncio.gather(*sent)


async def read(broker: Broker, topic: str, count: int, partition: int = 0) -> list[tuple[int, bytes]]:
    """The first `count` records of a partition as (offset, value)."""
    consumer = AIOKafkaConsumer(bootstrap_servers=broker.bootstrap, auto_offset_reset="earliest")
    found: list[tuple[int, bytes]] = []
    async with asyncio.timeout(20), consumer:
        consumer.assign([TopicPartition(topic, partition)])
        while len(found) < count:
            found.append(await _next(consumer))
    return found


async def _next(consumer: AIOKafkaConsumer) -> tuple[int, bytes]:
    record = await consumer.getone()
    return record.offset, record.value
