"""The SQL of a metric, in stages: rows of a level → cells → groups folded to top N → windows → columns.

A group has a `key` and stands within a `part` ('' where there is none): shares are of the part.
One text serves queries and views. Numbers come in as parameters: from_s, to_s, unit, top, and bucket_s or
window_s with every_s; times are epoch seconds. Rollup rows of one bucket may stand in several received
days, so every stage sums.

Windows roll without re-adding: each cell enters at one window end and leaves at a later one, and a running
sum of these two changes is the window's sum. Cost grows with cells and answer rows, never with the number
of steps a window spans.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from tokentide.reports.formulas import Formula, Kind, Sum
from tokentide.reports.periods import MONDAY_SHIFT_S

OTHER: Final = "other"

_TS: Final = "toInt64(toUnixTimestamp(usage.bucket))"
_SIZE: Final = "toInt64({bucket_s:UInt32})"
_SHIFT: Final = f"if({{bucket_s:UInt32}} = 604800, {MONDAY_SHIFT_S}, 0)"
_WINDOW: Final = "toInt64({window_s:UInt32})"
_EVERY: Final = "toInt64({every_s:UInt32})"
_LOW: Final = f"intDiv(toInt64({{from_s:UInt32}}) + {_EVERY} - 1, {_EVERY}) * {_EVERY}"
_HIGH: Final = f"intDiv(toInt64({{to_s:UInt32}}), {_EVERY}) * {_EVERY}"
_WIDTHS: Final = {Kind.COUNT: "toInt64", Kind.SQUARE: "toInt256"}


@dataclass(frozen=True, slots=True)
class Source:
    """Where rollup rows come from.

    Attributes:
        level: a table, or a subquery.
        step_s: the size of its buckets.
        key: SQL of the group.
        where: SQL terms that all must hold.
        part: SQL of what the group stands within.
        dimensions: SQL of the dimensions that sums may be restricted by.
    """

    level: str
    step_s: int
    key: str
    where: tuple[str, ...] = ()
    part: str = "''"
    dimensions: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Fold:
    """What becomes `other` beyond the largest: groups within their part, or parts."""

    keys: bool = False
    parts: bool = False

    def __bool__(self) -> bool:
        """Tell whether anything is folded."""
        return self.keys or self.parts


def calendar(formula: Formula, source: Source, fold: Fold) -> str:
    """Return SQL for disjoint buckets: one row per bucket and group, with the formula's columns."""
    stages = [("cells", _bucket_cells(source, formula.sums)), *_folds(formula, ("t",), fold)]
    last = stages[-1][0]
    stages.append(("measured", f"SELECT {last}.*{_own(formula)} FROM {last} WHERE {_present(formula)}"))
    return _with(stages, _answer(formula))


def rolling(formula: Formula, source: Source, fold: Fold) -> str:
    """Return SQL for windows [end - window, end): one row per end and group that has events in it."""
    stages = [("cells", _window_cells(source, formula.sums)), *_folds(formula, ("enter", "leave"), fold)]
    stages += [
        ("changes", _changes(stages[-1][0], formula.sums)),
        ("windows", _running(formula.sums)),
        ("spans", f"SELECT windows.*{_own(formula)} FROM windows WHERE {_present(formula)}"),
        ("measured", _each_end()),
    ]
    return _with(stages, _answer(formula))


def _present(formula: Formula) -> str:
    """Return SQL that tells whether a group has requests, if only by a label that is not their primary one."""
    return " OR ".join(f"{item.name} > 0" for item in formula.sums if item.name in ("n", "any_n"))


def _with(stages: Iterable[tuple[str, str]], answer: str) -> str:
    steps = ",\n".join(f"{name} AS (\n  {sql}\n)" for name, sql in stages)
    return f"WITH\n{steps}\n{answer}"


def _added(sums: Iterable[Sum], table: str) -> str:
    """Sum what an earlier stage has summed; the qualifier keeps an alias from meaning itself."""
    return ",\n    ".join(f"{item.function}({table}.{item.name}) AS {item.name}" for item in sums)


def _measured(source: Source, sums: Iterable[Sum]) -> str:
    def one(item: Sum) -> str:
        columns = " + ".join(f"usage.{name}" for name in item.measures)
        if item.where is None:
            return f"{item.function}({columns}) AS {item.name}"
        dimension, values = item.where
        listed = ", ".join(f"'{value}'" for value in values)
        return f"{item.function}If({columns}, {source.dimensions[dimension]} IN ({listed})) AS {item.name}"

    return ",\n    ".join(map(one, sums))


def _scan(source: Source, starts: str, low: str, high: str, sums: tuple[Sum, ...]) -> str:
    # bounds are DateTime, as the sort key is, so that a level is read from its index
    bounds = f"usage.bucket >= toDateTime({low}, 'UTC')", f"usage.bucket < toDateTime({high}, 'UTC')"
    where = " AND ".join((*bounds, *source.where))
    return (
        f"SELECT {starts},\n    {source.part} AS part,\n    {source.key} AS key,\n    {_measured(source, sums)}\n"
        f"  FROM {source.level} AS usage\n  WHERE {where}"
    )


def _bucket_cells(source: Source, sums: tuple[Sum, ...]) -> str:
    start = f"intDiv({_TS} + {_SHIFT}, {_SIZE}) * {_SIZE} - {_SHIFT} AS t"
    scan = _scan(source, start, "{from_s:UInt32}", "{to_s:UInt32}", sums)
    return f"{scan}\n  GROUP BY t, part, key"


