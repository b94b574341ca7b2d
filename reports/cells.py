"""Sums by bucket and several dimensions at once: what a computation in Python starts from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from tokentide.reports.computed import Ask
from tokentide.reports.dimensions import Origin, dimensions
from tokentide.reports.formulas import Kind, Row, Sum
from tokentide.reports.levels import Plan, choose, population
from tokentide.reports.periods import MONDAY_SHIFT_S, Calendar

WEEK_S: Final = 604_800
_SHIFTS: Final = {WEEK_S: MONDAY_SHIFT_S}


@dataclass(frozen=True, slots=True)
class Cells:
    """Rows with `t` (begin of the bucket, epoch seconds), the keys and the sums, and where they are from."""

    rows: list[Row]
    plan: Plan | None


def cells(
    ask: Ask, keys: Sequence[str], sums: Sequence[Sum], size_s: int | None = None, origin: Origin | None = None
) -> Cells:
    """Return sums of the question's population by bucket and dimensions.

    Args:
        ask: the store and the question; its period is set.
        keys: dimensions; one whose name is not a dimension of the rows is an error of the caller.
        sums: what to add up; squares come as floats.
        size_s: width of the buckets, by default the question's.
        origin: which rows, by default those of the question's shape.
    """
    origin = origin or ask.question.shape.origin
    grid = ask.question.grid if size_s is None else Calendar(size_s)
    question = replace(ask.question, grid=grid)
    plan = choose(ask.query, question, origin)
    if plan is None or not isinstance(grid, Calendar):
        return Cells([], plan)
    ask.period = (plan.from_s, plan.to_s)
    terms, parameters = population(question, origin)
    found = dimensions(origin)
    sql = _statement(
        plan,
        grid.size_s,
        [(name, found[name]) for name in keys],
        {item.name: _sum(item, found) for item in sums},
        terms,
    )
    return Cells(ask.rows(sql, parameters | {"from_s": plan.from_s, "to_s": plan.to_s}), plan)


def _statement(
    plan: Plan, size_s: int, keys: Sequence[tuple[str, str]], sums: Mapping[str, str], terms: Sequence[str]
) -> str:
    shift = _SHIFTS.get(size_s, 0)
    start = f"intDiv(toInt64(toUnixTimestamp(usage.bucket)) + {shift}, {size_s}) * {size_s} - {shift} AS t"
    # inside, no name may be that of a column it is computed from
    inner = ", ".join(
        (
            start,
            *(f"toString({sql}) AS key_{name}" for name, sql in keys),
            *(f"{sql} AS sum_{name}" for name, sql in sums.items()),
        )
    )
    outer = ", ".join(
        ("t", *(f"key_{name} AS {name}" for name, _ in keys), *(f"sum_{name} AS {name}" for name in sums))
    )
    bounds = ("usage.bucket >= toDateTime({from_s:UInt32}, 'UTC')", "usage.bucket < toDateTime({to_s:UInt32}, 'UTC')")
    by = ", ".join(("t", *(f"key_{name}" for name, _ in keys)))
    return (
        f"SELECT {outer}\nFROM (SELECT {inner} FROM {plan.level.table} AS usage\n"
        f"WHERE {' AND '.join((*bounds, *terms))}\nGROUP BY {by})\nORDER BY {by}"
    )


def _sum(item: Sum, found: Mapping[str, str]) -> str:
    columns = " + ".join(f"usage.{name}" for name in item.measures)
    total = f"sum({columns})"
    if item.where is not None:
        dimension, values = item.where
        listed = ", ".join(f"'{value}'" for value in values)
        total = f"sumIf({columns}, {found[dimension]} IN ({listed}))"
    return f"toFloat64({total})" if item.kind is Kind.SQUARE else total
