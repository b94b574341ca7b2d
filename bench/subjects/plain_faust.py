"""A plain Faust agent: decode and group every event, one at a time, keep the sums in memory, write nothing."""

import asyncio
import gc
import json
import sys
from typing import Any, NoReturn

import faust

from bench.meter import Meter, tell
from bench.subjects.first_fetch import begin_at_first_fetch
from bench.subjects.group_event import Groups


async def run(case: dict[str, Any]) -> NoReturn:
    """Read `case["events"]` messages of a topic and tell what that took."""
    meter, groups, done = Meter(), Groups(), asyncio.Event()
    begin_at_first_fetch(meter)
    app = faust.App(
        case["group"],
        broker=f"kafka://{case['bootstrap']}",
        value_serializer="raw",
        store="memory://",
        topic_allow_declare=False,
        topic_disable_leader=True,
        consumer_auto_offset_reset="earliest",
        consumer_max_fetch_size=8 * 2**20,
        web_enabled=False,
    )
    channel = app.topic(case["topic"], value_type=bytes, value_serializer="raw")
    wanted = case["events"]

    async def agent(stream: Any) -> None:
        async for event in stream.events():
            groups.take(event.value, int(event.message.timestamp * 1000))
            if groups.grouped + groups.refused == wanted:
                meter.end()
                done.set()

    gc.freeze()
    gc.set_threshold(50_000, 20, 50)  # as our worker does: it saves the records of a fetch from being searched
    app.agent(channel, name="plain")(agent)
    await app.start()
    await done.wait()
    tell(meter.measured(wanted, groups.grouped))


if __name__ == "__main__":
    asyncio.run(run(json.loads(sys.argv[1])))
