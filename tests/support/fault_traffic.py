"""Seeded traffic for fault tests, and the oracle: what must be stored, computed from what was published.

Imports nothing of ours: ids, sums and buckets are counted here, in plain Python.
"""

import json
import random
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

MODELS = ("openai/gpt-4o", "anthropic/claude-sonnet-4", "deepseek/deepseek-r1", "somebody/unheard-of")
DAY_MS = 86_400_000
_KINDS = {"new": 92.0, "again": 5.0, "long after": 1.0, "conflict": 1.5, "garbage": 0.5}
_RECENT, _REMEMBERED = 200, 20_000


@dataclass
class Published:
    """The oracle. The first message of an id wins: equal keys meet in one partition, in the order sent."""

    received: int = 0
    duplicates: int = 0
    conflicts: int = 0
    garbage: int = 0
    expired: int = 0
    accepted: dict[str, dict[str, Any]] = field(default_factory=dict)

    def note(self, fields: dict[str, Any] | None) -> None:
        """Count one message in the order of sending; None is garbage."""
        self.received += 1
        if fields is None:
            self.garbage += 1
        elif fields["event_id"] not in self.accepted:
            self.accepted[fields["event_id"]] = fields
        elif self.accepted[fields["event_id"]] == fields:
            self.duplicates += 1
        else:
            self.conflicts += 1

    def note_expired(self, messages: int) -> None:
        """Count messages that Kafka deleted before any worker ran to read them."""
        self.received += messages
        self.expired += messages

    def buckets(self, seconds: int) -> dict[int, tuple[int, ...]]:
        """Sums per bucket of event time: attempts, prompt, completion, nano-USD, tool calls."""
        sums: dict[int, list[int]] = defaultdict(lambda: [0] * 5)
        for event in self.accepted.values():
            row = sums[event["event_time"] // 1000 // seconds * seconds]
            tool_call = event["finish_reason"] == "tool_calls"
            values = (1, event["prompt_tokens"], event["completion_tokens"], event["cost_nano"], tool_call)
            for at, value in enumerate(values):
                row[at] += value
        return {bucket: tuple(row) for bucket, row in sums.items()}

    def balance(self) -> dict[str, int]:
        """What the balance sheet must say."""
        return {
            "received": self.received,
            "stored": len(self.accepted),
            "duplicates": self.duplicates,
            "dead": self.conflicts + self.garbage,
            "conflicts": self.conflicts,
            "dropped": self.expired,
        }


class Traffic:
    """Messages with re-sent events, conflicts, garbage and late events, the same for the same seed."""

    def __init__(self, seed: int, *, start_ms: int) -> None:
        self.published = Published()
        self._random = random.Random(seed)
        self._seed = seed
        self._start_ms = start_ms
        self._recent: list[dict[str, Any]] = []
        self._old: list[dict[str, Any]] = []
        self._count = 0
        self.kinds: Counter[str] = Counter()

    def messages(self, count: int) -> Iterator[tuple[bytes, bytes]]:
        """Yield (key, value) of the next `count` messages."""
        for _ in range(count):
            self._count += 1
            kind = self._random.choices(tuple(_KINDS), tuple(_KINDS.values()))[0]
            self.kinds[kind] += 1
            yield self._garbage() if kind == "garbage" else self._event(kind)

    def _event(self, kind: str) -> tuple[bytes, bytes]:
        if kind == "new" or not self._recent:
            fields = self._remembered(self._new())
        else:
            fields = dict(self._random.choice(self._old if kind == "long after" else self._recent))
            if kind == "conflict":
                fields["completion_tokens"] += 1
        self.published.note(fields)
        return fields["event_id"].encode(), _wire(fields)

    def padded(self) -> tuple[dict[str, Any], bytes]:
        """Return a new event and its message with 2 kB that nobody wants; the oracle is not told."""
        self._count += 1
        fields = self._new()
        return fields, _wire(fields, padding="x" * 2_000)

    def _remembered(self, fields: dict[str, Any]) -> dict[str, Any]:
        """Keep the last few, and some of all, to send again."""
        for kept, most in ((self._recent, _RECENT), (self._old, _REMEMBERED)):
            if len(kept) < most:
                kept.append(fields)
            else:
                kept[self._random.randrange(most)] = fields
        return fields

    def _new(self) -> dict[str, Any]:
        draw = self._random
        return {
            "event_id": f"{self._seed}-{self._count}",
            "event_time": self._event_time(),
            "model": draw.choice(MODELS),
            "gateway": f"gateway-{draw.randrange(3)}",
            "prompt_tokens": draw.randrange(20_000),
            "completion_tokens": draw.randrange(2_000),
            "finish_reason": draw.choice(("stop", "length", "tool_calls")),
            "cost_nano": draw.randrange(10**9),
        }

    def _event_time(self) -> int:
        """Within an hour; one in twenty up to 7 days late, one in 500 up to 140."""
        late = self._random.random()
        days = 140 if late < 0.002 else 7 if late < 0.05 else 0
        return self._start_ms + self._random.randrange(3_600_000) - self._random.randrange(days * DAY_MS + 1)

    def _garbage(self) -> tuple[bytes, bytes]:
        self.published.note(None)
        return f"garbage-{self._count}".encode(), self._random.choice((b"{", b"null", b'{"event_id": 7}', b"\xff"))


def _wire(fields: dict[str, Any], **more: str) -> bytes:
    """The message of an event."""
    wire = {name: value for name, value in fields.items() if name != "cost_nano"} | more
    wire["cost_usd"] = f"{fields['cost_nano'] // 10**9}.{fields['cost_nano'] % 10**9:09d}"
    return json.dumps(wire).encode()
