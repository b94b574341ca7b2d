"""The ingest agent: usage events in, fetch by fetch, each to the loop of its partition."""

from typing import Any, cast

import faust
from faust.types import TP

from tokentide.streams.assignment import Assignment
from tokentide.streams.transport import Fetch


def register(app: faust.App, topic: str, assignment: Assignment) -> Any:
    """Register the agent and its rebalance handlers on `app`; return the agent.

    The stream is read without acknowledgements and never raises: a raising Faust agent
    acknowledges what it was holding (docs/protocol.md).
    """
    channel = app.topic(topic, key_type=bytes, value_type=bytes, value_serializer="raw")

    async def ingest(stream: Any) -> None:
        async for event in stream.noack().events():
            fetch: Fetch = event.value
            assignment.hand_over(TP(topic, fetch.partition), fetch)

    async def assigned(app: Any, tps: set[TP], **_: Any) -> None:
        assignment.assign((tp for tp in tps if tp.topic == topic), app.consumer_generation_id)

    async def revoked(app: Any, *_: Any, **__: Any) -> None:
        assignment.revoke()

    app.on_partitions_assigned.connect(cast(Any, assigned), weak=False)
    app.on_partitions_revoked.connect(cast(Any, revoked), weak=False)
    return app.agent(channel, name="ingest")(ingest)
