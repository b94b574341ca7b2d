"""From a figure and a view to the request that answers it."""

from datetime import UTC, datetime

from tokentide.reports.page.figure import Figure
from tokentide.reports.page.view import View
from tokentide.reports.request import Request


def request(figure: Figure, view: View) -> Request:
    """Return what is asked of the store for a figure; equal figures give equal requests."""
    bounded = not figure.whole
    options = {"period": view.cohorts} if "period" in figure.metric.options else {}
    return Request(
        figure.metric_id,
        by=figure.by or None,
        unit=figure.unit(view.unit),
        bucket=view.bucket if figure.bucketed else None,
        start=_time(view.start_s) if bounded else None,
        end=_time(view.end_s) if bounded else None,
        top=figure.top,
        filters=dict(figure.filters),
        options=options,
    )


def _time(seconds: int | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
