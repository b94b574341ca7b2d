"""Publish at a steady rate, ten marked events a second among the others; tell when each was handed over."""

import asyncio
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from time import monotonic
from typing import Any, Final

from bench.meter import tell
from tokentide.gateways import UsageProducer
from tokentide.gateways.formats import ReplayEvent
from tokentide.gateways.sample import Sample, bench_events

_TICKS_PER_S: Final = 100
_MARKED_TICKS: Final = 10


@dataclass(frozen=True, slots=True)
class Marker:
    """An event whose tenant is its own."""

    name: str
    key: bytes
    message: bytes


async def run(case: dict[str, Any]) -> dict[str, float]:
    """Publish; return the monotonic time of each marker."""
    events = _events(case["rate"], case["seconds"])
    sent: dict[str, float] = {}
    per_tick = case["rate"] // _TICKS_PER_S
    async with UsageProducer(f"kafka://{case['bootstrap']}", topic=case["topic"]) as producer:
        began = monotonic()
        for tick in range(int(case["seconds"] * _TICKS_PER_S)):
            await asyncio.sleep(max(0.0, began + tick / _TICKS_PER_S - monotonic()))
            for event in islice(events, per_tick):
                await producer.send_message(event.key, event.message, wait=True)
            if tick % _MARKED_TICKS == 0:
                marker = _marker(tick, event)
                sent[marker.name] = monotonic()
                await producer.send_message(marker.key, marker.message, wait=True)
    return sent


def _events(rate: int, seconds: float) -> Iterator[ReplayEvent]:
    span = timedelta(seconds=seconds)
    return iter(list(bench_events(Sample(int(rate * seconds), start=datetime.now(UTC), span=span))))


def _marker(tick: int, event: ReplayEvent) -> Marker:
    name = f"marker-{tick}"
    fields = json.loads(event.message) | {"event_id": name, "tenant": name}
    return Marker(name, name.encode(), json.dumps(fields, separators=(",", ":")).encode())


if __name__ == "__main__":
    tell(asyncio.run(run(json.loads(sys.argv[1]))))
