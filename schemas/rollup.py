"""The columns of a rollup row, declared once: grouping, Arrow, DDL and queries derive from here.

Everything is an additive integer, never a share: levels, windows and rebuilds are sums of sums.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Family(StrEnum):
    """Which cube a row of `usage_rollups_in` belongs to."""

    MODEL = "model"
    BATCH = "batch"


class Kind(StrEnum):
    """How a measure is stored and merged."""

    COUNT = "UInt64"
    SQUARE = "UInt128"
    HISTOGRAM = "Map(UInt16, UInt64)"


@dataclass(frozen=True, slots=True)
class Measure:
    """One additive column of a family, with its meaning in words."""

    name: str
    kind: Kind
    meaning: str


BUCKET_S: Final = 10
MODEL_DIMENSIONS: Final = ("gateway", "tenant", "model", "author", "provider", "variant", "byok")
"""Dimensions of the model family, as used (after normalisation and cap); byok is 'yes', 'no' or ''."""

_STATUSES: Final = ("ok", "error", "cancelled", "timeout", "rate_limited", "blocked", "unknown")
_FINISHES: Final = ("stop", "length", "tool_calls", "content_filter", "error", "cancelled", "unknown")


def _count(name: str, meaning: str) -> Measure:
    return Measure(name, Kind.COUNT, meaning)


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
    _count("cached_known", "attempts that carry cached_tokens"),
    _count("tools_offered_requests", "attempts that offered at least one tool"),
    _count("tools_offered_known", "attempts that carry tools_offered"),
    _count("tool_call_requests", "attempts whose finish_reason is tool_calls"),
    _count("tool_call_tokens", "prompt + completion tokens of those attempts"),
    _count("cost_nano", "reported cost, nano-USD"),
    _count("tool_call_cost_nano", "reported cost of tool-call attempts, nano-USD"),
    _count("unpriced", "attempts without a reported cost"),
    _count("list_cost_nano", "cost at the catalogue's list price at event time, nano-USD"),
    _count("unlisted", "attempts for which the catalogue knows no list price"),
    Measure("tokens_sq", Kind.SQUARE, "sum of squared prompt + completion tokens"),
    Measure("tool_call_tokens_sq", Kind.SQUARE, "the same over tool-call attempts"),
    Measure("cost_sq", Kind.SQUARE, "sum of squared reported nano-USD"),
    Measure("tool_call_cost_sq", Kind.SQUARE, "the same over tool-call attempts"),
    Measure("prompt_hist", Kind.HISTOGRAM, "prompt tokens per attempt, log-linear index"),
    Measure("completion_hist", Kind.HISTOGRAM, "completion tokens per attempt"),
    Measure("total_hist", Kind.HISTOGRAM, "prompt + completion tokens per attempt"),
    Measure("latency_hist", Kind.HISTOGRAM, "latency_ms of attempts that carry it"),
    Measure("ttft_hist", Kind.HISTOGRAM, "ttft_ms of attempts that carry it"),
)