def _window_cells(source: Source, sums: tuple[Sum, ...]) -> str:
    """Sum what enters and leaves together; what no asked window lacks is one cell, however long they are."""
    first = f"intDiv({_TS} + {source.step_s} + {_EVERY} - 1, {_EVERY}) * {_EVERY}"
    enter = f"greatest({first}, {_LOW}) AS enter"
    leave = f"least((intDiv({_TS} + {_WINDOW}, {_EVERY}) + 1) * {_EVERY}, {_HIGH} + {_EVERY}) AS leave"
    scan = _scan(source, f"{enter},\n    {leave}", f"greatest({_LOW} - {_WINDOW}, 0)", _HIGH, sums)
    return f"{scan}\n  GROUP BY enter, leave, part, key\n  HAVING enter < leave AND enter <= {_HIGH}"


def _folds(formula: Formula, grid: tuple[str, ...], fold: Fold) -> list[tuple[str, str]]:
    """Keep the top groups of the whole period, so that a group is the same one in every bucket."""
    stages: list[tuple[str, str]] = []
    if fold.parts:
        stages += _fold("cells", formula, (*grid, "key"), "part", ())
    if fold.keys:
        stages += _fold(stages[-1][0] if stages else "cells", formula, (*grid, "part"), "key", ("part",))
    return stages


def _fold(
    table: str, formula: Formula, kept: tuple[str, ...], folded: str, within: tuple[str, ...]
) -> list[tuple[str, str]]:
    starts = ", ".join(f"ranked_{folded}.{name} AS {name}" for name in kept)
    own = f"ranked_{folded}.{folded}"
    label = f"if(place <= {{top:UInt32}} AND {own} != '{OTHER}', toString({own}), '{OTHER}')"
    partition = f"PARTITION BY {', '.join(within)} " if within else ""
    place = f"dense_rank() OVER ({partition}ORDER BY {folded} = '{OTHER}', volume DESC, {folded}) AS place"
    group = ", ".join((*within, folded))
    here = f"{table} WHERE {_present(formula)}"  # who has no request takes no place
    return [
        (
            f"weighed_{folded}",
            f"SELECT {table}.*, sum({formula.rank}) OVER (PARTITION BY {group}) AS volume FROM {here}",
        ),
        (f"ranked_{folded}", f"SELECT weighed_{folded}.*, {place} FROM weighed_{folded}"),
        (
            f"folded_{folded}",
            f"SELECT {starts},\n    {label} AS group_{folded},\n    {_added(formula.sums, f'ranked_{folded}')}\n"
            f"  FROM ranked_{folded} GROUP BY {', '.join(kept)}, group_{folded}",
        ),
        (
            f"named_{folded}",
            f"SELECT folded_{folded}.* EXCEPT group_{folded}, group_{folded} AS {folded} FROM folded_{folded}",
        ),
    ]


def _changes(table: str, sums: tuple[Sum, ...]) -> str:
    def one(item: Sum) -> str:
        value = f"{table}.{item.name}"
        if item.histogram:
            signed = f"mapApply((i, c) -> (i, toInt64(c) * edge.2), {value})"
        else:
            signed = f"{_WIDTHS[item.kind]}({value}) * edge.2"
        return f"{item.function}({signed}) AS {item.name}"

    signed_sums = ",\n    ".join(map(one, sums))
    return (
        f"SELECT (arrayJoin([(enter, 1), (leave, -1)]) AS edge).1 AS t, part, key,\n    {signed_sums}\n"
        f"  FROM {table} GROUP BY t, part, key"
    )


def _running(sums: tuple[Sum, ...]) -> str:
    def one(item: Sum) -> str:
        return f"{item.function}(changes.{item.name}) OVER past AS {item.name}"

    running = ",\n    ".join(map(one, sums))
    frame = "PARTITION BY part, key ORDER BY t ROWS BETWEEN"
    return (
        f"SELECT t, part, key,\n    leadInFrame(t, 1, {_HIGH} + {_EVERY}) OVER ahead AS until,\n    {running}\n"
        f"  FROM changes\n  WINDOW past AS ({frame} UNBOUNDED PRECEDING AND CURRENT ROW),\n"
        f"    ahead AS ({frame} CURRENT ROW AND 1 FOLLOWING)"
    )


def _each_end() -> str:
    """Repeat what holds from one change to the next at every window end between them."""
    last = f"least(spans.until, {_HIGH} + {_EVERY})"
    ends = f"arrayJoin(range(toUInt64(spans.t), toUInt64({last}), toUInt64({_EVERY})))"
    return f"SELECT {ends} AS t, spans.* EXCEPT (t, until) FROM spans"


def _own(formula: Formula) -> str:
    return "".join(f",\n    {column.sql} AS {column.name}" for column in formula.own)


def _answer(formula: Formula) -> str:
    columns = ",\n  ".join(
        column.sql if column.sql == column.name else f"{column.sql} AS {column.name}" for column in formula.across
    )
    return (
        f"SELECT toDateTime(t, 'UTC') AS bucket, toString(part) AS part, toString(key) AS key,\n  {columns}\n"
        f"FROM measured\nWINDOW at_time AS (PARTITION BY t, part)\n"
        f"ORDER BY t, part = '{OTHER}', part, key = '{OTHER}', {formula.rank} DESC, key"
    )
