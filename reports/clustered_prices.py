"""Intervals of prices and of total lengths that know accounts: each account's weighted sums and their products.

The account table knows neither whose key paid nor which of an account's requests had a cost. So it gives only
how much a price would differ with other accounts, relative to itself, and only where what it holds is nearly
all that the price is made of.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import numpy as np

from tokentide.reports.clusters import ENOUGH, bucket_start, classified_days, possible, seconds
from tokentide.reports.computed import StoreQuery
from tokentide.reports.dimensions import Origin, dimensions
from tokentide.reports.estimates import EstimatedMeans, EstimatedPrice
from tokentide.reports.formulas import Row
from tokentide.reports.levels import Plan
from tokentide.reports.question import Question
from tokentide.reports.statements import OTHER
from tokentide.reports.statistics.ratio import Pair, ratio

_SUMS: Final = (
    "sum(y) AS y_, sum(x) AS x_, sum(y * y) AS yy, sum(x * y) AS xy, sum(x * x) AS xx, toFloat64(count()) AS n, "
    "sum(w) AS w_, sum(x * w) AS xw, sum(w * w) AS ww"
)


def clustered_prices(query: StoreQuery, question: Question, plan: Plan, rows: Sequence[Row]) -> list[Row]:
    """Return rows of prices or mean lengths with intervals by account where these can be had."""
    drawn = isinstance(question.shape.formula, EstimatedPrice | EstimatedMeans) and possible(question, plan)
    if not drawn or all(row["interval"] == "design" for row in rows):
        return list(rows)
    redrawn = _price if isinstance(question.shape.formula, EstimatedPrice) else _length
    sql, parameters = _statement(question, plan, sorted({str(row["key"]) for row in rows} - {OTHER}))
    sums = {(seconds(row["t"]), row["key"]): row for row in query(sql, parameters).to_pylist()}
    return [redrawn(row, sums.get((seconds(row["bucket"]), row["key"]))) for row in rows]


def _statement(question: Question, plan: Plan, kept: Sequence[str]) -> tuple[str, dict[str, Any]]:
    terms, parameters = classified_days(question, plan)
    key = f"toString({dimensions(Origin.ACCOUNTS)[question.by]})" if question.by else "''"
    per_account = (
        f"SELECT {bucket_start(question)} AS t, if({key} IN {{kept:Array(String)}}, {key}, '{OTHER}') AS key, "
        "usage.account AS a, toFloat64(sum(usage.wc)) AS y, toFloat64(sum(usage.wt)) AS x, "
        f"toFloat64(sum(usage.w)) AS w FROM usage_accounts_1d AS usage WHERE {' AND '.join(terms)} GROUP BY t, key, a"
    )
    return f"SELECT t, key, {_SUMS} FROM ({per_account}) GROUP BY t, key", parameters | {"kept": list(kept)}


def _price(row: Row, found: Mapping[str, Any] | None) -> Row:
    value = row["price_usd_per_1m"]
    if found is None or row["interval"] == "design" or not value:
        return row
    of = row["requests"] * 1e6, row["paid_cost_usd"] * 1e15, row["priced_tokens"] * 1e6
    ends = _ends(value, found, ("y_", "x_", "yy", "xy", "xx"), zip(("w_", "y_", "x_"), of, strict=True))
    return row | {"low": ends[0], "high": ends[1], "interval": "clustered"} if ends else row


def _length(row: Row, found: Mapping[str, Any] | None) -> Row:
    value = row["total_mean"]
    if found is None or row["interval"] == "design" or not value:
        return row
    of = row["requests"] * 1e6, row["tokens"] * 1e6
    ends = _ends(value, found, ("x_", "w_", "xx", "xw", "ww"), zip(("w_", "x_"), of, strict=True))
    return row | {"total_low": ends[0], "total_high": ends[1], "total_interval": "clustered"} if ends else row


def _ends(
    value: float, found: Mapping[str, Any], sums: Sequence[str], made_of: Iterable[tuple[str, float]]
) -> tuple[float, float] | None:
    """Return the interval of a ratio by account; None where accounts do not carry nearly all it is made of."""
    nearly_all = all(whole and ENOUGH <= found[name] / whole <= 1 / ENOUGH for name, whole in made_of)
    if found["n"] < 2 or not nearly_all:
        return None
    n, y, x, yy, xy, xx = (np.array(float(found[name])) for name in ("n", *sums))
    estimate = ratio(Pair(n, y, x, yy, xy, xx))
    low, high = (float(end) * value / float(estimate.value) for end in (estimate.low, estimate.high))
    return (low, high) if np.isfinite(low) else None
