"""Messages for tests: a full event, streams of good ones, and the examples of tests/examples."""

import json
import random
from dataclasses import dataclass
from pathlib import Path
from typing import Any

EXAMPLES = Path(__file__).parents[1] / "examples"
RECORD_MS = 1_767_225_600_000
"""The Kafka timestamp the examples are decoded at: 2026-01-01T00:00:00Z."""

MINIMAL: dict[str, Any] = {
    "event_id": "gen-1",
    "event_time": "2025-12-31T23:59:59Z",
    "model": "anthropic/claude-3.7-sonnet",
    "prompt_tokens": 1000,
    "completion_tokens": 50,
}

FULL: dict[str, Any] = {
    "event_id": "gen-1763749007-Q2mXw8TzKfLb",
    "request_id": "req-9f86d081884c7d65",
    "session_hash": "60303ae22b998861bce3b28f33eec1be",
    "attempt": 1,
    "schema_version": 1,
    "event_time": "2025-12-31T23:59:58.123456Z",
    "gateway": "edge-eu-1",
    "operation": "chat",
    "provider": "anthropic",
    "model": "anthropic/claude-3.7-sonnet",
    "requested_model": "openrouter/anthropic/claude-3.7-sonnet:beta",
    "variant": "free",
    "app": "Roo Code",
    "tenant": "acme",
    "prompt_tokens": 5421,
    "completion_tokens": 812,
    "reasoning_tokens": 200,
    "cached_tokens": 4096,
    "cache_write_tokens": 0,
    "total_tokens": 6233,
    "native_prompt_tokens": 5500,
    "native_completion_tokens": 850,
    "usage_source": "provider",
    "tools_offered": 7,
    "tool_calls": 2,
    "finish_reason": "tool_calls",
    "status": "ok",
    "http_status": 200,
    "error_type": "other",
    "cancelled": False,
    "stream": True,
    "cache_hit": "miss",
    "latency_ms": 8431,
    "ttft_ms": 612,
    "cost_usd": 0.0284430,
    "cost_source": "provider",
    "is_byok": False,
    "account_hash": "9f86d081884c7d659a2feaa0c55ad015",
    "account_key_id": "k7",
    "billing_country": "DE",
    "language": "en",
    "labels": [
        {"path": "/Computers & Electronics/Programming", "confidence": 0.91},
        {"path": "/Science/Computer Science", "confidence": 0.4},
    ],
    "sample_rate": 0.0025,
    "classifier_version": "v2",
}


@dataclass(frozen=True)
class Example:
    """A message and what must become of it: refused with (reason, field), or accepted with `values`."""

    name: str
    message: bytes
    reason: str = ""
    field: str = ""
    values: dict[str, Any] | None = None


def message(**changes: Any) -> bytes:
    """Return the minimal event with fields changed; `...` leaves a field out."""
    fields = {name: value for name, value in {**MINIMAL, **changes}.items() if value is not ...}
    return json.dumps(fields, separators=(",", ":"), ensure_ascii=False).encode()


def full_message(**changes: Any) -> bytes:
    """Return the event that has every field, with fields changed; `...` leaves a field out."""
    return message(**{**FULL, **changes})


def clean(count: int, seed: int = 0) -> list[bytes]:
    """Return distinct good messages, some with few fields, some with all."""
    draw = random.Random(seed)
    return [
        (full_message if draw.random() < 0.5 else message)(
            event_id=f"gen-{seed}-{nth}", prompt_tokens=draw.randrange(5000, 9000), latency_ms=draw.randrange(9999)
        )
        for nth in range(count)
    ]


def examples(name: str) -> list[Example]:
    """Read tests/examples/<name>.jsonl; a line has the message as `text`, `hex` or `change` of MINIMAL."""
    lines = (EXAMPLES / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    return [_example(json.loads(line)) for line in lines if line and not line.startswith("//")]


def _example(line: dict[str, Any]) -> Example:
    if "change" in line:
        raw = message(**{key: ... if value == "<absent>" else value for key, value in line["change"].items()})
    else:
        raw = bytes.fromhex(line["hex"]) if "hex" in line else line["text"].encode()
    if "pad_to" in line:
        raw = raw.replace(b"<pad>", b"x" * (line["pad_to"] - len(raw) + len(b"<pad>")))
    raw = raw * line.get("times", 1)
    return Example(line["name"], raw, line.get("reason", ""), line.get("field", ""), line.get("values"))
