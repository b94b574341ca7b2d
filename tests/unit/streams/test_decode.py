"""Decoding a batch: every example among good neighbours, by every path, and no message touching another."""

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from support.messages import RECORD_MS, Example, clean, examples, full_message, message

from tokentide.schemas.columns import EVENT_SCHEMA
from tokentide.schemas.usage_event import UsageEvent
from tokentide.streams.transforms import decode as decoding
from tokentide.streams.transforms.acceptance import Acceptance
from tokentide.streams.transforms.decode import Decoded, decode, decode_steps

REFUSED = examples("refused")
ACCEPTED = examples("accepted")
RULES = Acceptance()
SPOILER = message(event_id="spoiler", tool_calls="two")
"""Passes the look at each message alone, and spoils a parse of many."""


def decoded(values: Sequence[bytes | None], record_ms: int = RECORD_MS) -> Decoded:
    return decode(values, np.full(len(values), record_ms, np.int64), RULES)


def ids(found: Decoded) -> list[str]:
    names: list[str] = found.events.column("event_id").to_pylist()
    return names


@pytest.mark.parametrize("spoilt", [False, True], ids=["parsed together", "parsed one by one"])
@pytest.mark.parametrize("example", REFUSED, ids=lambda example: example.name)
def test_a_refused_example_costs_itself_only(example: Example, spoilt: bool) -> None:
    good = clean(4)
    values = [*good[:2], example.message, *good[2:], *([SPOILER] if spoilt else [])]
    found = decoded(values)
    assert found.rows.tolist() == [0, 1, 3, 4]
    assert ids(found) == [json.loads(value)["event_id"] for value in good]
    refusal = found.refusals[0]
    assert (refusal.index, refusal.reason, refusal.field) == (2, example.reason, example.field)
    assert len(found.refusals) == 1 + spoilt


@pytest.mark.parametrize("spoilt", [False, True], ids=["parsed together", "parsed one by one"])
@pytest.mark.parametrize("example", ACCEPTED, ids=lambda example: example.name)
def test_an_accepted_example_has_its_values(example: Example, spoilt: bool) -> None:
    good = clean(4)
    found = decoded([*good[:2], example.message, *good[2:], *([SPOILER] if spoilt else [])])
    assert found.rows.tolist() == [0, 1, 2, 3, 4]
    row = found.events.to_pylist()[2]
    assert {name: _plain(row[name]) for name in example.values or {}} == example.values


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value


def test_every_field_becomes_its_column() -> None:
    row = decoded([full_message()]).events.to_pylist()[0]
    assert {name: _plain(value) for name, value in row.items()} == {
        "event_id": "gen-1763749007-Q2mXw8TzKfLb",
        "request_id": "req-9f86d081884c7d65",
        "session_hash": "60303ae22b998861bce3b28f33eec1be",
        "attempt": 1,
        "schema_version": 1,
        "event_time": "2025-12-31T23:59:58.123456+00:00",
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
        "cost_nano": 28_443_000,
        "cost_source": "provider",
        "is_byok": False,
        "account_hash": "9f86d081884c7d659a2feaa0c55ad015",
        "account_key_id": "k7",
        "billing_country": "DE",
        "language": "en",
        "label_paths": ["/Computers & Electronics/Programming", "/Science/Computer Science"],
        "label_confidences": [910_000, 400_000],
        "sample_weight": 400_000_000,
        "classifier_version": "v2",
    }


def test_all_examples_together_keep_their_order() -> None:
    mixed = [each for pair in zip(REFUSED, [*ACCEPTED, *ACCEPTED, *ACCEPTED], strict=False) for each in pair]
    found = decoded([each.message for each in mixed])
    assert found.rows.tolist() == [at for at, each in enumerate(mixed) if not each.reason]
    assert [(refusal.index, refusal.reason, refusal.field) for refusal in found.refusals] == [
        (at, each.reason, each.field) for at, each in enumerate(mixed) if each.reason
    ]
    found.events.validate(full=True)
    assert found.events.schema == EVENT_SCHEMA


HALVES = [
    (b'{"n":1', b',"id":"x"}'),
    (message()[:-1], b',"tenant":"acme"}'),
    (message()[:-1], b"}"),
    (b"[" + message(), message() + b"]"),
    (message()[:-1] + b',"x":"', b'"}'),
    (message()[:-1] + b',"x":[', b"]}"),
    (b"", message() + message()),
    (b"/*", b"*/" + message()),
]


@pytest.mark.parametrize(("first", "second"), HALVES)
def test_two_messages_valid_only_together_are_both_refused(first: bytes, second: bytes) -> None:
    good = clean(2)
    for values in ([first, second], [good[0], first, second, good[1]], [good[0], second, first, good[1], SPOILER]):
        found = decoded(values)
        assert [values[at] for at in found.rows] == [value for value in values if value in good]
        assert {values[refusal.index] for refusal in found.refusals} == {first, second} | ({SPOILER} & set(values))


def test_a_spoiling_message_first_of_all() -> None:
    """A first message `null` crashes a columnar parse that trusts it."""
    found = decoded([b"null", *clean(3), b"null"])
    assert found.rows.tolist() == [1, 2, 3]


