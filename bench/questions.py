"""What is asked of a store of thirteen months: every metric of the registry, in the forms people ask it in."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from tokentide.reports.dimensions import Origin
from tokentide.reports.metric import Metric
from tokentide.reports.registry import METRICS
from tokentide.reports.request import Request

PERIOD: Final = "13 months"
WEEKS: Final = "by week"
MINUTES: Final = "minutes of 2 h"
QUARTERS: Final = "15 min, every minute"
DAYS: Final = "24 h, every minute"
FORMS: Final = (PERIOD, WEEKS, MINUTES, QUARTERS, DAYS)
_DATED: Final = "profile-shift"


@dataclass(frozen=True, slots=True)
class Question:
    """One request, and how long its answer may take.

    Attributes:
        form: of `FORMS`.
        request: what is asked.
        most_s: seconds.
    """

    form: str
    request: Request
    most_s: float


def questions(now: datetime) -> Iterator[Question]:
    """Yield each metric in each form it has; `now` is the end of what the store holds."""
    for entry in METRICS.values():
        for form, request in _asked(entry, now):
            yield Question(form, request, 1.0 if entry.shapes[0].origin is Origin.ACCOUNTS else 0.3)


def _asked(entry: Metric, now: datetime) -> Iterator[tuple[str, Request]]:
    at = datetime(now.year, now.month, now.day, tzinfo=UTC) - timedelta(days=60) if entry.id == _DATED else None
    yield PERIOD, Request(entry.id, at=at)
    if "bucket" in entry.grids:
        yield WEEKS, Request(entry.id, bucket="1w")
    if "window" in entry.grids:
        yield MINUTES, Request(entry.id, bucket="1m", start=now - timedelta(hours=2))
        yield QUARTERS, Request(entry.id, window="15m", every="1m")
        yield DAYS, Request(entry.id, window="24h", every="1m")
