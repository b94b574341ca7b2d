"""Which part of the traffic carries what a figure needs, where the figure's own rows cannot tell.

A cube of classified requests knows nothing of the others, so they are counted in the model cube beside it.
"""

from dataclasses import dataclass
from typing import Any, Final

from tokentide.reports.computed import StoreQuery
from tokentide.reports.dimensions import Origin, common, dimensions
from tokentide.reports.filters import Filter, where
from tokentide.reports.formulas import OF_COUNTS, VOLUME, Column, Plain, Sum, Windows, add, part
from tokentide.reports.levels import Plan, beside
from tokentide.reports.periods import ALL_S, HOUR_S, Calendar
from tokentide.reports.question import Question
from tokentide.reports.statements import Fold, Source, calendar, rolling

_LABELLED: Final = Filter("category", ("", "unclassified"), keep=False)
_COUNTRY: Final = Filter("billing_country", ("",), keep=False)
_LANGUAGE: Final = Filter("language", ("",), keep=False)
_RULES: Final = {
    "classified": (Origin.CATEGORY, _LABELLED, "n"),
    "sampled": (Origin.CATEGORY, None, "n"),
    "located": (Origin.PLACE, _COUNTRY, "attempts"),
    "language": (Origin.PLACE, _LANGUAGE, "attempts"),
}
"""Per kind of coverage: the rows that carry the field, the restriction, and the column that counts them."""


@dataclass(frozen=True, slots=True)
class Known(Plain):
    """The part of all attempts that carry a field, by bucket."""

    windows: Windows = OF_COUNTS

    @property
    def sums(self) -> tuple[Sum, ...]:
        """Attempts, and those that carry it; the rest of the volume is what the statement's order needs."""
        names = [item.name for item in VOLUME if item.name != "n"]
        return (add("n", "attempts"), add("known"), *(add(name, "attempts") for name in names))

    @property
    def own(self) -> tuple[Column, ...]:
        """Nothing beside the sums."""
        return ()

    @property
    def across(self) -> tuple[Column, ...]:
        """The part."""
        return (Column("known_share", part("known", "n")),)


def known_shares(query: StoreQuery, question: Question, plan: Plan) -> dict[Any, float | None]:
    """Return, per bucket as the store gives it, the part of the population's attempts that carry the field."""
    origin, rule, column = _RULES[question.shape.coverage]
    shared = common((Origin.MODEL, origin)) if origin is Origin.CATEGORY else tuple(dimensions(origin))
    excluded = (rule.dimension,) if rule else ("category",)
    kept = tuple(each for each in question.population if each.dimension in shared and each.dimension not in excluded)
    rows, parameters = _both(query, question, (origin, rule, column), plan, kept)
    source = Source(rows, plan.level.step_s, "''")
    from_s, to_s = _bounds(question, plan)
    parameters |= {"from_s": from_s, "to_s": to_s, "unit": "tokens"}
    if isinstance(question.grid, Calendar):
        sql = calendar(Known(), source, Fold())
        parameters["bucket_s"] = question.grid.size_s
    else:
        sql = rolling(Known(), source, Fold())
        parameters |= {"window_s": question.grid.window_s, "every_s": question.grid.every_s}
    return {row["bucket"]: row["known_share"] for row in query(sql, parameters).to_pylist()}


def _bounds(question: Question, plan: Plan) -> tuple[int, int]:
    """Return the period asked for: what came before the first classified request lacks the field too."""
    if not isinstance(question.grid, Calendar) or plan.level.step_s < HOUR_S:
        return plan.from_s, plan.to_s
    return question.start_s or 0, ALL_S if question.end_s is None else question.end_s


def _both(
    query: StoreQuery,
    question: Question,
    carried: tuple[Origin, Filter | None, str],
    plan: Plan,
    kept: tuple[Filter, ...],
) -> tuple[str, dict[str, Any]]:
    """Return a subquery of all attempts and those that carry the field, under the population's filters."""
    origin, rule, column = carried
    every = Origin.MODEL if origin is Origin.CATEGORY else origin
    tables = [beside(query, question, plan, each).table for each in (every, origin)]
    # the same names for the same values: parameters are numbered in order
    terms, parameters = where(kept, dimensions(every))
    mine, more = where((*kept, *((rule,) if rule else ())), dimensions(origin))
    # qualified, a column is not the alias beside it
    carrying = f"SELECT bucket, 0 AS attempts, usage.{column} AS known FROM {tables[1]} AS usage{_where(mine)}"
    return (
        f"(SELECT bucket, attempts, 0 AS known FROM {tables[0]} AS usage{_where(terms)}\n    UNION ALL {carrying})"
    ), parameters | more


def _where(terms: tuple[str, ...]) -> str:
    return f" WHERE {' AND '.join(terms)}" if terms else ""
