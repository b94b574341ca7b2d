"""Facts as plain Python rows, and the rollups of every family worked out from them row by row.

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
DIMENSIONS = {
    "model": tuple(name.removeprefix("used_") for name in _TEXTS),
    "category": ("gateway", "tenant", "model", "author", "category", "bucket_category", "sub_tag"),
    "place": ("gateway", "tenant", "author", "billing_country", "language"),
    "accounts": ("gateway", "tenant", "account_key_id", "account_hash", "model", "variant", "category", "app"),
}
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
    "cancelled": pa.bool_(),
    **dict.fromkeys(("used_category", "used_bucket", "used_sub_tag", "used_country", "used_language"), pa.string()),
    "used_labels": pa.list_(pa.string()),
    "sample_weight": _U64,
    **dict.fromkeys(("account_key_id", "account_hash", "app"), pa.string()),
}

_MIDNIGHT_MS = 1_755_993_600_000  # 2025-08-24T00:00:00Z
_TOKENS = st.integers(0, 300) | st.integers(0, 2**31 - 1) | st.just(2**31 - 1)
_COST = st.none() | st.integers(0, 10**9) | st.integers(0, 10**15)
_SPEED = st.none() | st.integers(0, 2**32 - 1)
_WEIGHT = st.none() | st.sampled_from([10**6, 2 * 10**7, 4 * 10**8, 10**10])
CLASSES = (
    ("programming", "programming", "Programming"),
    ("roleplay", "roleplay", "Roleplaying Games"),
    ("roleplay", "adult", "Adult"),
    ("science", "others", "Machine Learning & Artificial Intelligence"),
    ("technology", "others", "Networking"),
    ("others", "others", "Sports"),
)
_UNCLASSIFIED = ("unclassified", "unclassified", "")


def class_columns(classes: list[tuple[str, str, str]], looked_at: bool) -> Row:
    """What enrichment stores of an event with these classes, best first."""
    first = classes[0] if classes else _UNCLASSIFIED if looked_at else ("", "", "")
    names = ("used_category", "used_bucket", "used_sub_tag")
    return {**dict(zip(names, first, strict=True)), "used_labels": ["|".join(each) for each in classes]}


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
        "cancelled": draw(st.sampled_from([None, False, True])),
        **class_columns(draw(st.lists(st.sampled_from(CLASSES), max_size=4, unique=True)), draw(st.booleans())),
        "used_country": draw(st.sampled_from(["", "US", "DE", "unknown"])),
        "used_language": draw(st.sampled_from(["", "en", "other"])),
        "sample_weight": draw(_WEIGHT),
        "account_key_id": draw(st.sampled_from(["", "k1"])),
        "account_hash": draw(st.sampled_from(["", "a" * 32, "b" * 32])),
        "app": draw(st.sampled_from(["", "one app"])),
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
    sums["priced_tokens"] += total * (fact["cost_nano"] is not None)
    sums["listed_tokens"] += total * (fact["list_cost_nano"] is not None)
    sums["reasoning_completion_tokens"] += fact["completion_tokens"] * (fact["reasoning_tokens"] is not None)
    if fact["tools_offered"]:
        sums.update({"tools_offered_tokens": total, "tools_offered_cost_nano": cost})
    if fact["status"] in ("ok", "") and fact["finish_reason"] in ("stop", "tool_calls"):
        sums.update({"good_requests": 1, "good_cost_nano": cost})
    if fact["finish_reason"] == "content_filter":
        sums["content_filter_tokens"] += total
    if fact["status"] == "cancelled" or fact["cancelled"]:
        sums["cancelled_requests"] += 1
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
    """Return every non-zero measure of the model family by (received day, bucket second, dimensions)."""
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


_ADDED_IN_PLACE = ("attempts", "requests", "prompt_tokens", "completion_tokens", "cost_nano", "unpriced")


def expected_places(facts: list[Row]) -> dict[tuple[Any, ...], dict[str, Any]]:
    """Return every non-zero measure of the place family."""
    found: list[tuple[Row, tuple[str, ...], Counter[str]]] = []
    for fact in facts:
        sums: Counter[str] = Counter()
        _added(sums, defaultdict(Counter), fact)
        names = ("used_gateway", "used_tenant", "used_author", "used_country", "used_language")
        kept = {name: sums[name] for name in (*_ADDED_IN_PLACE, "tokens_sq", "cost_sq")}
        found.append((fact, tuple(fact[name] for name in names), Counter(kept)))
    return _summed(found)


def expected_categories(facts: list[Row]) -> dict[tuple[Any, ...], dict[str, Any]]:
    """Return every non-zero measure of the category family."""
    found = []
    for fact in facts:
        if not fact["used_category"]:
            continue
        shared = tuple(fact[f"used_{name}"] for name in ("gateway", "tenant", "model", "author"))
        primary = tuple(fact[name] for name in ("used_category", "used_bucket", "used_sub_tag"))
        found.append((fact, shared + primary, _weighed(fact)))
        classes = [tuple(text.split("|")) for text in fact["used_labels"]]
        for place, prefix in ((0, "any"), (1, "any_bucket")):
            firsts: dict[str, tuple[str, ...]] = {}
            for each in classes:
                firsts.setdefault(each[place], each)
            found += [(fact, shared + each, _any(fact, prefix)) for each in firsts.values()]
            found += [(fact, shared + each, Counter()) for each in classes]
    return _summed(found)


def expected_accounts(facts: list[Row]) -> dict[tuple[Any, ...], dict[str, Any]]:
    """Return every non-zero measure of accounts by (received day, day of the event, dimensions)."""
    whole: dict[tuple[Any, ...], dict[str, Any]] = {}
    for fact in facts:
        if not fact["account_hash"]:
            continue
        sums: Counter[str] = Counter()
        _added(sums, defaultdict(Counter), fact)
        w, total = _weight(fact) if fact["used_category"] else 0, fact["prompt_tokens"] + fact["completion_tokens"]
        names = ("attempts", "requests", "cost_nano", "unpriced", "tool_call_tokens", "tool_call_requests")
        kept = {name: sums[name] for name in names}
        kept |= {"tokens": total, "w": w, "wt": w * total, "wc": w * (fact["cost_nano"] or 0)}
        days = [
            datetime.fromtimestamp(ms / 1000, UTC).date() for ms in (fact["received_at"], fact["event_time"] / 1000)
        ]
        used = {name: fact[f"used_{name}"] for name in ("gateway", "tenant", "model", "variant", "category")}
        own = {name: fact[name] for name in ("account_key_id", "account_hash", "app")}
        row = whole.setdefault((*days, *((used | own)[name] for name in DIMENSIONS["accounts"])), {})
        at = fact["event_time"] // 1000
        row["first_event"], row["last_event"] = (
            min(row.get("first_event", at), at),
            max(row.get("last_event", at), at),
        )
        for name, value in kept.items():
            if value:
                row[name] = row.get(name, 0) + value
    return whole


def _weight(fact: Row) -> int:
    return 10**6 if fact["sample_weight"] is None else int(fact["sample_weight"])


def _weighed(fact: Row) -> Counter[str]:
    w, cost = _weight(fact), fact["cost_nano"]
    total = fact["prompt_tokens"] + fact["completion_tokens"]
    sums = Counter({"n": 1, "w": w, "w2": w * w, "wtt": w * total * total, "wcc": w * (cost or 0) ** 2})
    for letter, value in zip(
        "tpoc", (total, fact["prompt_tokens"], fact["completion_tokens"], cost or 0), strict=True
    ):
        sums[f"w{letter}"], sums[f"w2{letter}"] = w * value, w * w * value
        sums[f"w2{letter}{letter}"] = (w * value) ** 2
    if cost is not None:
        sums.update({"priced_n": 1, "w_priced": w})
        if fact["used_byok"] != "yes":
            sums.update({"paid_n": 1, "wt_priced_paid": w * total, "wc_paid": w * cost})
    return sums


def _any(fact: Row, prefix: str) -> Counter[str]:
    w, total = _weight(fact), fact["prompt_tokens"] + fact["completion_tokens"]
    return Counter({f"{prefix}_n": 1, f"{prefix}_w": w, f"{prefix}_w2": w * w, f"{prefix}_wt": w * total})


def _summed(found: list[tuple[Row, tuple[str, ...], Counter[str]]]) -> dict[tuple[Any, ...], dict[str, Any]]:
    whole: dict[tuple[Any, ...], dict[str, Any]] = {}
    for fact, texts, sums in found:
        day = datetime.fromtimestamp(fact["received_at"] / 1000, UTC).date()
        second = fact["event_time"] // 1_000_000
        row = whole.setdefault((day, second - second % 10, *texts), {"received_max": 0})
        row["received_max"] = max(row["received_max"], fact["received_at"])
        for name, value in sums.items():
            if value:
                row[name] = row.get(name, 0) + value
    return whole


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return int.from_bytes(value, "little")
    if isinstance(value, datetime):
        return round(value.timestamp() * 1000)
    return dict(value) if isinstance(value, list) else value


def read_rollups(batch: pa.RecordBatch, family: str = "model") -> dict[tuple[Any, ...], dict[str, Any]]:
    """Return the non-neutral values of a family's rows in the same form; a key that occurs twice fails."""
    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    for row in batch.to_pylist():
        if row.pop("family") != family:
            continue
        day, bucket, *texts = (row.pop(name) for name in ("received_day", "bucket", *DIMENSIONS[family]))
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
