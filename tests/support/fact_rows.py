"""Facts as plain Python rows, and the model rollup worked out from them row by row.

Nothing here imports the code under test: measure names, bucket width and bins are written again.
"""

from collections import Counter, defaultdict
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
from hypothesis import strategies as st

Row = dict[str, Any]

_U32, _U64 = pa.uint32(), pa.uint64()
_TEXTS = (
    "used_gateway",
    "used_tenant",
    "used_model",
    "used_author",
    "used_provider",
    "used_variant",
    "used_byok",
)
TYPES: dict[str, pa.DataType] = {
    "received_at": pa.timestamp("ms", "UTC"),
    "event_time": pa.timestamp("us", "UTC"),
    **dict.fromkeys(_TEXTS, pa.string()),
    "attempt": pa.uint8(),
    "status": pa.string(),
    "finish_reason": pa.string(),
    **dict.fromkeys(
        ("prompt_tokens", "completion_tokens", "reasoning_tokens", "cached_tokens", "cache_write_tokens"),
        _U32,
    ),
    "tools_offered": pa.uint16(),
    **dict.fromkeys(("cost_nano", "list_cost_nano"), _U64),
    **dict.fromkeys(("latency_ms", "ttft_ms"), _U32),
}

_MIDNIGHT_MS = 1_755_993_600_000  # 2025-08-24T00:00:00Z
_TOKENS = st.integers(0, 300) | st.integers(0, 2**31 - 1) | st.just(2**31 - 1)
_COST = st.none() | st.integers(0, 10**9) | st.integers(0, 10**15)
_SPEED = st.none() | st.integers(0, 2**32 - 1)


@st.composite
def rows(draw: st.DrawFn) -> Row:
    """One fact: few distinct keys, so that groups form, around midnight, so that two days occur."""
    received = _MIDNIGHT_MS + draw(st.integers(-3, 3))
    model = draw(st.sampled_from(["a/x", "a/y", "b/x", "other", ""]))
    return {
        "received_at": received,
        "event_time": received * 1000 - draw(st.integers(0, 30_000_000) | st.sampled_from([0, 86_400_000_000])),
        "used_gateway": draw(st.sampled_from(["g", "h"])),
        "used_tenant": draw(st.sampled_from(["", "t"])),
        "used_model": model,
        "used_author": model.partition("/")[0],
        "used_provider": "p",
        "used_variant": draw(st.sampled_from(["", "free"])),
        "used_byok": draw(st.sampled_from(["", "yes", "no"])),
        "attempt": draw(st.integers(1, 3)),
        "status": draw(st.sampled_from(["ok", "ok", "error", "blocked", "rate_limited", ""])),
        "finish_reason": draw(st.sampled_from(["stop", "tool_calls", "tool_calls", "unknown", "length", ""])),
        "prompt_tokens": draw(_TOKENS),
        "completion_tokens": draw(_TOKENS),
        "reasoning_tokens": draw(st.none() | _TOKENS),
        "cached_tokens": draw(st.none() | _TOKENS),
        "cache_write_tokens": draw(st.none() | _TOKENS),
        "tools_offered": draw(st.none() | st.integers(0, 9)),
        "cost_nano": draw(_COST),
        "list_cost_nano": draw(_COST),
        "latency_ms": draw(_SPEED),
        "ttft_ms": draw(_SPEED),
    }


def table(facts: list[Row]) -> pa.RecordBatch:
    """Return rows as an Arrow batch of the columns grouping reads."""
    columns = [pa.array([fact[name] for fact in facts], kind) for name, kind in TYPES.items()]
    return pa.RecordBatch.from_arrays(columns, names=list(TYPES))


def bin_of(value: int) -> int:
    """Return the histogram bin by reading binary digits: leading one, seven digits after it."""
    digits = f"{value:b}"
    return value if len(digits) < 8 else (len(digits) - 7) * 128 + int(digits[1:8], 2)


def _texts(fact: Row) -> tuple[str, ...]:
    return tuple(fact[name] for name in _TEXTS)


