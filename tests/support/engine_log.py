"""The log of one partition for the engine cases, and what each message must come to: plain Python, nothing of ours.

The same seed and partition give the same messages, however many are asked for.
"""

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

DAY_MS = 86_400_000
_KINDS = {"new": 90.0, "again": 6.0, "conflict": 2.0, "garbage": 2.0}
_REMEMBERED = 300
_STEP_MS = 4_000
_BEFORE_MIDNIGHT = 130
"""Messages before the log runs over midnight: batches there belong to two received days."""
_MODELS = ("openai/gpt-4o", "anthropic/claude-sonnet-4", "deepseek/deepseek-r1", "somebody/unheard-of")
_LABELS = ("/Computers & Electronics/Programming", "/Games/Roleplaying Games", "/Science", "/News")


@dataclass(frozen=True)
class Message:
    """One record of the log and what must become of it: stored, duplicate, conflict or garbage.

    `fields` are the event as published, `received_ms` when it counts as received.
    """

    offset: int
    value: bytes
    timestamp: int
    received_ms: int
    outcome: str
    fields: dict[str, Any]


def messages(seed: int, partition: int, count: int) -> list[Message]:
    """Return the first `count` messages of a partition."""
    return [message for message, _ in zip(_endless(seed, partition), range(count), strict=False)]


def _endless(seed: int, partition: int) -> Iterator[Message]:
    draw = random.Random(f"{seed}:{partition}")
    midnight = int(datetime.now(UTC).timestamp() * 1000) // DAY_MS * DAY_MS
    accepted: dict[str, dict[str, Any]] = {}
    recent: list[dict[str, Any]] = []
    latest = offset = 0
    while True:
        sent = midnight + (offset - _BEFORE_MIDNIGHT) * _STEP_MS - draw.choice((0, 0, 0, 3, 2_000))
        latest = max(latest, sent)
        fields = _drawn(draw, f"{seed}-{partition}-{offset}", sent, recent)
        value = b"{" if fields is None else _wire(fields)
        yield Message(offset, value, sent, latest, _outcome(fields, accepted), fields or {})
        if fields is not None and accepted.setdefault(fields["event_id"], fields) is fields:
            recent.append(fields)
            del recent[:-_REMEMBERED]
        offset += 1


def _drawn(draw: random.Random, new_id: str, sent: int, recent: list[dict[str, Any]]) -> dict[str, Any] | None:
    kind = draw.choices(tuple(_KINDS), tuple(_KINDS.values()))[0]
    if kind == "garbage":
        return None
    if kind == "new" or not recent:
        return _new(draw, new_id, sent)
    fields = dict(draw.choice(recent))
    if kind == "conflict":
        fields["completion_tokens"] += 1
    return fields


def _outcome(fields: dict[str, Any] | None, accepted: dict[str, dict[str, Any]]) -> str:
    if fields is None:
        return "garbage"
    first = accepted.get(fields["event_id"])
    if first is None:
        return "stored"
    return "duplicate" if first == fields else "conflict"


def _new(draw: random.Random, event_id: str, sent: int) -> dict[str, Any]:
    """One event; late by up to 140 days now and then."""
    maybe = lambda value: draw.choice((None, value))  # noqa: E731
    late = draw.choice((0, 0, 9_999, 25_000, 3_700_000, draw.randrange(7 * DAY_MS), draw.randrange(140 * DAY_MS)))
    completion = draw.choice((draw.randrange(300), draw.randrange(2**20)))
    prompt = draw.choice((draw.randrange(300), draw.randrange(2**31)))
    sampled = draw.random() < 0.5
    fields = {
        "event_id": event_id,
        "event_time": sent - late,
        "model": draw.choice(_MODELS),
        "gateway": f"gateway-{draw.randrange(2)}",
        "tenant": maybe("tenant-a"),
        "attempt": draw.choice((1, 1, 1, 2)),
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "reasoning_tokens": maybe(draw.randrange(completion + 1)),
        "cached_tokens": maybe(draw.randrange(prompt + 1)),
        "finish_reason": draw.choice((None, "stop", "length", "tool_calls")),
        "status": draw.choice((None, "ok", "ok", "error")),
        "latency_ms": maybe(draw.randrange(10**6)),
        "cost_nano": maybe(draw.randrange(10**12)),
        "is_byok": maybe(draw.choice((True, False))),
        "billing_country": maybe(draw.choice(("DE", "US"))),
        "language": maybe(draw.choice(("de", "en"))),
        "account_hash": maybe(f"{draw.randrange(9):032x}"),
        "labels": [{"path": draw.choice(_LABELS), "confidence": 0.75}] if sampled else None,
        "sample_rate": draw.choice((0.1, 0.5)) if sampled else None,
    }
    return {name: value for name, value in fields.items() if value is not None}


def _wire(fields: dict[str, Any]) -> bytes:
    wire = {name: value for name, value in fields.items() if name != "cost_nano"}
    if "account_hash" in wire:
        wire["account_key_id"] = "k1"
    if "cost_nano" in fields:
        wire["cost_usd"] = f"{fields['cost_nano'] // 10**9}.{fields['cost_nano'] % 10**9:09d}"
    return json.dumps(wire).encode()
