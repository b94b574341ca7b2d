"""Every fetch says from which offset it was asked: what the proof of a hole in the log rests on."""

import asyncio

import faust
from support.providers import Broker
from support.records import publish

from tokentide.schemas.settings import Settings
from tokentide.streams.app import build_app
from tokentide.streams.transport import Fetch


async def test_a_fetch_begins_where_it_was_asked_from(broker: Broker) -> None:
    """Without a hole the first record is the one asked for, and the next fetch is asked from where this one ends."""
    topic, fetches = broker.topic(partitions=1), []
    done = asyncio.Event()
    app = build_app(Settings(group=broker.name("app")), broker.address)

    @app.agent(app.topic(topic, value_type=bytes, value_serializer="raw"))
    async def ingest(stream: faust.Stream) -> None:
        async for event in stream.noack().events():
            fetch: Fetch = event.value
            fetches.append((fetch.asked, fetch.records[0].offset, fetch.records[-1].offset + 1))
            if fetches[-1][2] == 600:
                done.set()

    app.finalize()
    await app.start()
    try:
        for part in range(3):
            await publish(broker, topic, [b"%d-%d" % (part, number) for number in range(200)])
        await asyncio.wait_for(done.wait(), 60)
    finally:
        await app.stop()
    assert [first for _, first, _ in fetches] == [asked for asked, _, _ in fetches]
    assert [asked for asked, _, _ in fetches] == [0, *(end for _, _, end in fetches[:-1])]
