"""Intervals of prices that know accounts: each account's weighted cost and tokens, their squares and products.

The account table knows neither whose key paid nor which of an account's requests had a cost. So it gives only
how much a price would differ with other accounts, relative to itself, and only where what it holds is nearly
all that the price is made of.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

from tokentide.reports.clusters import ENOUGH, bucket_start, classified_days, possible, seconds
from tokentide.reports.computed import StoreQuery
from tokentide.reports.dimensions import Origin, dimensions
from tokentide.reports.estimates import EstimatedPrice
from tokentide.reports.formulas import Row
from tokentide.reports.levels import Plan
from tokentide.reports.question import Question
from tokentide.reports.statements import OTHER
from tokentide.reports.statistics.ratio import Pair, ratio

_SUMS: Final = (
    "sum(y) AS y_, sum(x) AS x_, sum(y * y) AS yy, sum(x * y) AS xy, sum(x * x) AS xx, toFloat64(count()) AS n, "
    "sum(w) AS w_"
)


def clustered_prices(query: StoreQuery, question: Question, plan: Plan, rows: Sequence[Row]) -> list[Row]:
    """Return rows of prices with intervals by account where these can be had."""
    drawn = isinstance(question.shape.formula, EstimatedPrice) and possible(question, plan)
    if not drawn or all(row["interval"] == "design" for row in rows):
        return list(rows)
    sql, parameters = _statement(question, plan, sorted({str(row["key"]) for row in rows} - {OTHER}))
    sums = {(seconds(row["t"]), row["key"]): row for row in query(sql, parameters).to_pylist()}
    return [_redrawn(row, sums.get((seconds(row["bucket"]), row["key"]))) for row in rows]


def _statement(question: Question, plan: Plan, kept: Sequence[str]) -> tuple[str, dict[str, Any]]:
    terms, parameters = classified_days(question, plan)
    key = f"toString({dimensions(Origin.ACCOUNTS)[question.by]})" if question.by else "''"
    per_account = (
        f"SELECT {bucket_start(question)} AS t, if({key} IN {{kept:Array(String)}}, {key}, '{OTHER}') AS key, "
        "usage.account AS a, toFloat64(sum(usage.wc)) AS y, toFloat64(sum(usage.wt)) AS x, "
        f"toFloat64(sum(usage.w)) AS w FROM usage_accounts_1d AS usage WHERE {' AND '.join(terms)} GROUP BY t, key, a"
    )
    return f"SELECT t, key, {_SUMS} FROM ({per_account}) GROUP BY t, key", parameters | {"kept": list(kept)}


def _redrawn(row: Row, found: Mapping[str, Any] | None) -> Row:
    if found is None or row["interval"] == "design" or not row["price_usd_per_1m"] or not _nearly_all(row, found):
        return row
    n, y, x, yy, xy, xx = (np.array(float(found[name])) for name in ("n", "y_", "x_", "yy", "xy", "xx"))
    estimate = ratio(Pair(n, y, x, yy, xy, xx))
    scale = row["price_usd_per_1m"] / float(estimate.value)
    low, high = (float(end) * scale for end in (estimate.low, estimate.high))
    return row | {"low": low, "high": high, "interval": "clustered"} if np.isfinite(low) else row


def _nearly_all(row: Row, found: Mapping[str, Any]) -> bool:
    """Tell whether accounts carry nearly all requests, and cost and tokens are nearly those of the price."""
    pairs = (
        (found["w_"], row["requests"] * 1e6),
        (found["y_"], row["paid_cost_usd"] * 1e15),
        (found["x_"], row["priced_tokens"] * 1e6),
    )
    return found["n"] >= 2 and all(whole and ENOUGH <= mine / whole <= 1 / ENOUGH for mine, whole in pairs)
