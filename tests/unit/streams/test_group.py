"""Grouping at its edges; the general law is in tests/property/test_rollup.py."""

from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from support.fact_rows import Row, class_columns, read_rollups, table

from tokentide.schemas.rollup_columns import ROLLUP_SCHEMA
from tokentide.streams.transforms.group import group
from tokentide.streams.transforms.squares import sums_of_squares

NOON_MS = 1_735_732_800_000  # 2025-01-01T12:00:00Z


def fact(**changes: Any) -> Row:
    plain = {
        "received_at": NOON_MS,
        "event_time": NOON_MS * 1000,
        "used_gateway": "g",
        "used_tenant": "",
        "used_model": "a/x",
        "used_author": "a",
        "used_provider": "",
        "used_variant": "",
        "used_byok": "",
        "attempt": 1,
        "status": "ok",
        "finish_reason": "stop",
        "prompt_tokens": 10,
        "completion_tokens": 5,
        **dict.fromkeys(("reasoning_tokens", "cached_tokens", "cache_write_tokens", "tools_offered")),
        **dict.fromkeys(("cost_nano", "list_cost_nano", "latency_ms", "ttft_ms")),
        **class_columns([], looked_at=False),
        **{"used_country": "", "used_language": "", "cancelled": None, "sample_weight": None},
        **dict.fromkeys(("account_key_id", "account_hash", "app"), ""),
    }
    return plain | changes


def grouped(*facts: Row) -> list[dict[str, Any]]:
    return list(read_rollups(group(table(list(facts)))).values())


def test_no_facts_give_no_rows_of_the_right_shape() -> None:
    empty = group(table([]))
    assert empty.num_rows == 0
    assert empty.schema.equals(ROLLUP_SCHEMA)


def test_rows_have_the_schema_of_the_insert() -> None:
    rows = group(table([fact(), fact(used_gateway="h")]))
    rows.validate(full=True)
    assert rows.schema.equals(ROLLUP_SCHEMA)
    assert set(rows.column("family").to_pylist()) == {"model", "place"}


def test_a_bucket_is_ten_seconds_of_event_time_and_a_day_is_of_arrival() -> None:
    """The last microsecond of a bucket belongs to it; late arrival changes the day, not the bucket."""
    second = NOON_MS * 1000
    day_ms = 86_400_000
    rows = group(
        table(
            [
                fact(event_time=second),
                fact(event_time=second + 9_999_999),
                fact(event_time=second + 10_000_000),
                fact(event_time=second, received_at=NOON_MS + day_ms),
            ]
        )
    ).to_pylist()
    noon = datetime(2025, 1, 1, 12, tzinfo=UTC)
    ten_later = datetime(2025, 1, 1, 12, 0, 10, tzinfo=UTC)
    expected = [
        (date(2025, 1, 1), noon, 2),
        (date(2025, 1, 1), ten_later, 1),
        (date(2025, 1, 2), noon, 1),
    ]
    for family in ("model", "place"):
        mine = [row for row in rows if row["family"] == family]
        assert [(row["received_day"], row["bucket"], row["attempts"]) for row in mine] == expected


def test_an_absent_status_is_unknown_and_an_absent_finish_reason_is_not_counted() -> None:
    (row,) = grouped(fact(status="", finish_reason=""), fact(finish_reason="unknown"))
    assert (row["status_unknown"], row["status_ok"]) == (1, 1)
    assert (row["finish_unknown"], row["finish_known"]) == (1, 1)


def test_a_tool_call_counts_by_finish_reason_not_by_tools_offered() -> None:
    (row,) = grouped(fact(tools_offered=3), fact(finish_reason="tool_calls"), fact(tools_offered=0))
    assert row["tool_call_requests"] == 1
    assert row["tool_call_tokens"] == 15
    assert (row["tools_offered_requests"], row["tools_offered_known"]) == (1, 2)


def test_a_second_attempt_is_no_second_request() -> None:
    (row,) = grouped(fact(), fact(attempt=2))
    assert (row["attempts"], row["requests"]) == (2, 1)


def test_an_unknown_number_is_not_zero_in_a_histogram_but_zero_is() -> None:
    (row,) = grouped(fact(latency_ms=None, prompt_tokens=0), fact(latency_ms=0, prompt_tokens=0))
    assert row["latency_hist"] == {0: 1}
    assert row["prompt_hist"] == {0: 2}
    assert "ttft_hist" not in row


def test_squares_beyond_64_bits_are_exact() -> None:
    cost = 10**15 + 7
    (row,) = grouped(*(fact(cost_nano=cost, finish_reason="tool_calls") for _ in range(30)))
    assert row["cost_sq"] == row["tool_call_cost_sq"] == 30 * cost * cost > 2**64


@pytest.mark.parametrize("value", [2**64 - 1, 2**63, 2**33 + 1, 2**32, 2**32 - 1, 1, 0])
def test_sums_of_squares_carry_through_every_limb(value: int) -> None:
    sums = sums_of_squares(np.full(5, value, np.uint64), np.array([0, 2]))
    found = [int(low) + (int(high) << 64) for low, high in sums]
    assert found == [2 * value * value % 2**128, 3 * value * value % 2**128]


def test_far_apart_times_and_many_names_do_not_mix() -> None:
    """More possible keys than 64 bits number: 140 days of buckets times six dimensions of hundreds."""
    generator = np.random.default_rng(3)
    facts = [
        fact(
            event_time=NOON_MS * 1000 - 10_000_000 * int(generator.integers(0, 1_200_000)),
            **{f"used_{name}": f"{name}{generator.integers(0, 600)}" for name in ("gateway", "tenant", "model")},
            **{f"used_{name}": f"{name}{generator.integers(0, 600)}" for name in ("author", "provider", "variant")},
        )
        for _ in range(1500)
    ]
    rows = read_rollups(group(table(facts)))
    assert len(rows) == len({tuple(list(each.values())[1:9]) for each in facts})
    assert sum(row["attempts"] for row in rows.values()) == 1500
    assert list(rows) == sorted(rows)


def test_columns_it_does_not_need_do_no_harm() -> None:
    facts = table([fact()])
    wider = pa.table(facts).append_column("request_id", pa.array(["r"])).append_column("flags", pa.array([4]))
    assert group(wider).equals(group(facts))


@pytest.mark.parametrize("encoded", [False, True])
def test_a_null_text_is_the_absent_text(encoded: bool) -> None:
    facts = pa.table(table([fact(used_tenant=""), fact()]))
    texts = pa.array([None, ""], pa.string())
    place = facts.schema.get_field_index("used_tenant")
    nulled = facts.set_column(place, "used_tenant", texts.dictionary_encode() if encoded else texts)
    assert group(nulled).equals(group(facts))
