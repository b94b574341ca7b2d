"""What each column of a level is of facts, as SQL: dimensions, what a fact adds, and which value a histogram counts.

The same meanings as `streams.transforms`, in another language; a property test holds the two together.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from tokentide.schemas.rollup import (
    ACCOUNT_DIMENSIONS,
    CATEGORY_DIMENSIONS,
    MODEL_DIMENSIONS,
    PLACE_DIMENSIONS,
    WEIGHT_OF_ONE,
    Family,
)
from tokentide.sinks.clickhouse.levels import ACCOUNTS

_TOTAL: Final = "(toUInt64(fact.prompt_tokens) + fact.completion_tokens)"
_TOOL_CALL: Final = "(fact.finish_reason = 'tool_calls')"
_OFFERED: Final = "(ifNull(fact.tools_offered, 0) > 0)"
_GOOD: Final = "(fact.status IN ('ok', '') AND fact.finish_reason IN ('stop', 'tool_calls'))"
_COST: Final = "ifNull(fact.cost_nano, 0)"
_PRICED: Final = "isNotNull(fact.cost_nano)"
_CLASSIFIED: Final = "(fact.used_category != '')"
_WEIGHT: Final = f"ifNull(fact.sample_weight, {WEIGHT_OF_ONE})"

_STATUS: Final = ("ok", "error", "cancelled", "timeout", "rate_limited", "blocked")
_FINISH: Final = ("stop", "length", "tool_calls", "content_filter", "error", "cancelled")


@dataclass(frozen=True, slots=True)
class Added:
    """What a fact adds to a sum: the product of its factors, where a condition holds; without factors, one.

    Attributes:
        factors: SQL of whole numbers.
        where: SQL of the condition.
        kind: the type of the sum.
    """

    factors: tuple[str, ...] = ()
    where: str = ""
    kind: str = "UInt64"

    def sql(self, kind: str = "") -> str:
        """Return what one fact adds, by default in the type of the sum; a narrower one keeps the lowest bits."""
        kind = kind or self.kind
        product = " * ".join(f"to{kind}({factor})" for factor in self.factors)
        if not self.where:
            return product or f"to{kind}(1)"
        return f"if({self.where}, {product}, to{kind}(0))" if product else f"to{kind}({self.where})"


@dataclass(frozen=True, slots=True)
class FactSums:
    """How the rows of a level are worked out.

    Attributes:
        dimensions: the SQL of each dimension.
        sums: what a fact adds to each sum.
        edges: the SQL of each aggregate that is the latest or earliest of a time.
        histograms: the value each histogram counts; a null is not counted.
        source: FROM clause; a row of it is a fact, or a fact in one of its classes.
        where: which rows of the source take part.
    """

    dimensions: Mapping[str, str]
    sums: Mapping[str, Added]
    edges: Mapping[str, str]
    histograms: Mapping[str, str] = field(default_factory=dict)
    source: str = "usage_events AS fact"
    where: str = "1"


def _word_counts(column: str, prefix: str, words: tuple[str, ...], absent: tuple[str, ...]) -> dict[str, Added]:
    """Return the count of each word of a closed set; any other counts as unknown, unless it is `absent`."""
    listed = ", ".join(f"'{word}'" for word in (*words, *absent))
    counts = {f"{prefix}_{word}": _count(f"{column} = '{word}'") for word in words}
    return counts | {f"{prefix}_unknown": _count(f"{column} NOT IN ({listed})")}


def _count(where: str = "") -> Added:
    return Added(where=where)


def _sum(value: str, where: str = "") -> Added:
    return Added((value,), where)


def _square(value: str, where: str = "") -> Added:
    return Added((value, value), where, "UInt128")


def _used(names: tuple[str, ...]) -> dict[str, str]:
    return {name: f"fact.used_{name}" for name in names}


_RECEIVED_MAX: Final = {"received_max": "max(fact.received_at)"}

_MODEL_SUMS: Final[dict[str, Added]] = {
    "attempts": _count(),
    "requests": _count("fact.attempt = 1"),
    **_word_counts("fact.status", "status", _STATUS, absent=()),
    **_word_counts("fact.finish_reason", "finish", _FINISH, absent=("",)),
    "finish_known": _count("fact.finish_reason != ''"),
    "prompt_tokens": _sum("fact.prompt_tokens"),
    "completion_tokens": _sum("fact.completion_tokens"),
    "reasoning_tokens": _sum("ifNull(fact.reasoning_tokens, 0)"),
    "cached_tokens": _sum("ifNull(fact.cached_tokens, 0)"),
    "cache_write_tokens": _sum("ifNull(fact.cache_write_tokens, 0)"),
    "reasoning_known": _count("isNotNull(fact.reasoning_tokens)"),
    "reasoning_completion_tokens": _sum("fact.completion_tokens", "isNotNull(fact.reasoning_tokens)"),
    "cached_known": _count("isNotNull(fact.cached_tokens)"),
    "tools_offered_requests": _count(_OFFERED),
    "tools_offered_known": _count("isNotNull(fact.tools_offered)"),
    "tools_offered_tokens": _sum(_TOTAL, _OFFERED),
    "tools_offered_cost_nano": _sum(_COST, _OFFERED),
    "tool_call_requests": _count(_TOOL_CALL),
    "tool_call_tokens": _sum(_TOTAL, _TOOL_CALL),
    "cost_nano": _sum(_COST),
    "tool_call_cost_nano": _sum(_COST, _TOOL_CALL),
    "unpriced": _count("isNull(fact.cost_nano)"),
    "priced_tokens": _sum(_TOTAL, _PRICED),
    "list_cost_nano": _sum("ifNull(fact.list_cost_nano, 0)"),
    "unlisted": _count("isNull(fact.list_cost_nano)"),
    "listed_tokens": _sum(_TOTAL, "isNotNull(fact.list_cost_nano)"),
    "good_requests": _count(_GOOD),
    "good_cost_nano": _sum(_COST, _GOOD),
    "content_filter_tokens": _sum(_TOTAL, "fact.finish_reason = 'content_filter'"),
    "cancelled_requests": _count("(fact.status = 'cancelled' OR ifNull(fact.cancelled, false))"),
    "tokens_sq": _square(_TOTAL),
    "tool_call_tokens_sq": _square(_TOTAL, _TOOL_CALL),
    "cost_sq": _square(_COST),
    "tool_call_cost_sq": _square(_COST, _TOOL_CALL),
}
_MODEL: Final = FactSums(
    dimensions=_used(MODEL_DIMENSIONS),
    sums=_MODEL_SUMS,
    edges=_RECEIVED_MAX,
    histograms={
        "prompt_hist": "fact.prompt_tokens",
        "completion_hist": "fact.completion_tokens",
        "total_hist": _TOTAL,
        "latency_hist": "fact.latency_ms",
        "ttft_hist": "fact.ttft_ms",
    },
)

_LABELS: Final = (
    "if(empty(fact.used_labels), "
    "[concat(fact.used_category, '|', fact.used_bucket, '|', fact.used_sub_tag)], "
    "arrayMap(one -> toString(one), fact.used_labels))"
)
"""The classes of a fact; of one without a label that is sure enough, the class 'unclassified' alone."""


def _part(number: int, label: str = "label") -> str:
    return f"splitByChar('|', {label})[{number}]"


def _enumerated(number: int) -> str:
    """Return the SQL that numbers the equal ones among the classes' parts, the first of each with 1."""
    return f"arrayEnumerateUniq(arrayMap(one -> {_part(number, 'one')}, {_LABELS}))"


