"""An answer as text: a table for a terminal, JSON (a list of flat objects) or CSV with a header."""

import csv
import io
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from tokentide.reports.answer import Result, Row
from tokentide.reports.metric import Metric
from tokentide.reports.population import Population
from tokentide.schemas.errors import UsageError

_SCALES: Final = ((1e15, "P"), (1e12, "T"), (1e9, "B"), (1e6, "M"))
_PARTS: Final = ("share", "rate")
_DULL: Final[Mapping[str, float]] = {"known_share": 1.0, "unpriced": 0}
"""Columns that add nothing where every row has this value."""
_SMALL: Final = 10
_TEXT_COLUMNS: Final = ("bucket", "window_start")


def render(result: Result, form: str, store: Population | None = None) -> str:
    """Return an answer as `table`, `json` or `csv`, without a final newline.

    Args:
        result: the answer.
        form: one of `FORMATS`.
        store: whose traffic it is about; a table says it.

    Raises:
        UsageError: the format is none of these.
    """
    check_form(form)
    return _table(result, store) if form == "table" else _FORMS[form](result)


def with_meta(result: Result, metric: Metric, store: Population) -> str:
    """Return an answer as one JSON object: what a reader must know, and `rows` as `json` lists them."""
    head = {
        **{name: metric.describe()[name] for name in ("id", "title", "study", "definition", "caveats", "readings")},
        **{
            name: getattr(result, name) for name in ("unit", "by", "period", "as_of", "status", "population", "level")
        },
        "notes": list(result.notes),
        "columns": list(result.columns),
        "store": store.describe(),
        "rows": result.rows,
    }
    return json.dumps(head, allow_nan=False, indent=1)


def check_form(form: str) -> None:
    """Refuse a format that `render` does not know.

    Raises:
        UsageError: names those it knows.
    """
    if form not in FORMATS:
        raise UsageError(f"unknown format '{form}': use one of {', '.join(FORMATS)}")


def heading(result: Result) -> str:
    """Return what a reader must know before the figures: metric, unit, period, population, freshness."""
    by = f", by {result.by}" if result.by else ""
    parts = [
        f"{result.title}{by} ({result.metric}, unit {result.unit})",
        result.period,
        result.population,
        f"as of {result.as_of}, {result.status}" if result.as_of else "the store is empty",
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


def _table(result: Result, store: Population | None = None) -> str:
    head = [heading(result), *((store.statement,) if store else ()), *(f"note: {note}" for note in result.notes)]
    if not result.rows:
        return "\n".join((*head, "no events"))
    columns = _telling(result.columns, result.rows)
    texts = [[_text(name, row[name], result.by) for name in columns] for row in result.rows]
    left = [name in _TEXT_COLUMNS or isinstance(result.rows[0][name], str) for name in columns]
    return "\n".join((*head, "", *_aligned([[_label(name) for name in columns], *texts], left)))


def _telling(columns: Sequence[str], rows: Sequence[Row]) -> list[str]:
    """Leave out what adds nothing here: a share equal to an earlier one, full coverage, nothing unpriced."""
    kept: list[str] = []
    seen: list[list[Any]] = []
    for name in columns:
        values = [row[name] for row in rows]
        dull = values == [_DULL[name]] * len(rows) if name in _DULL else name == "as_of"
        dull |= name == "status" and len(set(values)) == 1
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
    if value is None:
        return "-"
    if name == by or isinstance(value, str):
        return value or "(none)"
    if name.endswith(_PARTS):
        return f"{value:.2%}"
    if name.endswith("_usd"):
        return f"${_human(value, 2)}" if value >= 0.01 or value == 0 else f"${value:.6f}"
    if isinstance(value, float) and abs(value) < _SMALL:
        return f"{value:.3f}"
    return _human(value, 1 if isinstance(value, float) else 0)


def _human(value: float, decimals: int) -> str:
    for scale, letter in _SCALES:
        if value >= scale:
            return f"{value / scale:.2f}{letter}"
    return f"{value:,.{decimals}f}"


_FORMS: Final[Mapping[str, Callable[[Result], str]]] = {"json": _json, "csv": _csv}
FORMATS: Final = ("table", *_FORMS)
