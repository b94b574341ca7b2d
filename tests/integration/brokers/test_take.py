"""The mutation "Faust acknowledges with take()": events are lost, which is why nothing here is acknowledged by Faust.

The agent that a Faust user would write, over Faust's own transport, meets one failing write. With our
transport and `noack()` the same agent confirms nothing, so nothing can be lost.
"""

import asyncio
from collections.abc import Callable
from typing import Any

import faust
import mode
import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from faust.transport.drivers import aiokafka as driver
from support.providers import Broker
from support.records import publish
from support.waiting import until

from tokentide.schemas.settings import Settings
from tokentide.streams.app import build_app
from tokentide.streams.transport import Fetch

EVENTS = 50
SEEDS = [1, 2, 3]
"""Which write fails: of the first batch, the second, the third."""

Take = Callable[[faust.Stream, "Sink"], Any]


class StoreDownError(Exception):
    """The store did not take a batch."""


class Sink:
    """What reached the store; one write fails."""

    def __init__(self, fails_at: int) -> None:
        self.fails_at, self.writes = fails_at, 0
        self.written: set[bytes] = set()

    def write(self, values: list[bytes]) -> None:
        self.writes += 1
        if self.writes == self.fails_at:
            raise StoreDownError
        self.written.update(values)


async def by_take(stream: faust.Stream, sink: Sink) -> None:
    async for values in stream.take(10, within=0.2):
        sink.write(values)


async def by_fetch(stream: faust.Stream, sink: Sink) -> None:
    async for event in stream.noack().events():
        fetch: Fetch = event.value
        sink.write([record.value for record in fetch.records])


async def lost(broker: Broker, take: Take, sink: Sink, *, ours: bool) -> set[bytes]:
    """Run an app until everything was handed over and its commits had time; return what is confirmed unwritten."""
    topic, group = broker.topic(partitions=1), broker.name("app")
    values = [b"%d" % number for number in range(EVENTS)]
    await publish(broker, topic, values)
    app = build_app(Settings(group=group), broker.address)
    app.conf.broker_commit_interval, app.conf.broker_commit_every = 0.1, 5
    app.conf.agent_supervisor = mode.OneForOneSupervisor  # Faust's own: an agent that raises is started again
    if not ours:
        app.transport = driver.Transport(app.conf.broker_consumer, app)

    @app.agent(app.topic(topic, value_type=bytes, value_serializer="raw"))
    async def ingest(stream: faust.Stream) -> None:
        await take(stream, sink)

    app.finalize()
    await app.start()
    try:
        await until(lambda: sink.writes >= sink.fails_at, deadline_s=60)
    finally:
        await asyncio.wait_for(app.stop(), 30)  # where Faust commits what it holds for done
    return set(values[: await committed(broker, topic, group)]) - sink.written


async def committed(broker: Broker, topic: str, group: str) -> int:
    """What the group has confirmed."""
    consumer = AIOKafkaConsumer(bootstrap_servers=broker.bootstrap, group_id=group, enable_auto_commit=False)
    where = TopicPartition(topic, 0)
    async with asyncio.timeout(30), consumer:
        consumer.assign([where])
        return await consumer.committed(where) or 0


@pytest.mark.broker("embedded")
@pytest.mark.parametrize("seed", SEEDS)
async def test_a_failed_write_under_take_is_lost(broker: Broker, seed: int) -> None:
    assert await lost(broker, by_take, Sink(seed), ours=False)


@pytest.mark.broker("embedded")
async def test_a_failed_write_under_our_transport_is_not(broker: Broker) -> None:
    assert not await lost(broker, by_fetch, Sink(1), ours=True)
