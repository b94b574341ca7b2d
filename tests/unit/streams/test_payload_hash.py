"""Hashes of events: the same whatever the spelling and path, another for every difference in meaning."""

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from support.messages import FULL, MINIMAL, RECORD_MS, clean, full_message, message

from tokentide.streams.transforms.acceptance import Acceptance
from tokentide.streams.transforms.decode import decode
from tokentide.streams.transforms.payload_hash import event_id_hash, payload_hash

SPOILER = message(event_id="spoiler", tool_calls="two")


def payloads(values: Sequence[bytes]) -> list[int]:
    found = decode(values, np.full(len(values), RECORD_MS), Acceptance())
    assert found.events.num_rows == len(values) - values.count(SPOILER)
    hashes: list[int] = payload_hash(found.events).tolist()
    return hashes


def test_the_hashes_are_for_ever() -> None:
    """Facts are stored with them and the duplicate window is restored from facts: they may never change."""
    assert payloads([message(), full_message()]) == [MINIMAL_HASH, FULL_HASH]


MINIMAL_HASH = 18059827480081384177
FULL_HASH = 10687257771775144932


def test_an_id_hash_is_xxh3_64() -> None:
    """Values of the reference implementation, as ClickHouse's xxh3() returns them."""
    found = decode([message(event_id="a"), message(event_id="gen-1")], np.full(2, RECORD_MS), Acceptance())
    assert event_id_hash(found.events).tolist() == [0xE6C632B61E964E1F, XXH3_GEN_1]


XXH3_GEN_1 = 18440075313148275124


@pytest.mark.parametrize(
    "same",
    [
        full_message(event_id="another"),
        json.dumps(FULL, indent=2).encode(),
        json.dumps(dict(reversed(FULL.items()))).encode(),
        full_message(unknown="x"),
        full_message(attempt=..., schema_version=...),
        full_message(attempt=None, schema_version=None),
        full_message(prompt_tokens=..., tokens_prompt=5421, completion_tokens=..., output_tokens=812),
        full_message(event_time="2026-01-01T01:59:58.123456+02:00"),
        full_message(cost_usd="0.0284430"),
        full_message(cost_usd=0.028443000000000001),
        full_message(account_hash="9F86D081884C7D659A2FEAA0C55AD015"),
        full_message().replace(b'"model"', b'"\\u006dodel"').replace(b"anthropic/", b"anthropic\\/"),
    ],
)
def test_the_same_in_other_words(same: bytes) -> None:
    (hashed,) = payloads([full_message()])
    assert payloads([same]) == [hashed]
    assert payloads([SPOILER, *clean(3), same])[-1] == hashed


CHANGES: dict[str, Any] = {
    "request_id": "req-2",
    "session_hash": "0" * 16,
    "attempt": 2,
    "event_time": "2025-12-31T23:59:58.123457Z",
    "error_type": "timeout",
    "operation": "embeddings",
    "usage_source": "none",
    "finish_reason": "stop",
    "status": "error",
    "http_status": 500,
    "cancelled": True,
    "stream": False,
    "cache_hit": "exact",
    "cost_usd": 0.028443001,
    "cost_source": "computed",
    "is_byok": True,
    "account_hash": "0" * 32,
    "billing_country": "FR",
    "language": "fr",
    "labels": [{"path": "/Computers & Electronics/Programming", "confidence": 0.91}],
    "sample_rate": 0.5,
}


def test_every_field_counts_and_so_does_its_absence() -> None:
    changed = [
        full_message(**{name: CHANGES.get(name, value + 1 if isinstance(value, int) else f"{value}x")})
        for name, value in FULL.items()
        if name not in {"event_id", "schema_version"}
    ]
    absent = [full_message(**{name: ...}) for name in FULL if name not in {*MINIMAL, "attempt", "schema_version"}]
    hashes = payloads([full_message(), *changed, *absent])
    assert len(set(hashes)) == len(FULL) - 2 + 1 + len(absent)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"prompt_tokens": 5, "completion_tokens": 7}, {"prompt_tokens": 7, "completion_tokens": 5}),
        ({"cached_tokens": 0}, {}),
        ({"cost_usd": 0}, {}),
        ({"stream": False}, {}),
        ({"gateway": "x"}, {"tenant": "x"}),
        ({"latency_ms": 5}, {"ttft_ms": 5}),
        ({"labels": [{"path": "/News", "confidence": 0.5}]}, {"labels": [{"path": "/News", "confidence": 0.4}]}),
        (
            {"labels": [{"path": "/News", "confidence": 1}, {"path": "/Games", "confidence": 0.5}]},
            {"labels": [{"path": "/Games", "confidence": 0.5}, {"path": "/News", "confidence": 1}]},
        ),
        (
            {"labels": [{"path": "/News", "confidence": 1}, {"path": "/Games", "confidence": 0.5}]},
            {"labels": [{"path": "/News", "confidence": 0.5}, {"path": "/Games", "confidence": 1}]},
        ),
    ],
)
def test_what_differs_hashes_differently(one: dict[str, Any], other: dict[str, Any]) -> None:
    first, second = payloads([message(**one), message(**other)])
    assert first != second


def test_neighbours_and_slices_do_not_matter() -> None:
    values = [
        full_message(event_id=f"g{at}", labels=[{"path": "/News", "confidence": 0.1 * (at % 7)}] * (at % 5))
        for at in range(60)
    ]
    found = decode(values, np.full(60, RECORD_MS), Acceptance())
    alone = [payloads([value])[0] for value in values]
    assert payload_hash(found.events).tolist() == alone
    assert payload_hash(found.events.slice(17, 20)).tolist() == alone[17:37]
    assert event_id_hash(found.events.slice(17, 20)).tolist() == event_id_hash(found.events).tolist()[17:37]


def test_no_events() -> None:
    found = decode([], np.zeros(0, np.int64), Acceptance())
    assert payload_hash(found.events).tolist() == event_id_hash(found.events).tolist() == []
