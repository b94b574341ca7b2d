"""The page before any figure has its data: chapters, definitions, colours, choices."""

from typing import Any

from tokentide.reports.page.colours import describe as colours
from tokentide.reports.page.figure import Figure
from tokentide.reports.page.section import Section
from tokentide.reports.page.sections import SECTIONS
from tokentide.reports.page.view import RANGES, UNITS


def page() -> dict[str, Any]:
    """Return all of it as one JSON object."""
    return {
        "sections": [_section(section) for section in SECTIONS],
        "ranges": [{"id": one.id, "label": one.label} for one in RANGES.values()],
        "units": [str(unit) for unit in UNITS],
        "colours": colours(),
    }


def _section(section: Section) -> dict[str, Any]:
    return {
        "id": section.id,
        "title": section.title,
        "lead": section.lead,
        "figures": [_figure(figure) for figure in section.figures],
    }


def _figure(figure: Figure) -> dict[str, Any]:
    metric = figure.metric
    return {
        "id": figure.id,
        "title": figure.name,
        "chart": str(figure.chart),
        "metric": metric.id,
        "study": list(metric.study),
        "definition": metric.definition.sentence,
        "caveats": list(metric.caveats),
        "units": [str(unit) for unit in metric.units],
        "drawn": len(figure.values),
        "bucketed": figure.bucketed,
        "whole": figure.whole,
        "parts": figure.parts,
        "palette": figure.palette,
        "wide": figure.wide,
        "options": dict(figure.options),
    }
