"""The time a panel is about: Grafana's range, cut into the buckets that the registry knows.

Hours and longer read the hourly level, shorter buckets the 10-second level, which keeps 14 received days:
a range that begins before that is never cut into anything shorter than hours.
"""

from typing import Final

from tokentide.reports.computed import Computed
from tokentide.reports.dimensions import Origin, stored
from tokentide.reports.formulas import Formula
from tokentide.reports.levels import Level, levels
from tokentide.reports.periods import ALL_S, BUCKETS, HOUR_S, MONDAY_SHIFT_S
from tokentide.schemas.rollup import BUCKET_S

FROM: Final = "toUnixTimestamp($__fromTime)"
TO: Final = "toUnixTimestamp($__toTime)"
_FINE_S: Final = 13 * 86_400
"""The 10-second level is whole for this long, a day less than it is kept."""
_RECENT: Final = f"{FROM} >= toUnixTimestamp(now()) - {_FINE_S}"
_SHORT_S: Final = 2 * 86_400
"""A total over less than this is counted to 10 seconds, over more to the hour."""


def bucket_s(least_s: int = BUCKET_S) -> str:
    """Return SQL for the size of the smallest bucket that is at least Grafana's interval."""
    sizes = [size for size in BUCKETS.values() if least_s <= size < ALL_S]
    cases = [f"$__interval_s <= {size}{_only_recent(size)}, {size}" for size in sizes[:-1]]
    return f"multiIf({', '.join((*cases, str(sizes[-1])))})" if cases else str(sizes[-1])


def _only_recent(size: int) -> str:
    return f" AND {_RECENT}" if size < HOUR_S else ""


def total_step_s() -> str:
    """Return SQL for the size of the buckets that a total is added up from."""
    return f"if({_RECENT} AND {TO} - {FROM} < {_SHORT_S}, {BUCKET_S}, {HOUR_S})"


def floored(seconds: str, step: str) -> str:
    """Return SQL for the begin of the bucket a time falls into; weeks begin on Monday."""
    shift = f"if({step} = 604800, {MONDAY_SHIFT_S}, 0)"
    return f"toUInt32(intDiv({seconds} + {shift}, {step}) * {step} - {shift})"


def level(formula: Formula | Computed, origin: Origin, step: str) -> Level:
    """Return the stored level that buckets of `step` seconds are read from, chosen when the query runs."""
    if isinstance(formula, Computed):
        raise TypeError("a computed figure is not one statement")
    measures = dict.fromkeys(name for item in formula.sums for name in item.measures)
    columns = ", ".join(("bucket", *stored(origin), *measures))
    fine, hourly = levels(origin).fine, levels(origin).hourly
    either = (
        f"(SELECT {columns} FROM {fine.table} WHERE {step} < {HOUR_S}\n"
        f"    UNION ALL SELECT {columns} FROM {hourly.table} WHERE {step} >= {HOUR_S})"
    )
    return Level(either, HOUR_S, "")
