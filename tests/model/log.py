"""The simulated log of one partition: what was published, what the broker still has."""

import random
from dataclasses import dataclass, field
from typing import Final

DAY: Final = 120
"""Ticks of broker time in a received day: short, so that batches span two."""

LEAD_MAX: Final = 5
"""An event from further in the future than this is refused, by broker time."""


@dataclass(frozen=True, slots=True)
class Message:
    """One record; `value` is what the planner weighs, the rest what a decision reads."""

    offset: int
    value: bytes
    timestamp: int
    event: int
    payload: int
    bucket: int
    event_time: int

    @property
    def day(self) -> int:
        return self.timestamp // DAY


@dataclass(slots=True)
class Log:
    """Records by offset; a transaction marker leaves an offset that never existed."""

    rng: random.Random
    events: int
    begin: int = 0
    end: int = 0
    ever: dict[int, Message] = field(default_factory=dict)
    deleted: set[int] = field(default_factory=set)

    def publish(self, now: int) -> None:
        """Append a record: often an id seen before, sometimes with other values, sometimes refused."""
        rng = self.rng
        lead = LEAD_MAX + 20 if rng.random() < 0.1 else rng.randrange(-10, LEAD_MAX)
        payload = 1 if rng.random() < 0.85 else 2
        size = 90 if rng.random() < 0.05 else 10
        message = Message(
            self.end, b"x" * size, now, rng.randrange(self.events), payload, rng.randrange(6), now + lead
        )
        self.ever[self.end] = message
        self.end += 1

    def skip(self) -> None:
        """Leave a hole: an offset no consumer ever sees."""
        self.end += 1

    def expire(self, begin: int) -> None:
        """Retention: delete everything before `begin`."""
        self.deleted.update(offset for offset in range(self.begin, begin) if offset in self.ever)
        self.begin = max(self.begin, begin)

    def read(self, position: int, most: int) -> list[Message]:
        """Return up to `most` records from `position` on; a position that expired means the first one left."""
        found: list[Message] = []
        offset = max(position, self.begin)
        while offset < self.end and len(found) < most:
            if (message := self.ever.get(offset)) is not None:
                found.append(message)
            offset += 1
        return found
