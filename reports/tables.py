"""An answer as text: a table for a terminal, JSON (a list of flat objects) or CSV with a header."""

import csv
import io
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from tokentide.reports.answer import Result, Row
from tokentide.schemas.errors import UsageError

_SCALES: Final = ((1e15, "P"), (1e12, "T"), (1e9, "B"), (1e6, "M"))
_PARTS: Final = ("share", "rate")
_TEXT_COLUMNS: Final = ("bucket", "window_start")


def render(result: Result, form: str) -> str:
    """Return an answer as `table`, `json` or `csv`, without a final newline.

    Raises:
        UsageError: the format is none of these.
    """
    check_form(form)
    return _FORMS[form](result)


def check_form(form: str) -> None:
    """Refuse a format that `render` does not know.

    Raises:
        UsageError: names those it knows.
    """
    if form not in _FORMS:
        raise UsageError(f"unknown format '{form}': use one of {', '.join(_FORMS)}")


def heading(result: Result) -> str:
    """Return what a reader must know before the figures: metric, unit, period, population, freshness."""
    by = f" by {result.by}" if result.by else ""
    parts = [
        f"{result.title}{by} ({result.metric}, unit {result.unit})",
        result.period,
        result.population,
        f"as of {result.as_of}" if result.as_of else "the store is empty",
    ]
    if result.level:
        parts.insert(3, f"from {result.level}")
    return " · ".join(parts)


def _json(result: Result) -> str:
    if not result.rows:
        return "[]"
    return "[\n" + ",\n".join(json.dumps(row, allow_nan=False) for row in result.rows) + "\n]"


def _csv(result: Result) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, result.columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(result.rows)
    return text.getvalue().rstrip("\n")


def _table(result: Result) -> str:
    head = [heading(result), *(f"note: {note}" for note in result.notes)]
    if not result.rows:
        return "\n".join((*head, "no events"))
    columns = _telling(result.columns, result.rows)
    texts = [[_text(name, row[name], result.by) for name in columns] for row in result.rows]
    left = [name in _TEXT_COLUMNS or name == result.by for name in columns]
    return "\n".join((*head, "", *_aligned([[_label(name) for name in columns], *texts], left)))


def _telling(columns: Sequence[str], rows: Sequence[Row]) -> list[str]:
    """Leave out what adds nothing here: a share equal to an earlier one, full coverage, nothing unpriced."""
    kept: list[str] = []
    seen: list[list[Any]] = []
    for name in columns:
        values = [row[name] for row in rows]
        dull = (name == "known_share" and set(values) == {1.0}) or (name == "unpriced" and set(values) == {0})
        repeated = name.endswith(_PARTS) and values in seen
        if not dull and not repeated:
            kept.append(name)
            seen += [values] if name.endswith(_PARTS) else []
    return kept


def _aligned(lines: Sequence[Sequence[str]], left: Sequence[bool]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]

    def one(cells: Sequence[str]) -> str:
        padded = (
            cell.ljust(width) if at_left else cell.rjust(width)
            for cell, width, at_left in zip(cells, widths, left, strict=True)
        )
        return "  ".join(padded).rstrip()

    rule = "  ".join("-" * width for width in widths)
    return [one(lines[0]), rule, *map(one, lines[1:])]


def _label(name: str) -> str:
    return name.replace("_usd", "").replace("_", " ")


def _text(name: str, value: Any, by: str | None) -> str:
    if name in _TEXT_COLUMNS:
        return str(value).replace("T", " ").removesuffix("Z")
    if name == by:
        return value or "(none)"
    if value is None:
        return "-"
    if name.endswith(_PARTS):
        return f"{value:.2%}"
    if name.endswith("_usd"):
        return f"${_human(value, 2)}" if value >= 0.01 or value == 0 else f"${value:.6f}"
    return _human(value, 1 if isinstance(value, float) else 0)


def _human(value: float, decimals: int) -> str:
    for scale, letter in _SCALES:
        if value >= scale:
            return f"{value / scale:.2f}{letter}"
    return f"{value:,.{decimals}f}"


_FORMS: Final[Mapping[str, Callable[[Result], str]]] = {"table": _table, "json": _json, "csv": _csv}
FORMATS: Final = tuple(_FORMS)
