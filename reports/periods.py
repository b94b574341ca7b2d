"""Time as a question states it: calendar buckets, rolling windows, their steps and bounds, all in UTC.

Epoch seconds inside, ISO 8601 at the rim. A week is the ISO week: it starts on Monday.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from tokentide.schemas.duration import parse_duration
from tokentide.schemas.errors import UsageError
from tokentide.schemas.rollup import BUCKET_S

HOUR_S: Final = 3600
ALL_S: Final = 2**32 - 1
"""The size of the bucket `all`: every time falls into the first one."""

BUCKETS: Final = {"10s": BUCKET_S, "1m": 60, "1h": HOUR_S, "1d": 86_400, "1w": 604_800, "all": ALL_S}
WINDOWS: Final = {"15m": 900, "2h": 7_200, "24h": 86_400, "7d": 604_800}
MONDAY_SHIFT_S: Final = 3 * 86_400
"""1970-01-01 was a Thursday, three days after the Monday that began its ISO week."""


@dataclass(frozen=True, slots=True)
class Calendar:
    """Disjoint buckets; `size_s` is `ALL_S` for one bucket of everything."""

    size_s: int


@dataclass(frozen=True, slots=True)
class Rolling:
    """Windows [end - window_s, end) whose ends are the multiples of `every_s`."""

    window_s: int
    every_s: int


Grid = Calendar | Rolling


def grid(bucket: str | None, window: str | None, every: str | None) -> Grid:
    """Return the buckets or windows a question asks for; neither means one bucket of everything.

    Raises:
        UsageError: both were given, or one is not legal.
    """
    if bucket is not None and (window is not None or every is not None):
        raise UsageError("give either --bucket or --window with --every, not both")
    if window is None and every is not None:
        raise UsageError("--every needs --window " + "|".join(WINDOWS))
    if window is not None:
        return _rolling(window, every or "1m")
    return Calendar(_legal("bucket", bucket or "all", BUCKETS))


def _legal(option: str, value: str, sizes: dict[str, int]) -> int:
    if value not in sizes:
        raise UsageError(f"unknown {option} '{value}': use one of {', '.join(sizes)}")
    return sizes[value]


def _rolling(window: str, every: str) -> Rolling:
    window_s = _legal("window", window, WINDOWS)
    every_s = _step_s(every)
    if not 0 < every_s <= window_s or every_s % BUCKET_S:
        raise UsageError(
            f"unusable step '{every}': --every takes a multiple of {BUCKET_S}s up to the window, "
            f"such as 10s, 1m, 5m, 15m (here at most {window})"
        )
    return Rolling(window_s, int(every_s))


def _step_s(every: str) -> float:
    try:
        return parse_duration(every).total_seconds()
    except ValueError:
        return 0.0


def instant(text: str) -> datetime:
    """Parse an ISO 8601 date or time; without an offset it is UTC.

    Raises:
        UsageError: it is neither.
    """
    try:
        parsed = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(f"'{text}' is not a time: use ISO 8601 such as 2025-11-03 or 2025-11-03T14:00:00Z") from None
    return parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed.astimezone(UTC)


def epoch_s(moment: datetime, option: str) -> int:
    """Return whole epoch seconds of a bound, which must stand on the 10-second grid.

    Raises:
        UsageError: it does not, or lies outside the years 1970 to 2105.
    """
    aware = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
    seconds = aware.timestamp()
    if not 0 <= seconds < ALL_S:
        raise UsageError(f"{option} must lie between 1970 and 2105")
    if seconds % BUCKET_S:
        raise UsageError(f"{option} must be a multiple of {BUCKET_S} seconds, the finest bucket kept")
    return int(seconds)


def iso(seconds: float, timespec: str = "seconds") -> str:
    """Return epoch seconds as ISO 8601 in UTC, with a Z."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec=timespec).replace("+00:00", "Z")


def floor_to(seconds: int, step: int) -> int:
    """Return the last multiple of `step` at or before a time."""
    return seconds // step * step


def ceil_to(seconds: int, step: int) -> int:
    """Return the first multiple of `step` at or after a time."""
    return -(-seconds // step) * step
