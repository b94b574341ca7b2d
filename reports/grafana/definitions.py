"""The dashboard of definitions: one panel per metric, so that every figure can point at its own."""

from typing import Any, Final

from tokentide.reports.metric import Metric
from tokentide.reports.registry import METRICS

UID: Final = "tokentide-definitions"
_NUMBERS: Final = {name: number for number, name in enumerate(METRICS, start=1)}


def number(metric: Metric) -> int:
    """Return the id of the panel that defines a metric."""
    return _NUMBERS[metric.id]


def link(metric: Metric) -> dict[str, Any]:
    """Return the link of a panel to its metric's definition."""
    return {
        "type": "link",
        "title": f"Definition of {metric.id}",
        "url": f"/d/{UID}?viewPanel=panel-{number(metric)}",
        "targetBlank": True,
        "icon": "info",
        "tooltip": metric.title,
        "tags": [],
        "asDropdown": False,
        "includeVars": False,
        "keepTime": False,
    }


def words(metric: Metric) -> str:
    """Return a definition as Markdown."""
    definition = metric.definition
    lines = (
        f"`{metric.id}` · unit: {metric.unit} · study: {', '.join(metric.study)}\n",
        f"- **Numerator**: {definition.numerator}.",
        f"- **Denominator**: {definition.denominator}.",
        f"- **Population**: {definition.population}.",
        f"- **Filters**: {definition.filters}.",
        *(f"- {caveat}" for caveat in metric.caveats),
        *(f"- Other reading: {reading}" for reading in metric.readings),
    )
    return "\n".join(lines)
