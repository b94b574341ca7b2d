"""The account metrics as the registry computes them: a question in, flat rows out."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import numpy as np

from tokentide.reports.cohorts.asked import (
    bucket_s,
    extent_of,
    group_of,
    keys_of,
    period_of,
    population_of,
    shown,
    whole,
)
from tokentide.reports.cohorts.flags import Lead
from tokentide.reports.cohorts.patterns import MAIN_CATEGORY, pairs, parameters
from tokentide.reports.cohorts.rates import EACH, largest, models_per_account, switches
from tokentide.reports.cohorts.retention import COLUMNS, retention, rows_of
from tokentide.reports.cohorts.standing_out import boomerangs, foundational, paired
from tokentide.reports.computed import Ask
from tokentide.reports.formulas import OF_COUNTS, Row, Windows
from tokentide.reports.question import Question
from tokentide.reports.statistics.proportions import wilson
from tokentide.reports.statistics.ratio import Pair, share_of_clusters

_APP: Final = "toString(usage.app)"


@dataclass(frozen=True, slots=True)
class OfAccounts:
    """A computation over the account table.

    Attributes:
        columns: names of the columns after time and dimensions.
        compute: the rows of a question.
        own: dimensions that every row has, beside the one asked for.
        split: whether rows name the dimension asked for; else it says what they are about.
    """

    columns: tuple[str, ...]
    compute: Callable[[Ask], list[Row]]
    own: tuple[str, ...] = ()
    split: bool = True
    windows: Windows = OF_COUNTS

    def keys(self, question: Question) -> tuple[str, ...]:
        """Return the dimension asked for, then those that every row has."""
        return (*((question.by,) if question.by and self.split else ()), *self.own)

    def rows(self, ask: Ask) -> list[Row]:
        """Return the answer; none and a note where no request carries an account_hash."""
        return self.compute(ask)


def _retention(ask: Ask) -> list[Row]:
    return _cohorts(ask, group_of(ask), lambda group: keys_of(ask, group))


def _by_category(ask: Ask) -> list[Row]:
    return _cohorts(ask, MAIN_CATEGORY, lambda group: {"category": group or "unclassified"})


def _cohorts(ask: Ask, group: str, named: Callable[[str], Mapping[str, str]]) -> list[Row]:
    extent, period = extent_of(ask), period_of(ask)
    if extent is None:
        return []
    found = retention(ask.query, period, population_of(ask, bounded=False), group, extent)
    if found is None:
        return []
    strict = ask.question.options["kind"] == "strict"
    return [
        {**named(row.pop("group")), **row}
        for row in rows_of(found, period, strict, ask.question.top)
        if shown(ask, date.fromisoformat(row["cohort"]))
    ]


RETENTION: Final = OfAccounts(COLUMNS[2:], _retention, ("cohort", "offset", "accounts", "n"))
BY_CATEGORY: Final = OfAccounts(COLUMNS[2:], _by_category, ("category", "cohort", "offset", "accounts", "n"))

_FLAGS: Final = (
    "flag", "cohort", "offset", "n", "retention", "compared_retention", "difference", "p", "p_adjusted", "cohorts",
)  # fmt: skip


def _flags(ask: Ask) -> list[Row]:
    extent, period = extent_of(ask), period_of(ask)
    if extent is None:
        return []
    population, group = population_of(ask, bounded=False), group_of(ask)
    found = retention(ask.query, period, population, group, extent)
    if found is None:
        return []
    rows = []
    for name, (verdict, found_leads, adjusted) in foundational(found).items():
        best = min(found_leads, key=lambda lead: adjusted[lead.cohort], default=None)
        figures = _lead(best, adjusted, period.start, len(found.of(name)))
        rows.append({**keys_of(ask, name), "flag": str(verdict), **figures})
    counted = ask.rows(pairs(period, population, group), parameters(period, population, extent))
    for (name, cohort), (pair, q, flagged) in boomerangs(paired(counted, period, extent)).items():
        if flagged:
            cells = found.cohorts[name, cohort].cells
            now, then = (cells[at].active / cells[at].at_risk for at in (pair.later, pair.earlier))
            shown_as = (period.start(cohort).isoformat(), pair.later, pair.n, now, then, pair.rise, None, q, None)
            rows.append({**keys_of(ask, name), **dict(zip(_FLAGS, ("boomerang", *shown_as), strict=True))})
    return rows


def _lead(lead: Lead | None, adjusted: Mapping[int, float], start: Callable[[int], date], cohorts: int) -> Row:
    if lead is None:
        return dict.fromkeys(_FLAGS[1:]) | {"cohorts": cohorts}
    figures = (lead.offset, lead.n, lead.retention, lead.later_retention, lead.lead, lead.p, adjusted[lead.cohort])
    return dict(zip(_FLAGS[1:], (start(lead.cohort).isoformat(), *figures, cohorts), strict=True))


FLAGS: Final = OfAccounts(_FLAGS, _flags)


def _models(ask: Ask) -> list[Row]:
    size, extent = bucket_s(ask), extent_of(ask)
    if extent is None:
        return []
    population = population_of(ask)
    terms = (*population.terms, "usage.app != ''") if ask.question.options["of"] == "app" else population.terms
    unit = _APP if ask.question.options["of"] == "app" else EACH
    sql = models_per_account(type(population)(terms, population.parameters), group_of(ask), unit)
    found = ask.rows(sql, {**population.parameters, "bucket_s": size})
    low, high = wilson([row["multi"] for row in found], [row["n"] for row in found])
    return [
        {
            "bucket": int(row["t"]),
            **keys_of(ask, row["grp"]),
            "n": row["n"],
            "models_mean": row["models_mean"],
            "models_p50": row["at"][0],
            "models_p90": row["at"][1],
            "multi_model_share": row["multi"] / row["n"],
            "low": float(low[i]),
            "high": float(high[i]),
            "multi_author_share": row["authors_"] / row["n"],
            "multi_model_token_share": row["multi_tokens"] / row["all_"] if row["all_"] else None,
        }
        for i, row in enumerate(found)
    ]


MODELS: Final = OfAccounts(
    ("n", "models_mean", "models_p50", "models_p90", "multi_model_share", "low", "high", "multi_author_share",
     "multi_model_token_share"),
    _models,
)  # fmt: skip


def _largest(ask: Ask, weight: str) -> list[Row]:
    size, extent = bucket_s(ask), extent_of(ask)
    if extent is None:
        return []
    population = population_of(ask)
    return ask.rows(largest(population, group_of(ask), weight), {**population.parameters, "bucket_s": size})


def _whales(ask: Ask) -> list[Row]:
    found = _largest(ask, "each.tokens")
    return [
        {
            "bucket": int(row["t"]),
            **keys_of(ask, row["grp"]),
            "share": _part(_top(row)[0], row["all_tokens"]),
            "tokens": row["all_tokens"],
            "n": row["n"],
            "n_eff": row["all_tokens"] ** 2 / row["xx"] if row["xx"] else None,
        }
        for row in found
    ]


WHALES: Final = OfAccounts(("share", "tokens", "n", "n_eff"), _whales)


def _tools(ask: Ask) -> list[Row]:
    found = _largest(ask, "each.tools")
    if not found:
        return []
    every = share_of_clusters(_pair(found))
    return [
        {
            "bucket": int(row["t"]),
            **keys_of(ask, row["grp"]),
            "share": _part(row["all_tools"] - _top(row)[1], row["all_tokens"] - _top(row)[0]),
            "share_with_largest": _part(row["all_tools"], row["all_tokens"]),
            "low": _finite(every.low[i]),
            "high": _finite(every.high[i]),
            "largest_token_share": _part(_top(row)[0], row["all_tokens"]),
            "n": row["n"],
            "n_eff": _finite(every.n_eff[i]),
        }
        for i, row in enumerate(found)
    ]


def _pair(found: Sequence[Mapping[str, Any]]) -> Pair:
    n, y, x, yy, xy, xx = (
        np.array([float(row[name]) for row in found]) for name in ("n", "all_tools", "all_tokens", "yy", "xy", "xx")
    )
    return Pair(n, y, x, yy, xy, xx)


TOOLS: Final = OfAccounts(("share", "share_with_largest", "low", "high", "largest_token_share", "n", "n_eff"), _tools)


def _switching(ask: Ask) -> list[Row]:
    extent, period = extent_of(ask), period_of(ask)
    if extent is None:
        return []
    population = population_of(ask)
    unit = _APP if ask.question.options["of"] == "app" else EACH
    sql = switches(population, group_of(ask), period.sql("usage.day"), unit)
    found = ask.rows(sql, {**population.parameters, "last": whole(extent.end, period)})
    left: dict[tuple[int, str], int] = {}
    for row in found:
        left[row["p"], row["source"]] = left.get((row["p"], row["source"]), 0) + row["accounts"]
    low, high = wilson([row["accounts"] for row in found], [left[row["p"], row["source"]] for row in found])
    return [
        {
            "period": period.start(row["p"]).isoformat(),
            "source": row["source"],
            "target": row["target"],
            "accounts": row["accounts"],
            "share": row["accounts"] / left[row["p"], row["source"]],
            "low": float(low[i]),
            "high": float(high[i]),
            "n": left[row["p"], row["source"]],
        }
        for i, row in enumerate(found)
    ]


SWITCHING: Final = OfAccounts(
    ("accounts", "share", "low", "high", "n"), _switching, ("period", "source", "target"), split=False
)


def _top(row: Mapping[str, Any]) -> tuple[int, int]:
    pair = row["top"]
    first, second = pair.values() if isinstance(pair, dict) else pair
    return int(first), int(second)


def _part(a: int, b: int) -> float | None:
    return a / b if b else None


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
