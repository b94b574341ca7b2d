"""What each author's models are used for: how specialised, and whether that changed at a date."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import sqrt
from typing import Any, Final

import numpy as np

from tokentide.reports.cells import cells
from tokentide.reports.computations.amounts import MICRO, NANO, part
from tokentide.reports.computations.releases import SPAN_S
from tokentide.reports.computed import Ask, by_value
from tokentide.reports.dimensions import Origin
from tokentide.reports.filters import Filter
from tokentide.reports.formulas import OF_COUNTS, Kind, Row, Sum, Unit, Windows, add
from tokentide.reports.periods import ALL_S
from tokentide.reports.question import Question
from tokentide.reports.statistics.ratio import Sampled, share
from tokentide.schemas.errors import UsageError

_WEIGHTED: Final = ("w", "w2", "wt", "w2tt", "wtt", "wc", "w2cc", "wcc")
_SUMS: Final = (add("n"), add("priced_n"), *(Sum(name, (name,), Kind.SQUARE) for name in _WEIGHTED))
_OF_UNIT: Final = {
    Unit.TOKENS: ("wt", "w2tt", "wtt"),
    Unit.REQUESTS: ("w", "w2", "w"),
    Unit.USD: ("wc", "w2cc", "wcc"),
}


def _sum(rows: Iterable[Mapping[str, Any]], name: str) -> float:
    return float(sum(row[name] for row in rows))


def _sampled(groups: Sequence[Sequence[Mapping[str, Any]]], unit: Unit) -> Sampled:
    total, square, linear = ([_sum(rows, name) for rows in groups] for name in _OF_UNIT[unit])
    return Sampled.of_micro([_sum(rows, "n") for rows in groups], total, square, linear)


@dataclass(frozen=True, slots=True)
class Specialisation:
    """The effective number of categories among each author's classified requests."""

    windows: Windows = OF_COUNTS

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns after time and author."""
        figures = ("effective_categories", "top_category", "top_share", "tokens", "requests", "cost_usd")
        return (*figures, "n", "n_eff", "known_share")

    def keys(self, question: Question) -> tuple[str, ...]:
        """Return the dimension asked for."""
        return (question.by or "author",)

    def rows(self, ask: Ask) -> list[Row]:
        """Return one row per bucket and author, the largest authors of the period."""
        (by,) = self.keys(ask.question)
        found = cells(ask, (by, "category"), _SUMS).rows
        every = _attempts(ask, by)
        kept = _largest(found, by, ask.question)
        return [
            {"bucket": t, by: name} | specialisation(rows, ask.question.unit, every.get((t, name), 0))
            for (t, name), rows in by_value(found, "t", by).items()
            if name in kept and _sum(rows, "n")
        ]


def _largest(rows: Iterable[Mapping[str, Any]], by: str, question: Question) -> set[str]:
    column = _OF_UNIT[question.unit][0]
    totals = {name: _sum(group, column) for (name,), group in by_value(rows, by).items()}
    return set(sorted(totals, key=lambda name: (-totals[name], name))[: question.top])


def _attempts(ask: Ask, by: str) -> dict[tuple[int, str], int]:
    """Return all attempts by bucket and group, classified or not."""
    kept = tuple(each for each in ask.question.population if not _of_category(each))
    plain = replace(ask.question, population=kept)
    rows = cells(Ask(ask.query, plain), (by,), (add("n", "attempts"),), origin=Origin.MODEL).rows
    return {(row["t"], row[by]): int(row["n"]) for row in rows}


def _of_category(each: Filter) -> bool:
    return each.dimension in ("category", "bucket_category", "sub_tag")


def specialisation(rows: Sequence[Mapping[str, Any]], unit: Unit, attempts: int) -> Row:
    """Return the figures of one author from cells by category."""
    column = _OF_UNIT[unit][0]
    volumes = {name: _sum(group, column) for (name,), group in by_value(rows, "category").items()}
    whole = sum(volumes.values())
    shares = {name: volume / whole for name, volume in volumes.items()} if whole else {}
    top = min(shares, key=lambda name: (-shares[name], name)) if shares else None
    n, priced, w, w2 = (_sum(rows, name) for name in ("n", "priced_n", "w", "w2"))
    return {
        "effective_categories": 1 / sum(each**2 for each in shares.values()) if shares else None,
        "top_category": top,
        "top_share": None if top is None else shares[top],
        "tokens": _sum(rows, "wt") / MICRO,
        "requests": w / MICRO,
        "cost_usd": _sum(rows, "wc") / MICRO / NANO if priced else None,
        "n": int(n),
        "n_eff": part(w**2, w2),
        "known_share": part(n, attempts),
    }


@dataclass(frozen=True, slots=True)
class ProfileShift:
    """Category shares within each author in the four weeks before and after a date."""

    windows: Windows = OF_COUNTS

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns after author and category."""
        return ("before_share", "after_share", "change", "low", "high", "before_n", "after_n", "interval")

    def keys(self, question: Question) -> tuple[str, ...]:
        """Return author and category."""
        return ("author", question.by or "category")

    def rows(self, ask: Ask) -> list[Row]:
        """Return one row per author and category; the largest authors.

        Raises:
            UsageError: no date was given.
        """
        at, by = ask.question.at_s, ask.question.by or "category"
        if at is None:
            raise UsageError("profile-shift needs --at, the date of the event, such as --at 2025-11-19")
        sides = [_side(ask, by, start, start + SPAN_S) for start in (at - SPAN_S, at)]
        ask.period = (at - SPAN_S, at + SPAN_S)
        kept = _largest([*sides[0], *sides[1]], "author", ask.question)
        names = [pair for pair in by_value([*sides[0], *sides[1]], "author", by) if pair[0] in kept]
        before, after = (by_value(side, "author") for side in sides)
        groups = [(before.get((author,), []), after.get((author,), []), name) for author, name in names]
        lines = [
            {"author": author, by: name} | line
            for (author, name), line in zip(names, shifts(groups, by, ask.question.unit), strict=True)
        ]
        return sorted(lines, key=lambda row: (row["author"], -abs(row["change"] or 0.0), row[by]))