def _added(sums: Counter[str], bins: dict[str, Counter[int]], fact: Row) -> None:
    total = fact["prompt_tokens"] + fact["completion_tokens"]
    cost = fact["cost_nano"] or 0
    tool = fact["finish_reason"] == "tool_calls"
    sums.update({"attempts": 1, "requests": int(fact["attempt"] == 1)})
    sums["status_" + (fact["status"] or "unknown")] += 1
    if fact["finish_reason"]:
        sums["finish_known"] += 1
        sums["finish_" + fact["finish_reason"]] += 1
    for name in (
        "prompt_tokens",
        "completion_tokens",
        "reasoning_tokens",
        "cached_tokens",
        "cache_write_tokens",
    ):
        sums[name] += fact[name] or 0
    sums["reasoning_known"] += fact["reasoning_tokens"] is not None
    sums["cached_known"] += fact["cached_tokens"] is not None
    sums["tools_offered_known"] += fact["tools_offered"] is not None
    sums["tools_offered_requests"] += bool(fact["tools_offered"])
    sums["cost_nano"] += cost
    sums["unpriced"] += fact["cost_nano"] is None
    sums["list_cost_nano"] += fact["list_cost_nano"] or 0
    sums["unlisted"] += fact["list_cost_nano"] is None
    sums["tokens_sq"] += total * total
    sums["cost_sq"] += cost * cost
    if tool:
        sums.update({"tool_call_requests": 1, "tool_call_tokens": total, "tool_call_cost_nano": cost})
        sums.update({"tool_call_tokens_sq": total * total, "tool_call_cost_sq": cost * cost})
    lengths = {"prompt": fact["prompt_tokens"], "completion": fact["completion_tokens"], "total": total}
    for name, value in (lengths | {"latency": fact["latency_ms"], "ttft": fact["ttft_ms"]}).items():
        if value is not None:
            bins[name + "_hist"][bin_of(value)] += 1


def expected_rollups(facts: list[Row]) -> dict[tuple[Any, ...], dict[str, Any]]:
    """Return every non-zero measure by (received day, bucket second, dimensions)."""
    sums: dict[tuple[Any, ...], Counter[str]] = defaultdict(Counter)
    bins: dict[tuple[Any, ...], dict[str, Counter[int]]] = defaultdict(lambda: defaultdict(Counter))
    latest: dict[tuple[Any, ...], int] = defaultdict(int)
    for fact in facts:
        day = datetime.fromtimestamp(fact["received_at"] / 1000, UTC).date()
        second = fact["event_time"] // 1_000_000
        key = (day, second - second % 10, *_texts(fact))
        _added(sums[key], bins[key], fact)
        latest[key] = max(latest[key], fact["received_at"])
    return {
        key: {name: value for name, value in sums[key].items() if value}
        | {name: dict(counts) for name, counts in bins[key].items()}
        | {"received_max": latest[key]}
        for key in sums
    }


_KEYS = ("received_day", "bucket", *(name.removeprefix("used_") for name in _TEXTS))


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return int.from_bytes(value, "little")
    if isinstance(value, datetime):
        return round(value.timestamp() * 1000)
    return dict(value) if isinstance(value, list) else value


def read_rollups(batch: pa.RecordBatch) -> dict[tuple[Any, ...], dict[str, Any]]:
    """Return the non-neutral values of rollup rows in the same form; a key that occurs twice fails."""
    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    for row in batch.to_pylist():
        row.pop("family")
        day, bucket, *texts = (row.pop(name) for name in _KEYS)
        key = (day, round(bucket.timestamp()), *texts)
        assert key not in found, key
        found[key] = {name: plain for name, value in row.items() if (plain := _plain(value))}
        # neutral stamps of the ledger columns are 1970, which is 0
    return found


def added_up(parts: list[dict[tuple[Any, ...], dict[str, Any]]]) -> dict[tuple[Any, ...], dict[str, Any]]:
    """Return the sum of several rollups, histograms bin by bin, `received_max` by maximum."""
    whole: dict[tuple[Any, ...], dict[str, Any]] = {}
    for key, row in (item for part in parts for item in part.items()):
        into = whole.setdefault(key, {})
        for name, value in row.items():
            if name == "received_max":
                into[name] = max(into.get(name, 0), value)
            elif isinstance(value, dict):
                into[name] = dict(Counter(into.get(name, {})) + Counter(value))
            else:
                into[name] = into.get(name, 0) + value
    return whole
