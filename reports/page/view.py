"""What a reader looks at: a period, its buckets, and a unit."""

from dataclasses import dataclass
from typing import Final

from tokentide.reports.formulas import Unit
from tokentide.reports.levels import Extent
from tokentide.reports.periods import BUCKETS, HOUR_S, MONDAY_SHIFT_S, floor_to
from tokentide.schemas.errors import UsageError

DAY_S: Final = 24 * HOUR_S


@dataclass(frozen=True, slots=True)
class Range:
    """A choice of period: how it is called, how long it is (None: all that is stored), and its buckets."""

    id: str
    label: str
    length_s: int | None
    bucket: str


RANGES: Final = {
    one.id: one
    for one in (
        Range("1h", "Hour", HOUR_S, "1m"),
        Range("24h", "Day", DAY_S, "1h"),
        Range("7d", "Week", 7 * DAY_S, "1h"),
        Range("28d", "4 weeks", 28 * DAY_S, "1d"),
        Range("13mo", "13 months", 395 * DAY_S, "1w"),
        Range("all", "All", None, "1w"),
    )
}
UNITS: Final = (Unit.TOKENS, Unit.REQUESTS, Unit.USD)
_BY_LENGTH: Final = ((3 * HOUR_S, "1m"), (8 * DAY_S, "1h"), (100 * DAY_S, "1d"))
"""The bucket of a period by its length, up to and including; longer ones have weeks."""


@dataclass(frozen=True, slots=True)
class View:
    """A period in epoch seconds, `start_s` inclusive and `end_s` exclusive (None: as far as the store goes).

    Attributes:
        range_id: the choice it comes from; '' for a period of its own.
        bucket: of figures over time.
        unit: wanted; figures without it keep their own.
        history_s: how much time the store covers, which says what cohorts are.
    """

    range_id: str
    start_s: int | None
    end_s: int | None
    bucket: str
    unit: str
    history_s: int = 0

    @property
    def cohorts(self) -> str:
        """Return the period of cohorts: months need history."""
        return "month" if self.history_s > 26 * 7 * DAY_S else "week"


def look(range_id: str, unit: str, extent: Extent) -> View:
    """Return the view of a choice: the last so many seconds of what a store holds.

    Raises:
        UsageError: no such range or unit.
    """
    if range_id not in RANGES:
        raise UsageError(f"unknown range '{range_id}': use one of {', '.join(RANGES)}")
    check_unit(unit)
    chosen = RANGES[range_id]
    history_s = extent.end_s - extent.first_s if extent.n else 0
    if chosen.length_s is None or not extent.n:
        bucket = chosen.bucket if chosen.length_s else fitting(history_s)
        return View(range_id, None, None, bucket, unit, history_s)
    start_s = _begin(extent.end_s - chosen.length_s, chosen.bucket)
    return View(range_id, max(0, start_s), None, chosen.bucket, unit, history_s)


def fitting(length_s: int) -> str:
    """Return the bucket that shows a period of this length in some dozens of steps."""
    return next((bucket for length, bucket in _BY_LENGTH if length_s <= length), "1w")


def check_unit(unit: str) -> None:
    """Refuse a unit the page does not have.

    Raises:
        UsageError: names those it has.
    """
    if unit not in UNITS:
        raise UsageError(f"unknown unit '{unit}': use one of {', '.join(UNITS)}")


def default_range(extent: Extent) -> str:
    """Return the shortest range that shows most of what a store holds, at most thirteen months."""
    history_s = extent.end_s - extent.first_s if extent.n else 0
    fitting_ranges = (one.id for one in RANGES.values() if one.length_s and history_s <= one.length_s * 2.5)
    return next(fitting_ranges, "13mo")


def _begin(seconds: int, bucket: str) -> int:
    """Return the begin of the bucket a time falls into."""
    size_s = BUCKETS[bucket]
    shift_s = MONDAY_SHIFT_S if bucket == "1w" else 0
    return floor_to(seconds + shift_s, size_s) - shift_s