_PRIMARY: Final = "(place = 1)"
_ANY: Final = "(nth_category = 1 AND notEmpty(fact.used_labels))"
_ANY_BUCKET: Final = "(nth_bucket = 1 AND notEmpty(fact.used_labels))"
_PAID: Final = f"({_PRIMARY} AND {_PRICED} AND fact.used_byok != 'yes')"


def _product(rows: str, *factors: str, kind: str = "UInt128") -> Added:
    return Added(factors, rows, kind)


def _weighed(letter: str, value: str) -> dict[str, Added]:
    """Return the three sums of a weighed quantity that the variance of a ratio needs."""
    return {
        f"w{letter}": _product(_PRIMARY, _WEIGHT, value),
        f"w2{letter}": _product(_PRIMARY, _WEIGHT, _WEIGHT, value),
        f"w2{letter * 2}": _product(_PRIMARY, _WEIGHT, _WEIGHT, value, value, kind="UInt256"),
    }


def _of_any(prefix: str, rows: str) -> dict[str, Added]:
    return {
        f"{prefix}_n": _count(rows),
        f"{prefix}_w": _sum(_WEIGHT, rows),
        f"{prefix}_w2": _product(rows, _WEIGHT, _WEIGHT),
        f"{prefix}_wt": _product(rows, _WEIGHT, _TOTAL),
    }


