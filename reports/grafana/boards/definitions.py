"""Every metric's definition, one panel each."""

from tokentide.reports.grafana.dashboard import Dashboard, Row
from tokentide.reports.grafana.definitions import UID, words
from tokentide.reports.grafana.panels import Panel, text
from tokentide.reports.metric import Metric
from tokentide.reports.registry import METRICS


def board() -> Dashboard:
    """Return the board; the id of a panel is the number of its metric."""
    return Dashboard(
        UID,
        "Tokentide · Definitions",
        "Every figure's definition, as docs/metrics.md has it.",
        (Row("Definitions", tuple(map(_panel, METRICS.values()))),),
        refresh="",
        tags=("tokentide", "live", "2025"),
    )


def _panel(metric: Metric) -> Panel:
    return text(metric.title, words(metric), width=12, height=12)
