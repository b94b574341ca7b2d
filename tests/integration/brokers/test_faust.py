"""The pinned Faust consumes from every broker we run on."""

import asyncio

import faust
from support.providers import Broker
from support.records import publish
from support.waiting import until


async def test_a_plain_faust_app_reads_every_record_of_every_partition(broker: Broker) -> None:
    topic = broker.topic(partitions=3)
    app = faust.App(
        broker.name("app"),
        broker=broker.address.faust_url,
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

    wanted = {b"%d-%d" % (partition, number) for partition in range(3) for number in range(200)}
    for partition in range(3):
        values = [value for value in sorted(wanted) if value.startswith(b"%d-" % partition)]
        await publish(broker, topic, values, partition, compression_type="zstd")
    app.finalize()
    await app.start()
    try:
        await until(lambda: seen == wanted, deadline_s=60)
    finally:
        await asyncio.wait_for(app.stop(), 30)
