"""SQL that computes rollup measures from facts, and fingerprints by which a stored level is compared.

The same meanings as `streams.transforms.group`, in another language: a property test holds the two
together row by row, histograms and squares included.
"""

from dataclasses import dataclass
from typing import Final

from tokentide.schemas.rollup import BUCKET_S, MODEL_DIMENSIONS, MODEL_MEASURES, Kind
from tokentide.schemas.rollup_columns import KEY_COLUMNS, LEVEL_COLUMNS

_TOTAL: Final = "(toUInt64(fact.prompt_tokens) + fact.completion_tokens)"
_TOOL_CALL: Final = "(fact.finish_reason = 'tool_calls')"
_COST: Final = "ifNull(fact.cost_nano, 0)"


@dataclass(frozen=True, slots=True)
class Level:
    """One stored level of the model family."""

    table: str
    bucket: str
    keeps_days: int | None
    """Days after which its rows may be gone, or None for ever."""


BUCKET: Final = f"toStartOfInterval(fact.event_time, toIntervalSecond({BUCKET_S}))"
LEVELS: Final = (
    Level("usage_model_10s", BUCKET, 14),
    Level("usage_model_1h", "toStartOfHour(toDateTime(fact.event_time, 'UTC'))", None),
)

_STATUS: Final = ("ok", "error", "cancelled", "timeout", "rate_limited", "blocked")
_FINISH: Final = ("stop", "length", "tool_calls", "content_filter", "error", "cancelled")


def _word_counts(column: str, prefix: str, words: tuple[str, ...], absent: tuple[str, ...]) -> dict[str, str]:
    """Return the count of each word of a closed set; any other counts as unknown, unless it is `absent`."""
    listed = ", ".join(f"'{word}'" for word in (*words, *absent))
    counts = {f"{prefix}_{word}": f"countIf({column} = '{word}')" for word in words}
    return counts | {f"{prefix}_unknown": f"countIf({column} NOT IN ({listed}))"}


def _square(value: str) -> str:
    return f"sum(toUInt128({value}) * toUInt128({value}))"


_HISTOGRAMS: Final = {
    "prompt_hist": "fact.prompt_tokens",
    "completion_hist": "fact.completion_tokens",
    "total_hist": _TOTAL,
    "latency_hist": "fact.latency_ms",
    "ttft_hist": "fact.ttft_ms",
}
"""The value each histogram counts; a null is not counted."""

_SUMS: Final[dict[str, str]] = {
    "attempts": "count()",
    "requests": "countIf(fact.attempt = 1)",
    **_word_counts("fact.status", "status", _STATUS, absent=()),
    **_word_counts("fact.finish_reason", "finish", _FINISH, absent=("",)),
    "finish_known": "countIf(fact.finish_reason != '')",
    "prompt_tokens": "sum(fact.prompt_tokens)",
    "completion_tokens": "sum(fact.completion_tokens)",
    "reasoning_tokens": "sum(ifNull(fact.reasoning_tokens, 0))",
    "cached_tokens": "sum(ifNull(fact.cached_tokens, 0))",
    "cache_write_tokens": "sum(ifNull(fact.cache_write_tokens, 0))",
    "reasoning_known": "count(fact.reasoning_tokens)",
    "cached_known": "count(fact.cached_tokens)",
    "tools_offered_requests": "countIf(fact.tools_offered > 0)",
    "tools_offered_known": "count(fact.tools_offered)",
    "tool_call_requests": f"countIf{_TOOL_CALL}",
    "tool_call_tokens": f"sumIf({_TOTAL}, {_TOOL_CALL})",
    "cost_nano": f"sum({_COST})",
    "tool_call_cost_nano": f"sumIf({_COST}, {_TOOL_CALL})",
    "unpriced": "countIf(isNull(fact.cost_nano))",
    "list_cost_nano": "sum(ifNull(fact.list_cost_nano, 0))",
    "unlisted": "countIf(isNull(fact.list_cost_nano))",
    "tokens_sq": _square(_TOTAL),
    "tool_call_tokens_sq": _square(f"({_TOTAL} * {_TOOL_CALL})"),
    "cost_sq": _square(_COST),
    "tool_call_cost_sq": _square(f"({_COST} * {_TOOL_CALL})"),
}

# The seven highest mantissa bits and the exponent of a double are the bin of any integer below 2**53,
# counted from the bin of 128, whose exponent field is 1023 + 7.
_FIRST_BIN: Final = (1023 + 7 - 1) * 128


def histogram_index(value: str) -> str:
    """Return the SQL of the histogram bin of an integer below 2**53, as schemas/histogram.py defines it."""
    scaled = f"bitShiftRight(reinterpretAsUInt64(toFloat64({value})), 45) - {_FIRST_BIN}"
    return f"toUInt16(if({value} < 128, {value}, {scaled}))"


