"""How use goes with price across models: the slope of a log-log line, list price in force on x."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import log, log10
from typing import Any, Final

from tokentide.reports.cells import cells
from tokentide.reports.computed import Ask, by_value
from tokentide.reports.formulas import OF_COUNTS, Row, Windows, add
from tokentide.reports.question import Question
from tokentide.reports.statistics.slope import log_log

_PAID: Final = ("byok", ("no", ""))
_SUMS: Final = (
    add("n", "attempts"),
    add("tokens", "prompt_tokens", "completion_tokens"),
    add("list_cost_nano"),
    add("listed_tokens"),
    add("priced_tokens", where=_PAID),
    add("paid_nano", "cost_nano", where=_PAID),
    add("byok_requests", "attempts", where=("byok", ("yes",))),
)
COLUMNS: Final = (
    "slope",
    "se",
    "low",
    "high",
    "intercept",
    "r2",
    "n_models",
    "effective_slope",
    "effective_se",
    "effective_low",
    "effective_high",
    "effective_n",
    "zero_price",
    "unlisted",
    "unpriced",
    "byok_requests",
    "usage_per_10pct",
    "tokens",
    "n",
)


@dataclass(frozen=True, slots=True)
class PriceSlope:
    """The slope over models, of everything or within each group, per bucket."""

    windows: Windows = OF_COUNTS

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns after time and dimension."""
        return COLUMNS

    def keys(self, question: Question) -> tuple[str, ...]:
        """Return the dimension asked for."""
        return (question.by,) if question.by else ()

    def rows(self, ask: Ask) -> list[Row]:
        """Return one row per bucket and group."""
        by = self.keys(ask.question)
        found = cells(ask, tuple(dict.fromkeys((*by, "model"))), _SUMS).rows
        return [
            {"bucket": t} | dict(zip(by, key, strict=True)) | fitted(rows)
            for (t, *key), rows in by_value(found, "t", *by).items()
        ]


def fitted(rows: Sequence[Mapping[str, Any]]) -> Row:
    """Return the slopes over models; rows are cells with one row per model."""
    tokens = [float(row["tokens"]) for row in rows]
    listed = [_price(row["list_cost_nano"], row["listed_tokens"]) for row in rows]
    paid = [_price(row["paid_nano"], row["priced_tokens"]) for row in rows]
    by_list, by_paid = log_log(listed, tokens, "HC1"), log_log(paid, tokens, "HC1")
    return {
        "slope": by_list.slope,
        "se": by_list.error,
        "low": by_list.low,
        "high": by_list.high,
        # of decimal logarithms, as a chart of decades shows it
        "intercept": None if by_list.intercept is None else by_list.intercept / log(10),
        "r2": _r2(listed, tokens, by_list.slope),
        "n_models": by_list.n,
        "effective_slope": by_paid.slope,
        "effective_se": by_paid.error,
        "effective_low": by_paid.low,
        "effective_high": by_paid.high,
        "effective_n": by_paid.n,
        "zero_price": sum(1 for price in listed if price == 0),
        "unlisted": sum(1 for price in listed if price != price),
        "unpriced": sum(1 for price in paid if price != price),
        "byok_requests": sum(int(row["byok_requests"]) for row in rows),
        "usage_per_10pct": None if by_list.slope is None else 0.9**by_list.slope - 1,
        "tokens": int(sum(tokens)),
        "n": sum(int(row["n"]) for row in rows),
    }


def _price(nano: int, tokens: int) -> float:
    return nano / tokens / 1e3 if tokens else float("nan")


def _r2(prices: Sequence[float], tokens: Sequence[float], slope: float | None) -> float | None:
    """Return the part of the spread of log tokens that the line explains."""
    if slope is None:
        return None
    pairs = [(log10(x), log10(y)) for x, y in zip(prices, tokens, strict=True) if x > 0 and y > 0]
    mean_x, mean_y = (sum(values) / len(pairs) for values in zip(*pairs, strict=True))
    explained = slope**2 * sum((x - mean_x) ** 2 for x, _ in pairs)
    whole = sum((y - mean_y) ** 2 for _, y in pairs)
    return explained / whole if whole else None
