"""Faust's rollups are those of SQL: the engine groups the stored facts by SQL written here, histograms included.

Nothing of our own SQL is used, and no constant: the bin of a value is worked out by the engine from its bits.
"""

import random
from typing import Any

import pyarrow as pa
import pytest
from support.stored_facts import TODAY_MS, facts, span, table, write_facts

from tokentide.sinks.clickhouse.store import Store
from tokentide.streams.transforms.group import group

MANTISSA = "reinterpretAsUInt8(unbin(substring(bin_digits, 2, 7)))"
BIN = "toUInt16(if({0} < 128, {0}, (length(bin_digits) - 7) * 128 + " + MANTISSA + "))"
DIMENSIONS = ("gateway", "tenant", "model", "author", "provider", "variant", "byok")
TOTAL = "(toUInt64(prompt_tokens) + completion_tokens)"
TOOL = "finish_reason = 'tool_calls'"
SUMS = {
    "attempts": "count()",
    "requests": "countIf(attempt = 1)",
    "status_ok": "countIf(status = 'ok')",
    "status_error": "countIf(status = 'error')",
    "status_unknown": "countIf(status = '')",
    "finish_known": "countIf(finish_reason != '')",
    "finish_stop": "countIf(finish_reason = 'stop')",
    "finish_tool_calls": f"countIf({TOOL})",
    "prompt_tokens": "sum(toUInt64(prompt_tokens))",
    "completion_tokens": "sum(toUInt64(completion_tokens))",
    "reasoning_tokens": "sum(toUInt64(ifNull(reasoning_tokens, 0)))",
    "reasoning_known": "countIf(reasoning_tokens IS NOT NULL)",
    "cached_tokens": "sum(toUInt64(ifNull(cached_tokens, 0)))",
    "tools_offered_requests": "countIf(ifNull(tools_offered, 0) > 0)",
    "tool_call_requests": f"countIf({TOOL})",
    "tool_call_tokens": f"sumIf({TOTAL}, {TOOL})",
    "cost_nano": "sum(ifNull(cost_nano, 0))",
    "unpriced": "countIf(cost_nano IS NULL)",
    "list_cost_nano": "sum(ifNull(list_cost_nano, 0))",
    "tokens_sq": f"sum(toUInt128({TOTAL}) * toUInt128({TOTAL}))",
    "cost_sq": "sum(toUInt128(ifNull(cost_nano, 0)) * toUInt128(ifNull(cost_nano, 0)))",
}
LENGTHS = {
    "prompt_hist": "toUInt64(prompt_tokens)",
    "completion_hist": "toUInt64(completion_tokens)",
    "total_hist": TOTAL,
    "latency_hist": "toUInt64(latency_ms)",
    "ttft_hist": "toUInt64(ttft_ms)",
}
KEYS = (
    "toDate(received_at) AS received_day, intDiv(toUnixTimestamp64Micro(event_time), 10000000) * 10 AS at, "
    + ", ".join(f"used_{name}" for name in DIMENSIONS)
)


def key_of(row: dict[str, Any]) -> tuple[Any, ...]:
    return (row["received_day"], row["at"], *(row[f"used_{name}"] for name in DIMENSIONS))


def number(value: Any) -> int:
    return int.from_bytes(value, "little") if isinstance(value, bytes) else int(value)


def by_sql(store: Store, topic: str) -> dict[tuple[Any, ...], dict[str, Any]]:
    """Every non-zero measure named here, by key, as the engine says."""
    where = f"FROM usage_events WHERE partition = {topic} GROUP BY ALL"
    sums = ", ".join(f"{sql} AS m_{name}" for name, sql in SUMS.items())
    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    for row in store.query(f"SELECT {KEYS}, {sums} {where}").to_pylist():
        measures = {name: number(row[f"m_{name}"]) for name in SUMS}
        found[key_of(row)] = {name: value for name, value in measures.items() if value}
    for name, sql in LENGTHS.items():
        digits = f"trimLeft(bin({sql}), '0') AS bin_digits"
        inner = f"SELECT {KEYS}, {sql} AS v, {digits} FROM usage_events WHERE partition = {topic} AND v IS NOT NULL"
        outer = (
            f"SELECT * EXCEPT (v, bin_digits), {BIN.format('v')} AS slot, count() AS n FROM ({inner}) GROUP BY ALL"
        )
        for row in store.query(outer).to_pylist():
            found[key_of(row)].setdefault(name, {})[row["slot"]] = row["n"]
    return found


def by_faust(rollups: pa.RecordBatch) -> dict[tuple[Any, ...], dict[str, Any]]:
    """The same measures of the rollup rows."""
    found = {}
    for row in rollups.to_pylist():
        if row["family"] != "model":
            continue
        key = (row["received_day"], round(row["bucket"].timestamp()), *(row[name] for name in DIMENSIONS))
        sums = {name: number(row[name]) for name in SUMS}
        bins = {name: dict(row[name]) for name in LENGTHS}
        found[key] = {name: value for name, value in (sums | bins).items() if value}
    return found


@pytest.mark.parametrize("seed", range(4))
def test_rollups_of_the_agent_are_those_of_sql_over_the_same_facts(store: Store, seed: int) -> None:
    draw = random.Random(seed)
    where = span(draw.randrange(100), draw.randrange(200, 900), number=100 + seed)
    rows = facts(where, TODAY_MS - 2000)
    write_facts(store, where, rows)

    expected = by_sql(store, str(where.partition.number))

    assert expected
    assert by_faust(group(table(rows))) == expected
