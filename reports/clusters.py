"""Intervals that know accounts: shares of a sample whose requests come in clusters, one per account.

The account table has each account's weighted totals by day; from their squares and products follows how much
a share would differ with other accounts. Used where nearly every classified request carries an account;
elsewhere the interval by request stands, marked as a lower bound.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

from tokentide.reports.computed import StoreQuery
from tokentide.reports.dimensions import Origin, dimensions
from tokentide.reports.estimates import EstimatedShare
from tokentide.reports.filters import where
from tokentide.reports.formulas import Row, Unit
from tokentide.reports.levels import Plan
from tokentide.reports.periods import ALL_S, MONDAY_SHIFT_S, Calendar
from tokentide.reports.question import Question
from tokentide.reports.statements import OTHER
from tokentide.reports.statistics.ratio import Pair, share_of_clusters

_DAY_S: Final = 86_400
_MICRO: Final = 1e6
ENOUGH: Final = 0.95
"""Part of the weight of a bucket's classified requests that must carry an account."""

_AMOUNT: Final = {Unit.TOKENS: "wt", Unit.REQUESTS: "w", Unit.USD: "wc"}


def clustered(query: StoreQuery, question: Question, plan: Plan, rows: Sequence[Row]) -> list[Row]:
    """Return rows of estimated shares with intervals by account where these can be had."""
    drawn = isinstance(question.shape.formula, EstimatedShare) and possible(question, plan)
    if not rows or not drawn or all(row["interval"] == "design" for row in rows):
        return list(rows)
    sql, parameters = _statement(question, plan, sorted({str(row["key"]) for row in rows} - {OTHER}))
    sums = {(seconds(row["t"]), row["part"], row["key"]): row for row in query(sql, parameters).to_pylist()}
    return _redrawn(rows, sums)


def possible(question: Question, plan: Plan) -> bool:
    """Tell whether whole days and the account table's dimensions answer the question."""
    if not isinstance(question.grid, Calendar):
        return False
    known = dimensions(Origin.ACCOUNTS)
    named = (question.by, question.metric.within, *(each.dimension for each in question.population))
    bounds = (question.start_s, question.end_s)
    return (
        question.grid.size_s >= _DAY_S
        and all(name is None or name in known for name in named)
        and all(bound is None or bound % _DAY_S == 0 for bound in bounds)
        and plan.from_s < plan.to_s
    )


def _statement(question: Question, plan: Plan, kept: Sequence[str]) -> tuple[str, dict[str, Any]]:
    known = dimensions(Origin.ACCOUNTS)
    terms, parameters = classified_days(question, plan)
    key = f"toString({known[question.by]})" if question.by else "''"
    part = f"toString({known[question.metric.within]})" if question.metric.within else "''"
    per_account = (
        f"SELECT {bucket_start(question)} AS t, {part} AS part, "
        f"if({key} IN {{kept:Array(String)}}, {key}, '{OTHER}') AS key, "
        f"usage.account AS a, toFloat64(sum(usage.{_AMOUNT[question.unit]})) AS y, "
        f"toFloat64(sum(usage.w)) AS w FROM usage_accounts_1d AS usage WHERE {' AND '.join(terms)} "
        "GROUP BY t, part, key, a"
    )
    # an account's own total stands beside each of its groups, and once among the totals of the part
    gathered = (
        f"SELECT t, part, groupArray((key, y, w)) AS ones, sum(y) AS x FROM ({per_account}) GROUP BY t, part, a"
    )
    paired = (
        "SELECT t, part, one.1 AS key, one.2 AS y, one.3 AS w, x, place "
        f"FROM ({gathered}) ARRAY JOIN ones AS one, arrayEnumerate(ones) AS place"
    )
    groups = (
        f"SELECT t, part, key, sum(y) AS y_, sum(y * y) AS yy, sum(x * y) AS xy, {_WHOLE} FROM ({paired}) "
        "GROUP BY t, part, key"
    )
    sql = (
        f"SELECT t, part, key, y_ AS y, yy, xy, sum(x_) OVER whole AS x, sum(xx_) OVER whole AS xx, "
        f"sum(n_) OVER whole AS n, sum(w_) OVER whole AS w FROM ({groups}) WINDOW whole AS (PARTITION BY t, part)"
    )
    return sql, parameters | {"kept": list(kept)}


def classified_days(question: Question, plan: Plan) -> tuple[tuple[str, ...], dict[str, Any]]:
    """Return the terms that rows of classified requests in a plan's days meet, and their parameters."""
    terms, parameters = where(question.population, dimensions(Origin.ACCOUNTS))
    days = (
        "usage.day >= toDate(toDateTime({from_s:UInt32}, 'UTC'))",
        "usage.day <= toDate(toDateTime({last_s:UInt32}, 'UTC'))",
        "usage.category NOT IN ('', 'unclassified')",
    )
    return (*days, *terms), parameters | {"from_s": plan.from_s, "last_s": min(plan.to_s, ALL_S) - 1}


_WHOLE: Final = "sumIf(x, place = 1) AS x_, sumIf(x * x, place = 1) AS xx_, countIf(place = 1) AS n_, sum(w) AS w_"


def bucket_start(question: Question) -> str:
    """Return SQL of the bucket a day is in, epoch seconds."""
    size_s = question.grid.size_s if isinstance(question.grid, Calendar) else ALL_S
    if size_s == ALL_S:
        return "toInt64(0)"
    shift = MONDAY_SHIFT_S if size_s > _DAY_S else 0
    seconds = "toInt64(toUnixTimestamp(toDateTime(usage.day, 'UTC')))"
    return f"intDiv({seconds} + {shift}, {size_s}) * {size_s} - {shift}"


def seconds(bucket: Any) -> int:
    """Return a bucket as the engine sends it in epoch seconds."""
    return int(bucket.timestamp()) if hasattr(bucket, "timestamp") else int(bucket)


def _redrawn(rows: Sequence[Row], sums: Mapping[tuple[int, str, str], Mapping[str, Any]]) -> list[Row]:
    weights: dict[tuple[int, str], float] = {}
    for row in rows:
        whole = seconds(row["bucket"]), row["part"]
        weights[whole] = weights.get(whole, 0.0) + row["requests"] * _MICRO
    lines = list(rows)
    usable: list[tuple[int, Mapping[str, Any]]] = []
    for place, row in enumerate(rows):
        within = seconds(row["bucket"]), row["part"]
        found = sums.get((*within, row["key"]))
        if found and row["interval"] != "design" and found["w"] >= ENOUGH * weights[within] and found["n"] >= 2:
            usable.append((place, found))
    if not usable:
        return lines
    n, y, x, yy, xy, xx = (
        np.array([float(found[name]) for _, found in usable]) for name in ("n", "y", "x", "yy", "xy", "xx")
    )
    estimate = share_of_clusters(Pair(n, y, x, yy, xy, xx))
    for (place, _), low, high in zip(usable, estimate.low, estimate.high, strict=True):
        if np.isfinite(low) and np.isfinite(high):
            # the share is of all classified requests; the accounts' own may differ by those without one
            value = lines[place]["share"]
            ends = (float(low), float(high)) if value is None else (min(float(low), value), max(float(high), value))
            lines[place] = lines[place] | {"low": ends[0], "high": ends[1], "interval": "clustered"}
    return lines
