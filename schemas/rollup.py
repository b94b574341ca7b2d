"""The columns of a rollup row, declared once: grouping, Arrow, DDL and queries derive from here.

Everything is an additive integer, never a share: levels, windows and rebuilds are sums of sums.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Family(StrEnum):
    """Which cube a row of `usage_rollups_in` belongs to."""

    MODEL = "model"
    CATEGORY = "category"
    PLACE = "place"
    BATCH = "batch"


class Kind(StrEnum):
    """How a measure is stored and merged."""

    COUNT = "UInt64"
    SQUARE = "UInt128"
    WIDE = "UInt256"
    HISTOGRAM = "Map(UInt16, UInt64)"


@dataclass(frozen=True, slots=True)
class Measure:
    """One additive column of a family, with its meaning in words."""

    name: str
    kind: Kind
    meaning: str


@dataclass(frozen=True, slots=True)
class Cube:
    """One family of rollups: what its rows are told apart by, and what they add up.

    Attributes:
        family: the value of `usage_rollups_in.family`, and part of the names of its levels.
        dimensions: as used (after normalisation and cap), in the order of the sort key.
        measures: additive columns.
    """

    family: Family
    dimensions: tuple[str, ...]
    measures: tuple[Measure, ...]


BUCKET_S: Final = 10
MODEL_DIMENSIONS: Final = ("gateway", "tenant", "model", "author", "provider", "variant", "byok")
"""Dimensions of the model family; byok is 'yes', 'no' or ''."""

CAPPED_DIMENSIONS: Final = ("gateway", "tenant", "model", "author", "provider", "variant", "language")
"""Dimensions whose values come from outside: the first distinct of a day, then `other`. The rest are closed sets."""

WEIGHT_OF_ONE: Final = 1_000_000
"""Sample weights are millionths: an event that stands for itself alone weighs this much."""

_STATUSES: Final = ("ok", "error", "cancelled", "timeout", "rate_limited", "blocked", "unknown")
_FINISHES: Final = ("stop", "length", "tool_calls", "content_filter", "error", "cancelled", "unknown")


def _count(name: str, meaning: str) -> Measure:
    return Measure(name, Kind.COUNT, meaning)


def _square(name: str, meaning: str) -> Measure:
    return Measure(name, Kind.SQUARE, meaning)


def _wide(name: str, meaning: str) -> Measure:
    return Measure(name, Kind.WIDE, meaning)


MODEL_MEASURES: Final[tuple[Measure, ...]] = (
    _count("attempts", "accepted events"),
    _count("requests", "accepted events with attempt = 1"),
    *(_count(f"status_{name}", f"attempts with status {name}") for name in _STATUSES),
    *(_count(f"finish_{name}", f"attempts with finish_reason {name}") for name in _FINISHES),
    _count("finish_known", "attempts that carry a finish_reason"),
    _count("prompt_tokens", "prompt tokens, cached ones included"),
    _count("completion_tokens", "completion tokens, reasoning ones included"),
    _count("reasoning_tokens", "reasoning tokens, part of completion"),
    _count("cached_tokens", "cached tokens, part of prompt"),
    _count("cache_write_tokens", "tokens written to a cache, part of prompt"),
    _count("reasoning_known", "attempts that carry reasoning_tokens"),
    _count("reasoning_completion_tokens", "completion tokens of attempts that carry reasoning_tokens"),
    _count("cached_known", "attempts that carry cached_tokens"),
    _count("tools_offered_requests", "attempts that offered at least one tool"),
    _count("tools_offered_known", "attempts that carry tools_offered"),
    _count("tools_offered_tokens", "prompt + completion tokens of attempts that offered at least one tool"),
    _count("tools_offered_cost_nano", "reported cost of those attempts, nano-USD"),
    _count("tool_call_requests", "attempts whose finish_reason is tool_calls"),
    _count("tool_call_tokens", "prompt + completion tokens of those attempts"),
    _count("cost_nano", "reported cost, nano-USD"),
    _count("tool_call_cost_nano", "reported cost of tool-call attempts, nano-USD"),
    _count("unpriced", "attempts without a reported cost"),
    _count("priced_tokens", "prompt + completion tokens of attempts with a reported cost"),
    _count("list_cost_nano", "cost at the catalogue's list price at event time, nano-USD"),
    _count("unlisted", "attempts for which the catalogue knows no list price"),
    _count("listed_tokens", "prompt + completion tokens of attempts with a list price"),
    _count("good_requests", "attempts with status ok or none, and finish_reason stop or tool_calls"),
    _count("good_cost_nano", "reported cost of those attempts, nano-USD"),
    _count("content_filter_tokens", "prompt + completion tokens of attempts whose finish_reason is content_filter"),
    _count("cancelled_requests", "attempts with status cancelled or the cancelled flag"),
    _square("tokens_sq", "sum of squared prompt + completion tokens"),
    _square("tool_call_tokens_sq", "the same over tool-call attempts"),
    _square("cost_sq", "sum of squared reported nano-USD"),
    _square("tool_call_cost_sq", "the same over tool-call attempts"),
    Measure("prompt_hist", Kind.HISTOGRAM, "prompt tokens per attempt, log-linear index"),
    Measure("completion_hist", Kind.HISTOGRAM, "completion tokens per attempt"),
    Measure("total_hist", Kind.HISTOGRAM, "prompt + completion tokens per attempt"),
    Measure("latency_hist", Kind.HISTOGRAM, "latency_ms of attempts that carry it"),
    Measure("ttft_hist", Kind.HISTOGRAM, "ttft_ms of attempts that carry it"),
)

CATEGORY_DIMENSIONS: Final = ("gateway", "tenant", "model", "author", "category", "bucket_category", "sub_tag")
"""Dimensions of the category family; category and bucket are those of `schemas.categories`."""

CATEGORY_MEASURES: Final[tuple[Measure, ...]] = (
    _count("n", "classified attempts by their primary label"),
    _count("w", "sum of w, the sample weight in millionths (1,000,000 where no rate was sent)"),
    _square("w2", "sum of w squared"),
    _square("wt", "sum of w · t, t = prompt + completion tokens"),
    _square("w2t", "sum of w² · t"),
    _wide("w2tt", "sum of w² · t²"),
    _square("wtt", "sum of w · t²"),
    _square("wp", "sum of w · p, p = prompt tokens"),
    _square("w2p", "sum of w² · p"),
    _wide("w2pp", "sum of w² · p²"),
    _square("wo", "sum of w · o, o = completion tokens"),
    _square("w2o", "sum of w² · o"),
    _wide("w2oo", "sum of w² · o²"),
    _square("wc", "sum of w · c, c = reported nano-USD"),
    _square("w2c", "sum of w² · c"),
    _wide("w2cc", "sum of w² · c²"),
    _wide("wcc", "sum of w · c²"),
    _count("priced_n", "those of n with a reported cost"),
    _count("w_priced", "sum of w over those"),
    _count("paid_n", "those of priced_n not paid with the customer's own key (byok is not yes)"),
    _square("wt_priced_paid", "sum of w · t over those"),
    _square("wc_paid", "sum of w · c over those: the numerator of the effective price"),
    _count("any_n", "attempts of which any label of confidence 0.5 or more has this category"),
    _count("any_w", "sum of w over those"),
    _square("any_w2", "sum of w squared over those"),
    _square("any_wt", "sum of w · t over those"),
    _count("any_bucket_n", "attempts of which any label of confidence 0.5 or more has this bucket_category"),
    _count("any_bucket_w", "sum of w over those"),
    _square("any_bucket_w2", "sum of w squared over those"),
    _square("any_bucket_wt", "sum of w · t over those"),
)
"""Sums of the primary label add up to all classified attempts. The any_ sums of a category (any_bucket_ of a
bucket_category) count an attempt once for each of its distinct categories, so they do not add up across them."""

PLACE_DIMENSIONS: Final = ("gateway", "tenant", "author", "billing_country", "language")
"""Dimensions of the place family; '' where the event does not say, country 'unknown' where it is no ISO 3166 code."""

_IN_PLACE: Final = (
    "attempts",
    "requests",
    "prompt_tokens",
    "completion_tokens",
    "cost_nano",
    "unpriced",
    "tokens_sq",
    "cost_sq",
)
PLACE_MEASURES: Final[tuple[Measure, ...]] = tuple(m for m in MODEL_MEASURES if m.name in _IN_PLACE)

CUBES: Final[Mapping[Family, Cube]] = {
    cube.family: cube
    for cube in (
        Cube(Family.MODEL, MODEL_DIMENSIONS, MODEL_MEASURES),
        Cube(Family.CATEGORY, CATEGORY_DIMENSIONS, CATEGORY_MEASURES),
        Cube(Family.PLACE, PLACE_DIMENSIONS, PLACE_MEASURES),
    )
}
"""Every family that is stored in levels; the batch family is the ledger."""

ACCOUNT_DIMENSIONS: Final = (
    "gateway",
    "tenant",
    "account_key_id",
    "account_hash",
    "model",
    "variant",
    "category",
    "app",
)
"""What the rows of `usage_accounts_1d` are told apart by, beside the day; accounts of two key ids never compare."""

ACCOUNT_MEASURES: Final[tuple[Measure, ...]] = (
    _count("attempts", "accepted events of the account"),
    _count("requests", "accepted events with attempt = 1"),
    _count("tokens", "prompt + completion tokens"),
    _count("cost_nano", "reported cost, nano-USD"),
    _count("unpriced", "attempts without a reported cost"),
    _count("tool_call_tokens", "prompt + completion tokens of attempts whose finish_reason is tool_calls"),
    _count("tool_call_requests", "those attempts"),
    _count("w", "sum of the sample weight, millionths, over classified attempts; 0 for the others"),
    _square("wt", "sum of w · tokens over classified attempts"),
    _square("wc", "sum of w · reported nano-USD over classified attempts"),
)
"""Fed from facts by a materialised view, not by the rollup insert."""
