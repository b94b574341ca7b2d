"""What becomes of a sent event: it has a position in the log, or an error."""

import asyncio
from collections.abc import Generator
from dataclasses import dataclass, replace
from typing import Any

from tokentide.schemas.errors import UserError


class DeliveryError(UserError):
    """Kafka did not take the events; the message says which topic, how many and why."""


@dataclass(frozen=True, slots=True)
class Position:
    """Where an event stands in the log; offset -1: Kafka had it already and no longer says where."""

    topic: str
    partition: int
    offset: int


class Batch:
    """The events of one partition that travel together, and what became of them.

    Args:
        builder: aiokafka's batch builder: `append(timestamp, key, value)`, `close()`.
    """

    __slots__ = ("awaited", "builder", "bytes", "count", "settled")

    def __init__(self, builder: Any) -> None:
        self.builder = builder
        self.count = 0
        self.bytes = 0
        self.awaited = 0
        self.settled: asyncio.Future[Position] = asyncio.get_running_loop().create_future()

    def append(self, key: bytes | None, value: bytes, at_ms: int | None = None) -> bool:
        """Add a record that was created at a time (now if None), or return False when the batch is full."""
        if self.builder.append(timestamp=at_ms, key=key, value=value) is None:
            return False
        self.count += 1
        self.bytes += len(value) + len(key or b"")
        return True

    def succeed(self, first: Position) -> None:
        """Settle the batch: its first record is at `first`."""
        self.builder = None
        if not self.settled.done():
            self.settled.set_result(first)

    def fail(self, error: DeliveryError) -> None:
        """Settle the batch: none of its records is known to be in the log."""
        self.builder = None
        if not self.settled.done():
            self.settled.set_exception(error)
            # Whoever awaits no delivery hears of the loss from flush() instead.
            self.settled.exception()


class Delivery:
    """Await it for the event's `Position`; ignore it and `flush()` reports a failure.

    Raises:
        DeliveryError: when awaited and Kafka refused the event.
    """

    __slots__ = ("_awaited", "_batch", "_index")

    def __init__(self, batch: Batch, index: int) -> None:
        self._batch = batch
        self._index = index
        self._awaited = False

    def __await__(self) -> Generator[Any, None, Position]:
        if not self._awaited:
            self._awaited = True
            self._batch.awaited += 1
        # Shielded: a caller that gives up waiting must not cancel its neighbours' deliveries.
        first = yield from asyncio.shield(self._batch.settled).__await__()
        return first if first.offset < 0 else replace(first, offset=first.offset + self._index)

    def done(self) -> bool:
        """Return whether the event is settled, either way."""
        return self._batch.settled.done()
