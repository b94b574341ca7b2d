"""Answering a question about a metric: levels, statement, rows, and how far they can be relied on."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from tokentide.reports.clustered_prices import clustered_prices
from tokentide.reports.clusters import clustered
from tokentide.reports.computed import Ask, Computed, StoreQuery
from tokentide.reports.coverage import known_shares
from tokentide.reports.dimensions import Origin, dimensions
from tokentide.reports.formulas import Formula, Row
from tokentide.reports.levels import Plan, as_of_ms, choose, population
from tokentide.reports.periods import ALL_S, Calendar, Rolling, iso
from tokentide.reports.request import Question, Request, resolve
from tokentide.reports.statements import Fold, Source, calendar, rolling
from tokentide.sinks.clickhouse.finality import Finality, Status, finality

__all__ = ["Result", "Row", "run", "statement"]


@dataclass(frozen=True, slots=True)
class Result:
    """The answer to one request.

    `rows` are flat: `bucket` (ISO 8601, UTC; a window's end when rolling; absent for `all`), `window_start`
    when rolling, the dimensions by their names, the metric's columns as JSON numbers, null where a
    denominator is zero, then `as_of` and `status` of the row; `columns` are their keys in order. `as_of` is
    the newest received time counted, by the broker's clock; `status` says of the whole answer whether all
    its rows are final.
    """

    metric: str
    title: str
    unit: str
    by: str | None
    columns: tuple[str, ...]
    rows: list[Row]
    as_of: str | None
    period: str
    population: str
    level: str | None
    notes: tuple[str, ...]
    status: str = str(Status.PROVISIONAL)
    keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Found:
    """Rows with times in epoch seconds, and what is said about them."""

    rows: list[Row]
    period: tuple[int, int] | None
    level: str | None
    notes: tuple[str, ...]


def run(query: StoreQuery, request: Request) -> Result:
    """Answer a request from a store; a store or population without events gives no rows.

    Raises:
        UsageError: the request is not legal, or the level it needs has expired.
    """
    question = resolve(request)
    found = _computed(query, question) if isinstance(question.shape.formula, Computed) else _measured(query, question)
    stamp = as_of_ms(query)
    as_of = None if stamp is None else iso(stamp / 1000, "milliseconds")
    final = finality(query)
    rows = [_finished(question, row, found.period, as_of, final) for row in found.rows]
    return Result(
        metric=question.metric.id,
        title=question.metric.title,
        unit=str(question.unit),
        by=question.by,
        columns=_columns(question),
        rows=rows,
        as_of=as_of,
        period=_period(question, found.period),
        population=_population(question),
        level=found.level,
        notes=found.notes,
        status=str(_worst(rows)),
        keys=_keys(question),
    )


def _worst(rows: Sequence[Row]) -> Status:
    final = bool(rows) and all(row["status"] == Status.FINAL for row in rows)
    return Status.FINAL if final else Status.PROVISIONAL


def _keys(question: Question) -> tuple[str, ...]:
    formula = question.shape.formula
    if isinstance(formula, Computed):
        return formula.keys(question)
    return tuple(name for name in (question.metric.within, question.by) if name is not None)


def _columns(question: Question) -> tuple[str, ...]:
    known = ("known_share",) if question.shape.coverage else ()
    columns = (*question.shape.formula.columns, *known, "as_of", "status")
    return (*_time(question, 0), *_keys(question), *columns)


def _computed(query: StoreQuery, question: Question) -> _Found:
    ask = Ask(query, question)
    formula = question.shape.formula
    assert isinstance(formula, Computed)  # noqa: S101 - the caller asked
    rows = formula.rows(ask)
    return _Found(rows, ask.period, None, tuple(ask.notes))


def _measured(query: StoreQuery, question: Question) -> _Found:
    plan = choose(query, question)
    if plan is None:
        return _Found([], None, None, ())
    sql, parameters = statement(question, plan)
    formula = question.shape.formula
    assert not isinstance(formula, Computed)  # noqa: S101 - the caller asked
    rows = formula.refine(query(sql, parameters).to_pylist(), question.unit)
    if question.shape.origin is Origin.CATEGORY:
        rows = clustered_prices(query, question, plan, clustered(query, question, plan, rows))
    if question.shape.coverage:
        known = known_shares(query, question, plan)
        rows = [row | {"known_share": known.get(row["bucket"])} for row in rows]
    return _Found([_keyed(question, row) for row in rows], (plan.from_s, plan.to_s), plan.level.words, plan.notes)


def _keyed(question: Question, found: Mapping[str, Any]) -> Row:
    names = {"part": question.metric.within, "key": question.by}
    row: Row = {"bucket": found["bucket"]}
    row |= {name: found[column] for column, name in names.items() if name is not None}
    return row | {name: value for name, value in found.items() if name not in ("bucket", "part", "key")}


def statement(question: Question, plan: Plan) -> tuple[str, dict[str, Any]]:
    """Return the SQL and parameters that answer a question by a plan."""
    terms, parameters = population(question)
    found = dimensions(question.shape.origin)
    within = question.metric.within
    source = Source(
        plan.level.table,
        plan.level.step_s,
        found[question.by] if question.by else "''",
        terms,
        found[within] if within else "''",
        found,
    )
    fold = _fold(question)
    parameters |= {"from_s": plan.from_s, "to_s": plan.to_s, "unit": str(question.unit)}
    if fold:
        parameters["top"] = question.top
    formula = _formula(question)
    if isinstance(question.grid, Calendar):
        parameters["bucket_s"] = question.grid.size_s
        return calendar(formula, source, fold), parameters
    parameters |= {"window_s": question.grid.window_s, "every_s": question.grid.every_s}
    return rolling(formula, source, fold), parameters


def _formula(question: Question) -> Formula:
    formula = question.shape.formula
    if isinstance(formula, Computed):
        raise TypeError(f"{question.metric.id} is not one statement")
    return formula


def _fold(question: Question) -> Fold:
    if question.by is None or question.top is None:
        return Fold()
    return Fold(keys=not question.metric.top_within, parts=question.metric.top_within)


def _finished(
    question: Question, row: Mapping[str, Any], period: tuple[int, int] | None, as_of: str | None, final: Finality
) -> Row:
    """Return a row as it is shown: its time in words, numbers without NaN, and how final it is."""
    seconds = _seconds(row["bucket"]) if "bucket" in row else None
    shown = {} if seconds is None else _time(question, seconds)
    shown |= {name: _number(value) for name, value in row.items() if name != "bucket"}
    end = datetime.fromtimestamp(min(_end(question, seconds, period), ALL_S), UTC)
    return shown | {"as_of": as_of, "status": str(final.status(end))}


def _end(question: Question, seconds: int | None, period: tuple[int, int] | None) -> int:
    """Return when the traffic of a row ends: of a bucket cut by --to, there."""
    asked = period[1] if period else ALL_S
    if seconds is None:
        return asked
    if isinstance(question.grid, Rolling):
        return seconds
    if question.grid.size_s == ALL_S:
        return asked
    return min(seconds + question.grid.size_s, asked if question.end_s is not None else ALL_S)


def _time(question: Question, seconds: int) -> Row:
    if isinstance(question.grid, Rolling):
        return {"bucket": iso(seconds), "window_start": iso(seconds - question.grid.window_s)}
    return {} if question.grid.size_s == ALL_S else {"bucket": iso(seconds)}


def _seconds(bucket: datetime | int) -> int:
    # Arrow output of a DateTime is epoch seconds; a server may be set to send timestamps
    return int(bucket.timestamp()) if isinstance(bucket, datetime) else int(bucket)


def _number(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _period(question: Question, period: tuple[int, int] | None) -> str:
    if period is not None:
        words = "windows ending " if isinstance(question.grid, Rolling) else ""
        return f"{words}{iso(period[0])} to {iso(period[1])}"
    start = "the first event" if question.start_s is None else iso(question.start_s)
    end = "the last" if question.end_s is None else iso(question.end_s)
    return f"{start} to {end}"


def _population(question: Question) -> str:
    kept = ", ".join(each.words for each in question.population)
    return f"accepted events with {kept}" if kept else "all accepted events of the store"
