"""The smallest Faust app that reads a topic: Faust's own transport, let in as our worker is."""

import asyncio

import faust
from support.waiting import until

from tokentide.schemas.kafka_address import KafkaAddress
from tokentide.schemas.settings import Settings
from tokentide.streams.app import build_app


async def consume(address: KafkaAddress, topic: str, wanted: set[bytes], name: str) -> None:
    """Return once an app called `name` has seen exactly the `wanted` values.

    Raises:
        TimeoutError: it has not within a minute.
    """
    app = faust.App(
        name,
        broker=address.faust_url,
        broker_credentials=build_app(Settings(), address).conf.broker_credentials,
        value_serializer="raw",
        store="memory://",
        web_enabled=False,
        topic_allow_declare=False,
        topic_disable_leader=True,
        table_standby_replicas=0,
        consumer_auto_offset_reset="earliest",
        broker_session_timeout=10,
        broker_heartbeat_interval=3,
        broker_rebalance_timeout=30,
        broker_request_timeout=30,
        stream_wait_empty=False,
    )
    seen: set[bytes] = set()

    @app.agent(app.topic(topic, value_type=bytes, value_serializer="raw"))
    async def collect(stream: faust.Stream) -> None:
        async for value in stream:
            seen.add(value)

    app.finalize()
    await app.start()
    try:
        await until(lambda: seen == wanted, deadline_s=60)
    finally:
        await asyncio.wait_for(app.stop(), 30)