@pytest.mark.parametrize("bad", [b"null", SPOILER, message(model=...), message()[:-1] + b',"model":"m"}', b"\xff"])
def test_one_bad_message_in_five_thousand_costs_that_message(bad: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    read = _count_alone(monkeypatch)
    values = clean(5000)
    values[3777] = bad
    found = decoded(values)
    assert [refusal.index for refusal in found.refusals] == [3777]
    assert found.events.num_rows == 4999
    assert len(read) <= 8


def test_clean_messages_are_never_read_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    read = _count_alone(monkeypatch)
    shapes = [{}, {"event_time": RECORD_MS}, {"cost_usd": "0.25"}, {"event_time": RECORD_MS, "cost_usd": "1"}]
    shapes[3] |= {"account_hash": "AB" * 16, "session_hash": "AB" * 16}
    values = [full_message(event_id=f"g{at}", **shapes[at % 4]) for at in range(400)]
    found = decoded(values)
    assert ids(found) == [f"g{at}" for at in range(400)]
    assert read == []


def _count_alone(monkeypatch: pytest.MonkeyPatch) -> list[bytes | None]:
    read: list[bytes | None] = []
    real = UsageEvent.from_message

    def counted(value: bytes | None) -> UsageEvent:
        read.append(value)
        return real(value)

    monkeypatch.setattr(UsageEvent, "from_message", staticmethod(counted))
    return read


def test_unknown_fields_do_not_slow_a_spoilt_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    """Parsed one by one they prove nothing about repeated keys, so they are parsed together without the spoiler."""
    read = _count_alone(monkeypatch)
    found = decoded([*(message(event_id=f"g{at}", extra="x") for at in range(1000)), SPOILER])
    assert found.events.num_rows == 1000
    assert len(read) == 1


def test_repeated_keys_in_many_messages_of_a_spoilt_batch() -> None:
    """Msgspec keeps the last of two equal keys; only the count of quotes tells."""
    twice = [message(event_id=f"g{at}")[:-1] + b',"latency_ms":1,"latency_ms":2}' for at in range(40)]
    found = decoded([*clean(40), *twice, SPOILER])
    assert found.rows.tolist() == list(range(40))
    assert {(refusal.reason, refusal.field) for refusal in found.refusals[:-1]} == {("duplicate_key", "latency_ms")}


def test_no_messages() -> None:
    found = decoded([])
    assert (found.events.num_rows, found.rows.tolist(), found.refusals) == (0, [], [])
    assert found.events.schema == EVENT_SCHEMA


def test_only_bad_messages_and_records_without_value() -> None:
    found = decoded([None, b"null", SPOILER, None])
    assert [refusal.index for refusal in found.refusals] == [0, 1, 2, 3]
    assert found.events.num_rows == 0


def test_only_bad_messages_of_several_shapes() -> None:
    found = decoded([message(model=""), message(model="", cost_usd="1"), message(model="", event_time=RECORD_MS)])
    assert (found.events.num_rows, found.rows.tolist(), len(found.refusals)) == (0, [], 3)


def test_times_are_held_against_each_records_own_timestamp() -> None:
    values = [message(event_time=RECORD_MS)] * 4
    minute, year = 60_000, 366 * 86_400_000
    stamps = RECORD_MS + np.array([-10 * minute, -10 * minute - 1, 10 * year, 10 * year + 1])
    found = decode(values, stamps, RULES)
    assert found.rows.tolist() == [0, 2]
    assert [(each.index, each.reason) for each in found.refusals] == [(1, "time_ahead"), (3, "time_too_old")]


def test_the_oldest_age_is_a_rule() -> None:
    found = decode([message(event_time=RECORD_MS)] * 2, RECORD_MS + np.array([1000, 1001]), Acceptance(1000, 0))
    assert found.rows.tolist() == [0]


def test_a_table_arrow_cannot_take_is_read_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(table: pa.Table) -> None:
        raise pa.ArrowInvalid("no such thing")

    monkeypatch.setattr(decoding, "canonical", broken)
    assert decoded(clean(3)).events.num_rows == 3


def test_a_parse_that_returns_other_rows_is_not_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Should the columnar parser ever drop, merge or move a row, its result is thrown away."""
    from tokentide.streams.transforms import columnar

    real = columnar.arrow_json.read_json
    for bend in (lambda table: table.slice(1), lambda table: table.take(pa.array([1, 0, *range(2, table.num_rows)]))):
        monkeypatch.setattr(
            columnar.arrow_json, "read_json", lambda *given, bend=bend, **named: bend(real(*given, **named))
        )
        values = [message(event_id=f"g{at}", extra=1, prompt_tokens=1000 + at) for at in range(20)]
        found = decoded(values)
        assert found.events.column("prompt_tokens").to_pylist() == list(range(1000, 1020))


def test_long_work_pauses() -> None:
    values = [SPOILER] * 1000
    pauses = sum(1 for _ in decode_steps(values, np.full(1000, RECORD_MS), RULES))
    assert pauses >= 1000 // decoding.SLICE


def test_messages_as_large_as_may_be() -> None:
    huge = [message(event_id=f"g{at}", x="é" * 32_000) for at in range(100)]
    assert all(60_000 < len(value) <= 65_536 for value in huge)
    assert ids(decoded(huge)) == [f"g{at}" for at in range(100)]