def _histogram(value: str) -> str:
    """Return the SQL of a histogram: sorted bins and the lengths of their runs, five times faster than sumMap."""
    index = histogram_index(f"assumeNotNull({value})")
    bins = f"arraySort(groupArrayIf({index}, isNotNull({value})))"
    runs = f"arraySplit((bin, nth) -> nth = 1, {bins}, arrayEnumerateUniq({bins}))"
    return f"mapFromArrays(arrayDistinct({bins}), arrayMap(run -> toUInt64(length(run)), {runs}))"


def _dimensions() -> str:
    return ", ".join(f"fact.used_{name} AS {name}" for name in MODEL_DIMENSIONS)


_KEYS: Final = ", ".join(column.name for column in KEY_COLUMNS)
LEVEL_NAMES: Final = ", ".join(f"`{column.name}`" for column in LEVEL_COLUMNS)


def rows_from_facts(level: Level, where: str) -> str:
    """Return the SELECT whose rows are the level's rows of the facts that satisfy `where`."""
    measures = ", ".join(
        f"{_histogram(_HISTOGRAMS[m.name]) if m.kind is Kind.HISTOGRAM else _SUMS[m.name]} AS `{m.name}`"
        for m in MODEL_MEASURES
    )
    return (
        f"SELECT toDate(fact.received_at) AS received_day, {level.bucket} AS bucket, {_dimensions()}, "
        f"max(fact.received_at) AS received_max, {measures} "
        f"FROM usage_events AS fact WHERE {where} GROUP BY {_KEYS}"
    )


def prints_from_facts(level: Level, where: str) -> str:
    """Return the SELECT of one fingerprint per received day and bucket of the facts that satisfy `where`.

    A histogram enters as the sum of its bins' hashes, which is additive like every other measure.
    """
    measures = ", ".join(f"{_fact_sum(m.name, m.kind)} AS `{m.name}`" for m in MODEL_MEASURES)
    rows = (
        f"SELECT toDate(fact.received_at) AS received_day, {level.bucket} AS bucket, {_dimensions()}, "
        f"max(fact.received_at) AS received_max, {measures} "
        f"FROM usage_events AS fact WHERE {where} GROUP BY {_KEYS}"
    )
    return _prints(rows)


def prints_of_level(level: Level, where: str) -> str:
    """Return the SELECT of one fingerprint per received day and bucket of the level's rows."""
    measures = ", ".join(f"{_level_sum(m.name, m.kind)} AS `{m.name}`" for m in MODEL_MEASURES)
    dimensions = ", ".join(f"stored.{name} AS {name}" for name in ("received_day", "bucket", *MODEL_DIMENSIONS))
    rows = (
        f"SELECT {dimensions}, max(stored.received_max) AS received_max, {measures} "
        f"FROM {level.table} AS stored WHERE {where} GROUP BY {_KEYS}"
    )
    return _prints(rows)


def unequal_buckets(level: Level, facts_where: str, level_where: str) -> str:
    """Return the SELECT of (received_day, bucket) in which the level is not what its facts add up to."""
    return (
        "SELECT received_day, bucket FROM ("
        f"SELECT *, true AS of_facts FROM ({prints_from_facts(level, facts_where)}) "
        f"UNION ALL SELECT *, false AS of_facts FROM ({prints_of_level(level, level_where)})"
        ") GROUP BY received_day, bucket "
        "HAVING sumIf(print, of_facts) != sumIf(print, NOT of_facts) "
        "OR sumIf(keys, of_facts) != sumIf(keys, NOT of_facts)"
    )


def _prints(rows: str) -> str:
    hashed = ", ".join(f"`{column.name}`" for column in LEVEL_COLUMNS)
    return (
        f"SELECT received_day, bucket, sum(cityHash64({hashed})) AS print, count() AS keys "
        f"FROM ({rows}) GROUP BY received_day, bucket"
    )


def _fact_sum(name: str, kind: Kind) -> str:
    if kind is not Kind.HISTOGRAM:
        return _SUMS[name]
    value = _HISTOGRAMS[name]
    index = histogram_index(f"assumeNotNull({value})")
    return f"sumIf(intHash64(toUInt64({index})), isNotNull({value}))"


def _level_sum(name: str, kind: Kind) -> str:
    if kind is not Kind.HISTOGRAM:
        return f"sum(stored.`{name}`)"
    bins = f"mapKeys(stored.`{name}`), mapValues(stored.`{name}`)"
    return f"sum(arraySum((bin, count) -> intHash64(toUInt64(bin)) * count, {bins}))"