_CATEGORY: Final = FactSums(
    dimensions={
        **_used(CATEGORY_DIMENSIONS[:4]),
        **{name: _part(place) for place, name in enumerate(CATEGORY_DIMENSIONS[4:], 1)},
    },
    edges=_RECEIVED_MAX,
    sums={
        "n": _count(_PRIMARY),
        "w": _sum(_WEIGHT, _PRIMARY),
        "w2": _product(_PRIMARY, _WEIGHT, _WEIGHT),
        **_weighed("t", _TOTAL),
        "wtt": _product(_PRIMARY, _WEIGHT, _TOTAL, _TOTAL),
        **_weighed("p", "fact.prompt_tokens"),
        **_weighed("o", "fact.completion_tokens"),
        **_weighed("c", _COST),
        "wcc": _product(_PRIMARY, _WEIGHT, _COST, _COST, kind="UInt256"),
        "priced_n": _count(f"({_PRIMARY} AND {_PRICED})"),
        "w_priced": _sum(_WEIGHT, f"({_PRIMARY} AND {_PRICED})"),
        "paid_n": _count(_PAID),
        "wt_priced_paid": _product(_PAID, _WEIGHT, _TOTAL),
        "wc_paid": _product(_PAID, _WEIGHT, _COST),
        **_of_any("any", _ANY),
        **_of_any("any_bucket", _ANY_BUCKET),
    },
    source=(
        f"usage_events AS fact ARRAY JOIN {_LABELS} AS label, arrayEnumerate({_LABELS}) AS place, "
        f"{_enumerated(1)} AS nth_category, {_enumerated(2)} AS nth_bucket"
    ),
    where=_CLASSIFIED,
)

_PLACE: Final = FactSums(
    dimensions={
        **_used(PLACE_DIMENSIONS[:3]),
        "billing_country": "fact.used_country",
        "language": "fact.used_language",
    },
    sums={
        name: _MODEL_SUMS[name]
        for name in (
            "attempts",
            "requests",
            "prompt_tokens",
            "completion_tokens",
            "cost_nano",
            "unpriced",
            "tokens_sq",
            "cost_sq",
        )
    },
    edges=_RECEIVED_MAX,
)

_ACCOUNT: Final = FactSums(
    dimensions={
        **_used(ACCOUNT_DIMENSIONS),
        **{name: f"fact.{name}" for name in ("account_key_id", "account_hash", "app")},
    },
    sums={
        **{
            name: _MODEL_SUMS[name]
            for name in (
                "attempts",
                "requests",
                "cost_nano",
                "unpriced",
                "tool_call_tokens",
                "tool_call_requests",
            )
        },
        "tokens": _sum(_TOTAL),
        "w": _sum(_WEIGHT, _CLASSIFIED),
        "wt": _product(_CLASSIFIED, _WEIGHT, _TOTAL),
        "wc": _product(_CLASSIFIED, _WEIGHT, _COST),
    },
    edges={
        "first_event": "min(toDateTime64(fact.event_time, 3, 'UTC'))",
        "last_event": "max(toDateTime64(fact.event_time, 3, 'UTC'))",
    },
    where="fact.account_hash != ''",
)

FACT_SUMS: Final[Mapping[str, FactSums]] = {
    Family.MODEL.value: _MODEL,
    Family.CATEGORY.value: _CATEGORY,
    Family.PLACE.value: _PLACE,
    ACCOUNTS: _ACCOUNT,
}
"""By the cube of a level."""