def _side(ask: Ask, by: str, start: int, end: int) -> list[Row]:
    question = replace(ask.question, start_s=start, end_s=end)
    found = cells(Ask(ask.query, question), ("author", by), _SUMS, ALL_S).rows
    return [row for row in found if row["n"]]


Cells = Sequence[Mapping[str, Any]]


def shifts(groups: Sequence[tuple[Cells, Cells, str]], by: str, unit: Unit) -> list[Row]:
    """Return each category's shares of an author before and after, and the 95 % interval of their difference.

    Args:
        groups: an author's cells before and after, and the category asked about.
        by: the column of the category.
        unit: of the shares.

    Source: Newcombe, Stat. Med. 17 (1998) 873, method 10: the interval of a difference from those of its terms.
    """
    if not groups:
        return []
    before = _estimates([(rows, name) for rows, _, name in groups], by, unit)
    after = _estimates([(rows, name) for _, rows, name in groups], by, unit)
    return [_shift(a, b) | _sizes(group, by) for a, b, group in zip(before, after, groups, strict=True)]


def _shift(before: tuple[float, float, float], after: tuple[float, float, float]) -> Row:
    (a, a_low, a_high), (b, b_low, b_high) = before, after
    known = np.isfinite(a) and np.isfinite(b)
    change = b - a
    return {
        "before_share": a if np.isfinite(a) else None,
        "after_share": b if np.isfinite(b) else None,
        "change": change if known else None,
        "low": change - sqrt((b - b_low) ** 2 + (a_high - a) ** 2) if known else None,
        "high": change + sqrt((b_high - b) ** 2 + (a - a_low) ** 2) if known else None,
    }


def _sizes(group: tuple[Cells, Cells, str], by: str) -> Row:
    before, after, name = group
    everything = [*before, *after]
    sure = bool(np.isclose(_sum(everything, "w") * MICRO, _sum(everything, "w2"), rtol=1e-12))
    return {
        "before_n": int(_sum([row for row in before if row[by] == name], "n")),
        "after_n": int(_sum([row for row in after if row[by] == name], "n")),
        "interval": "design" if sure else "lower_bound",
    }


def _estimates(groups: Sequence[tuple[Cells, str]], by: str, unit: Unit) -> list[tuple[float, float, float]]:
    """Return share, low and high of each group; NaN where its author has no classified request."""
    mine = _sampled([[row for row in rows if row[by] == name] for rows, name in groups], unit)
    found = share(mine, _sampled([rows for rows, _ in groups], unit))
    return [
        (float(value), float(low), float(high))
        for value, low, high in zip(found.value, found.low, found.high, strict=True)
    ]
