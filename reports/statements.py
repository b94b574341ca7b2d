"""The SQL of a metric, in stages: rows of a level → cells → groups folded to top N → windows → columns.

One text serves queries and views. Numbers come in as parameters: from_s, to_s, unit, top, and bucket_s or
window_s with every_s; times are epoch seconds. Rollup rows of one bucket may stand in several received
days, so every stage sums.

Windows roll without re-adding: each cell enters at one window end and leaves at a later one, and a running
sum of these two changes is the window's sum. Cost grows with cells and answer rows, never with the number
of steps a window spans.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from tokentide.reports.formulas import RANK, VOLUME, Formula, Sum
from tokentide.reports.periods import MONDAY_SHIFT_S

OTHER: Final = "other"

_TS: Final = "toInt64(toUnixTimestamp(usage.bucket))"
_SIZE: Final = "toInt64({bucket_s:UInt32})"
_SHIFT: Final = f"if({{bucket_s:UInt32}} = 604800, {MONDAY_SHIFT_S}, 0)"
_WINDOW: Final = "toInt64({window_s:UInt32})"
_EVERY: Final = "toInt64({every_s:UInt32})"
_LOW: Final = f"intDiv(toInt64({{from_s:UInt32}}) + {_EVERY} - 1, {_EVERY}) * {_EVERY}"
_HIGH: Final = f"intDiv(toInt64({{to_s:UInt32}}), {_EVERY}) * {_EVERY}"


@dataclass(frozen=True, slots=True)
class Source:
    """Where rollup rows come from: a level (or a subquery), the size of its buckets, and the group's SQL."""

    level: str
    step_s: int
    key: str
    where: tuple[str, ...] = ()


def calendar(formula: Formula, source: Source, *, fold: bool) -> str:
    """Return SQL for disjoint buckets: one row per bucket and group, with the formula's columns."""
    sums = (*VOLUME, *formula.sums)
    stages = [("cells", _bucket_cells(source, sums))]
    if fold:
        stages += _fold(sums, ("t",))
    last = stages[-1][0]
    stages.append(("measured", f"SELECT {last}.*{_own(formula)} FROM {last}"))
    return _with(stages, _answer(formula))


def rolling(formula: Formula, source: Source, *, fold: bool) -> str:
    """Return SQL for windows [end - window, end): one row per end and group that has events in it."""
    sums = (*VOLUME, *formula.sums)
    stages = [("cells", _window_cells(source, sums))]
    if fold:
        stages += _fold(sums, ("enter", "leave"))
    stages += [
        ("changes", _changes(stages[-1][0], sums)),
        ("windows", _running(sums)),
        ("spans", f"SELECT windows.*{_own(formula)} FROM windows WHERE n > 0"),
        ("measured", _each_end()),
    ]
    return _with(stages, _answer(formula))


def _with(stages: Iterable[tuple[str, str]], answer: str) -> str:
    steps = ",\n".join(f"{name} AS (\n  {sql}\n)" for name, sql in stages)
    return f"WITH\n{steps}\n{answer}"


def _added(sums: Iterable[Sum], table: str) -> str:
    """Sum what an earlier stage has summed; the qualifier keeps an alias from meaning itself."""
    return ",\n    ".join(f"{item.function}({table}.{item.name}) AS {item.name}" for item in sums)


def _measured(sums: Iterable[Sum]) -> str:
    def one(item: Sum) -> str:
        columns = " + ".join(f"usage.{name}" for name in item.measures)
        return f"{item.function}({columns}) AS {item.name}"

    return ",\n    ".join(map(one, sums))


def _scan(source: Source, starts: str, low: str, high: str, sums: tuple[Sum, ...]) -> str:
    where = " AND ".join((f"{_TS} >= {low}", f"{_TS} < {high}", *source.where))
    return (
        f"SELECT {starts},\n    {source.key} AS key,\n    {_measured(sums)}\n"
        f"  FROM {source.level} AS usage\n  WHERE {where}"
    )


def _bucket_cells(source: Source, sums: tuple[Sum, ...]) -> str:
    start = f"intDiv({_TS} + {_SHIFT}, {_SIZE}) * {_SIZE} - {_SHIFT} AS t"
    scan = _scan(source, start, "{from_s:UInt32}", "{to_s:UInt32}", sums)
    return f"{scan}\n  GROUP BY t, key"


def _window_cells(source: Source, sums: tuple[Sum, ...]) -> str:
    """Sum what enters and leaves together; what no asked window lacks is one cell, however long they are."""
    first = f"intDiv({_TS} + {source.step_s} + {_EVERY} - 1, {_EVERY}) * {_EVERY}"
    enter = f"greatest({first}, {_LOW}) AS enter"
    leave = f"least((intDiv({_TS} + {_WINDOW}, {_EVERY}) + 1) * {_EVERY}, {_HIGH} + {_EVERY}) AS leave"
    scan = _scan(source, f"{enter},\n    {leave}", f"{_LOW} - {_WINDOW}", _HIGH, sums)
    return f"{scan}\n  GROUP BY enter, leave, key\n  HAVING enter < leave AND enter <= {_HIGH}"


def _fold(sums: tuple[Sum, ...], grid: tuple[str, ...]) -> list[tuple[str, str]]:
    """Keep the top groups of the whole period, so that a group is the same one in every bucket."""
    starts = ", ".join(f"ranked.{name} AS {name}" for name in grid)
    label = f"if(ranked.place <= {{top:UInt32}} AND ranked.key != '{OTHER}', toString(ranked.key), '{OTHER}')"
    place = f"dense_rank() OVER (ORDER BY key = '{OTHER}', volume DESC, key) AS place"
    return [
        ("weighed", f"SELECT cells.*, sum({RANK}) OVER (PARTITION BY key) AS volume FROM cells"),
        ("ranked", f"SELECT weighed.*, {place} FROM weighed"),
        (
            "folded",
            f"SELECT {starts},\n    {label} AS group_key,\n    {_added(sums, 'ranked')}\n"
            f"  FROM ranked GROUP BY {', '.join(grid)}, group_key",
        ),
        ("named", "SELECT folded.* EXCEPT group_key, group_key AS key FROM folded"),
    ]


def _changes(table: str, sums: tuple[Sum, ...]) -> str:
    def one(item: Sum) -> str:
        value = f"{table}.{item.name}"
        if item.histogram:
            signed = f"mapApply((i, c) -> (i, toInt64(c) * edge.2), {value})"
        else:
            signed = f"toInt64({value}) * edge.2"
        return f"{item.function}({signed}) AS {item.name}"

    signed_sums = ",\n    ".join(map(one, sums))
    return (
        f"SELECT (arrayJoin([(enter, 1), (leave, -1)]) AS edge).1 AS t, key,\n    {signed_sums}\n"
        f"  FROM {table} GROUP BY t, key"
    )


def _running(sums: tuple[Sum, ...]) -> str:
    def one(item: Sum) -> str:
        return f"{item.function}(changes.{item.name}) OVER past AS {item.name}"

    running = ",\n    ".join(map(one, sums))
    frame = "PARTITION BY key ORDER BY t ROWS BETWEEN"
    return (
        f"SELECT t, key,\n    leadInFrame(t, 1, {_HIGH} + {_EVERY}) OVER ahead AS until,\n    {running}\n"
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
        f"SELECT toDateTime(t, 'UTC') AS bucket, toString(key) AS key,\n  {columns}\nFROM measured\n"
        f"WINDOW at_time AS (PARTITION BY t)\nORDER BY t, key = '{OTHER}', {RANK} DESC, key"
    )
