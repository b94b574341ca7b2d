"""A figure's answer as JSON: the columns it shows, and what must be said beside them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from tokentide.reports.answer import Result, Row
from tokentide.reports.page.fields import FIELDS, Known
from tokentide.reports.page.figure import Chart, Figure
from tokentide.reports.page.finding import finding

_DIGITS: Final = 6
_FINAL: Final = "final"


@dataclass(frozen=True, slots=True)
class Payload:
    """What a reader gets of a figure.

    Attributes:
        figure: its id.
        columns: names of the cells of a row: bucket (over time), the dimensions, the values, `final` (1 or 0).
        keys: which of these are dimensions.
        values: how the value columns are called and written.
        rows: cells.
        unit: it is in.
        n: how many requests (or accounts) it counts; None where that has no meaning.
        status: 'final', or 'provisional' if any row may still change.
        as_of: newest event counted.
        period, population, notes: in words.
        known: part of the traffic that carries the field it needs; None where it needs none.
        finding: what it says, in a sentence.
        missing: why there is nothing to draw; '' where there is.
        how: how the missing field is sent.
    """

    figure: str
    columns: tuple[str, ...]
    keys: tuple[str, ...]
    values: tuple[Mapping[str, str], ...]
    rows: tuple[tuple[Any, ...], ...]
    unit: str
    n: int | None
    status: str
    as_of: str | None
    period: str
    population: str
    notes: tuple[str, ...]
    known: float | None
    finding: str = ""
    missing: str = ""
    how: str = ""

    def describe(self) -> dict[str, Any]:
        """Return it as one JSON object."""
        return asdict(self)


def payload(figure: Figure, result: Result, carried: Known, unit: str) -> Payload:
    """Return what a reader gets.

    Args:
        figure: what was asked.
        result: the answer.
        carried: which part of the traffic carries which field.
        unit: the one wanted.
    """
    shown = figure.shown(unit)
    rows = _picked(figure, result.rows)
    keys = tuple(name for name in result.keys if rows and name in rows[0])
    names = tuple(value.column for value in shown if not rows or value.column in rows[0])
    columns = (*(("bucket",) if figure.bucketed else ()), *keys, *(name for name in names if name not in keys))
    extra = [name for name in _EXTRA.get(str(figure.chart), ()) if rows and name in rows[0] and name not in columns]
    named = {value.column for value in shown}
    cells = tuple(_cells(_honest(row, named if figure.need else set()), (*columns, *extra)) for row in rows)
    missing, how = _missing(figure, carried, bool(cells))
    found = Payload(
        figure=figure.id,
        columns=(*columns, *extra, _FINAL),
        keys=keys,
        values=tuple(value.describe() for value in shown),
        rows=() if missing else cells,
        unit=result.unit,
        n=_counted(figure, result.rows if rows and _counts_more(figure) else rows),
        status=result.status,
        as_of=result.as_of,
        period=result.period,
        population=result.population,
        notes=result.notes,
        known=carried.share(figure.need) if figure.need else None,
        missing=missing,
        how=how,
    )
    return found if missing else _told(figure, found)


def unanswered(figure: Figure, reason: str, unit: str) -> Payload:
    """Return what a reader gets of a figure that this store cannot answer for this period."""
    return Payload(
        figure.id, (), (), (), (), figure.unit(unit), None, "provisional", None, "", "", (), None, missing=reason
    )


_EXTRA: Final[Mapping[str, tuple[str, ...]]] = {"scatter": ("price_cut", "usage_cut", "n")}
"""Columns a drawing needs that its table does not show."""


def _picked(figure: Figure, rows: Sequence[Row]) -> list[Row]:
    """Return the rows a figure shows: those it picks, without those it hides, up to its number of them."""
    pick: Mapping[str, str] = figure.options.get("pick", {})
    hide: Mapping[str, Sequence[str]] = figure.options.get("hide", {})
    kept = [
        row
        for row in rows
        if all(row.get(name) == value for name, value in pick.items())
        and not any(row.get(name) in values for name, values in hide.items())
    ]
    if figure.chart is Chart.HEAT:
        kept = [row for row in kept if row["offset"] > 0 and row["retention"] is not None]
    return kept[: figure.options.get("rows", len(kept))]


def _honest(row: Row, values: Collection[str]) -> Row:
    """Return a row without its values where no event of it carries the field they need: 0 would be a claim."""
    if row.get("known_share") != 0:
        return row
    return {name: None if name in values else value for name, value in row.items()}


def _cells(row: Row, names: Sequence[str]) -> tuple[Any, ...]:
    return (*(_rounded(row.get(name)) for name in names), int(row["status"] == _FINAL))


def _rounded(value: Any) -> Any:
    return float(f"{value:.{_DIGITS}g}") if isinstance(value, float) else value


def _counted(figure: Figure, rows: Sequence[Row]) -> int | None:
    """Return the attempts or accounts a figure counts; accounts of several periods are not added."""
    if not rows or "n" not in rows[0]:
        return None
    if figure.metric_id == "retention":
        return sum(int(row["accounts"]) for row in rows if row["offset"] == 0)
    if figure.need == "account_hash" and figure.bucketed:
        return max(int(row["n"] or 0) for row in rows)
    return sum(int(row["n"] or 0) for row in rows)


def _counts_more(figure: Figure) -> bool:
    """Whether a figure counts rows it does not show: the whole of a share, the accounts of cohorts."""
    return "pick" in figure.options or figure.chart is Chart.HEAT


def _missing(figure: Figure, carried: Known, has_rows: bool) -> tuple[str, str]:
    field = FIELDS.get(figure.need)
    if not carried.attempts:
        return "No events in this period yet.", ""
    if field is not None and not figure.whole and not carried.share(field.name):
        return f"0 % of requests carry {field.name}.", field.how
    if not has_rows:
        return figure.silence, ""
    return "", ""


def _told(figure: Figure, found: Payload) -> Payload:
    return Payload(
        **{**_fields(found), "finding": finding(figure, found.columns, found.keys, found.rows, found.values)}
    )


def _fields(found: Payload) -> dict[str, Any]:
    return {name: getattr(found, name) for name in Payload.__dataclass_fields__}
