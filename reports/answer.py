"""Answering a question about a metric from the stored rollups: levels, statement, rows."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tokentide.reports.levels import Plan, StoreQuery, as_of_ms, choose, population
from tokentide.reports.periods import ALL_S, Calendar, Rolling, iso
from tokentide.reports.request import Question, Request, resolve
from tokentide.reports.statements import Source, calendar, rolling

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Result:
    """The answer to one request.

    `rows` are flat: `bucket` (ISO 8601, UTC; a window's end when rolling; absent for `all`), `window_start`
    when rolling, the dimension by its name, then the metric's columns as JSON numbers, null where a
    denominator is zero; `columns` are their keys in order. `as_of` is the newest received time counted, by
    the broker's clock.
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


def run(query: StoreQuery, request: Request) -> Result:
    """Answer a request from a store; a store or population without events gives no rows.

    Raises:
        UsageError: the request is not legal, or the level it needs has expired.
    """
    question = resolve(request)
    plan = choose(query, question)
    rows = [] if plan is None else _rows(query, question, plan)
    stamp = as_of_ms(query)
    return Result(
        metric=question.metric.id,
        title=question.metric.title,
        unit=str(question.unit),
        by=question.by,
        columns=_columns(question),
        rows=rows,
        as_of=None if stamp is None else iso(stamp / 1000, "milliseconds"),
        period=_period(question, plan),
        population=_population(question),
        level=None if plan is None else plan.level.words,
        notes=() if plan is None else plan.notes,
    )


def _columns(question: Question) -> tuple[str, ...]:
    by = () if question.by is None else (question.by,)
    return (*_time(question, 0), *by, *(column.name for column in question.metric.formula.across))


def _rows(query: StoreQuery, question: Question, plan: Plan) -> list[Row]:
    sql, parameters = statement(question, plan)
    return [_row(question, row) for row in query(sql, parameters).to_pylist()]


def statement(question: Question, plan: Plan) -> tuple[str, dict[str, Any]]:
    """Return the SQL and parameters that answer a question by a plan."""
    terms, parameters = population(question)
    key = f"usage.{question.by}" if question.by else "''"
    source = Source(plan.level.table, plan.level.step_s, key, terms)
    fold = question.by is not None and question.top is not None
    parameters |= {"from_s": plan.from_s, "to_s": plan.to_s, "unit": str(question.unit)}
    if fold:
        parameters["top"] = question.top
    if isinstance(question.grid, Calendar):
        parameters["bucket_s"] = question.grid.size_s
        return calendar(question.metric.formula, source, fold=fold), parameters
    parameters |= {"window_s": question.grid.window_s, "every_s": question.grid.every_s}
    return rolling(question.metric.formula, source, fold=fold), parameters


def _row(question: Question, found: Mapping[str, Any]) -> Row:
    row = _time(question, _seconds(found["bucket"]))
    if question.by is not None:
        row[question.by] = found["key"]
    row |= {name: _number(value) for name, value in found.items() if name not in ("bucket", "key")}
    return row


def _time(question: Question, seconds: int) -> Row:
    if isinstance(question.grid, Rolling):
        return {"bucket": iso(seconds), "window_start": iso(seconds - question.grid.window_s)}
    return {} if question.grid.size_s == ALL_S else {"bucket": iso(seconds)}


def _seconds(bucket: datetime | int) -> int:
    # Arrow output of a DateTime is epoch seconds; a server may be set to send timestamps
    return int(bucket.timestamp()) if isinstance(bucket, datetime) else int(bucket)


def _number(value: Any) -> int | float | None:
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value  # type: ignore[no-any-return]


def _period(question: Question, plan: Plan | None) -> str:
    if plan is not None:
        words = "windows ending " if isinstance(question.grid, Rolling) else ""
        return f"{words}{iso(plan.from_s)} to {iso(plan.to_s)}"
    start = "the first event" if question.start_s is None else iso(question.start_s)
    end = "the last" if question.end_s is None else iso(question.end_s)
    return f"{start} to {end}"


def _population(question: Question) -> str:
    kept = ", ".join(f"{name} = {' or '.join(values)}" for name, values in question.filters.items())
    return f"accepted events with {kept}" if kept else "all accepted events of the store"
