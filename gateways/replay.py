"""Traces on their way to Kafka: checked as a whole first, then sent at the speed asked for."""

import asyncio
import heapq
import math
from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Final

from tokentide.gateways.files import read_lines
from tokentide.gateways.formats import DEFAULT_START, Population, ReplayEvent, find_format
from tokentide.gateways.producer import UsageProducer
from tokentide.gateways.tempo import SYSTEM_CLOCK, Clock, Tempo, parse_speed

STRIDE: Final = 256
"""Events between two looks at anything else: about 5 ms of work."""


@dataclass(frozen=True, slots=True)
class Replay:
    """Files of one format and how to read them.

    Args:
        paths: files, plain, `.gz` or `.zst`.
        format: name of their format.
        gateway: gateway to publish under; None takes the format's own name for its population.
        start: second 0 of traces that count from their own beginning.
        merged: read all files side by side in the order of their times, instead of one after the other.
    """

    paths: tuple[Path, ...]
    format: str = "usage-events"
    gateway: str | None = None
    start: datetime = DEFAULT_START
    merged: bool = False

    def check(self) -> int:
        """Read every file to its end and return the number of events.

        Raises:
            UsageError: unknown format.
            UserError: missing, truncated or broken file; names file and line.
        """
        if find_format(self.format).judges:
            return sum(1 for _ in self._events(merged=False))
        return sum(1 for path in self.paths for _ in read_lines(path))

    def events(self) -> Iterator[ReplayEvent]:
        """Yield the events of all files; errors as `check`."""
        return self._events(merged=self.merged)

    def _events(self, merged: bool) -> Iterator[ReplayEvent]:
        kind = find_format(self.format)
        population = Population(self.gateway or kind.gateway, self.start)
        files = [kind.read(path, population) for path in self.paths]
        if merged:
            yield from heapq.merge(*files, key=lambda event: -math.inf if event.at_s is None else event.at_s)
        else:
            for events in files:
                yield from events


@dataclass(slots=True)
class Hooks:
    """What happens while a replay runs.

    Attributes:
        progress: told the number of events handed over so far, every few hundred.
        pace: awaited every few hundred events; holds the replay back while consumers lag (embedded broker).
        clock: the clock of recorded speed.
        own_time: records say they were created at the time of their event: a broker that believes it (the embedded
            one) then keeps history as if it had arrived in its time. For demos and tests.
    """

    progress: Callable[[int], None] = lambda sent: None
    pace: Callable[[], Awaitable[None]] | None = None
    clock: Clock = SYSTEM_CLOCK
    own_time: bool = False


@dataclass(frozen=True, slots=True)
class Published:
    """What a replay did: events delivered, bytes of their values, seconds from first to last."""

    events: int
    bytes: int
    seconds: float


async def publish(
    replay: Replay, producer: UsageProducer, *, speed: str = "max", hooks: Hooks | None = None
) -> Published:
    """Check all files, then send every event and return when Kafka has them.

    Raises:
        UsageError: unknown format or speed; nothing was sent.
        UserError: a file is not what it should be; nothing was sent.
        DeliveryError: Kafka refused events.
    """
    parse_speed(speed)
    await asyncio.to_thread(replay.check)
    return await publish_events(replay.events(), producer, speed=speed, hooks=hooks)


async def publish_events(
    events: Iterable[ReplayEvent], producer: UsageProducer, *, speed: str = "max", hooks: Hooks | None = None
) -> Published:
    """Send `events` at `speed` and return when Kafka has them all; errors as `publish`."""
    hooks = hooks or Hooks()
    began = hooks.clock.now()
    factor = parse_speed(speed)
    tempo = None if factor is None else Tempo(factor, hooks.clock)
    sent = size = 0
    source = iter(events)
    while stride := list(islice(source, STRIDE if tempo is None else 1)):
        if tempo is not None:
            await tempo.hold(stride[0].at_s)
        size += await _send(stride, producer, own_time=hooks.own_time)
        sent += len(stride)
        await _look_around(hooks, sent)
    await producer.flush()
    return Published(sent, size, hooks.clock.now() - began)


async def _send(stride: list[ReplayEvent], producer: UsageProducer, *, own_time: bool) -> int:
    size = 0
    for event in stride:
        size += len(event.message)
        at_ms = round(event.at_s * 1000) if own_time and event.at_s is not None else None
        if not producer.offer_message(event.key, event.message, at_ms):
            await producer.send_message(event.key, event.message, wait=True, at_ms=at_ms)
    return size


async def _look_around(hooks: Hooks, sent: int) -> None:
    # Lets the connection work: offering never yields to it.
    await asyncio.sleep(0)
    hooks.progress(sent)
    if hooks.pace is not None:
        await hooks.pace()
