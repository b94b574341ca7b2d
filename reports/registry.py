"""The metric registry: every metric once, in words and as formulas over what the store holds.

Queries, views, docs/metrics.md and whatever draws a metric derive from these entries.
"""

from collections.abc import Mapping
from typing import Any, Final

from tokentide.reports.cohorts import metrics as cohorts
from tokentide.reports.dimensions import READY
from tokentide.reports.metric import Definition, Metric
from tokentide.reports.metrics import agentic, categories, places, prices, quality, sizes, sources
from tokentide.schemas.errors import UsageError

__all__ = ["METRICS", "Definition", "Metric", "describe", "metric"]

_GROUPS: Final = (sources, sizes, agentic, categories, places, prices, quality, cohorts)
METRICS: Final[Mapping[str, Metric]] = {
    entry.id: entry for group in _GROUPS for entry in group.METRICS if entry.shapes[0].origin in READY
}


def metric(metric_id: str) -> Metric:
    """Return the entry of a metric.

    Raises:
        UsageError: there is none; the message lists the ids.
    """
    if metric_id not in METRICS:
        raise UsageError(f"unknown metric '{metric_id}': use one of {', '.join(METRICS)}")
    return METRICS[metric_id]


def describe() -> list[dict[str, Any]]:
    """Return every metric as a JSON object."""
    return [entry.describe() for entry in METRICS.values()]
