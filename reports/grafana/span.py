"""The time a panel is about: Grafana's range, cut into the buckets that the registry knows.

Days and longer read the sealed days where there are any, hours the hourly level, shorter buckets the 10-second
level, which keeps 14 received days: a range that begins before that is never cut into anything shorter than hours.
"""

from typing import Final

from tokentide.reports.computed import Computed
from tokentide.reports.dimensions import Origin, stored
from tokentide.reports.formulas import Formula
from tokentide.reports.levels import Level, levels
from tokentide.reports.periods import ALL_S, BUCKETS, HOUR_S, MONDAY_SHIFT_S
from tokentide.schemas.rollup import BUCKET_S
from tokentide.sinks.clickhouse.levels import DAY_S, SEALED_LEVELS
from tokentide.sinks.clickhouse.sealed import days_of

FROM: Final = "toUnixTimestamp($__fromTime)"
TO: Final = "toUnixTimestamp($__toTime)"
_FINE_S: Final = 13 * DAY_S
"""The 10-second level is whole for this long, a day less than it is kept."""
_RECENT: Final = f"{FROM} >= toUnixTimestamp(now()) - {_FINE_S}"
_SHORT_S: Final = 2 * DAY_S
_LONG_S: Final = 35 * DAY_S
"""Totals are counted to 10 seconds below the first, to the day above the second, to the hour in between."""
_SEALED: Final = {level.cube: level for level in reversed(SEALED_LEVELS)}


def bucket_s(least_s: int = BUCKET_S) -> str:
    """Return SQL for the size of the smallest bucket that is at least Grafana's interval."""
    sizes = [size for size in BUCKETS.values() if least_s <= size < ALL_S]
    cases = [f"$__interval_s <= {size}{_only_recent(size)}, {size}" for size in sizes[:-1]]
    return f"multiIf({', '.join((*cases, str(sizes[-1])))})" if cases else str(sizes[-1])


def _only_recent(size: int) -> str:
    return f" AND {_RECENT}" if size < HOUR_S else ""


def total_step_s() -> str:
    """Return SQL for the size of the buckets that a total is added up from."""
    fine = f"{_RECENT} AND {TO} - {FROM} < {_SHORT_S}"
    return f"multiIf({fine}, {BUCKET_S}, {TO} - {FROM} > {_LONG_S}, {DAY_S}, {HOUR_S})"


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
    parts = [f"SELECT {columns} FROM {table} WHERE {where}" for table, where in _tables(origin, step)]
    either = "\n    UNION ALL ".join(parts)
    return Level(f"({either})", HOUR_S, "")


def _tables(origin: Origin, step: str) -> tuple[tuple[str, str], ...]:
    """Return each table and when, and for which rows, it is read; together they hold every row once."""
    sealed, last = _SEALED[str(origin)], f"toDateTime(intDiv({TO}, {DAY_S}) * {DAY_S}, 'UTC')"
    # a day that the range cuts is read by the hour
    whole = f"received_day IN ({days_of(sealed)}) AND bucket < {last}"
    return (
        (levels(origin).fine.table, f"{step} < {HOUR_S}"),
        (levels(origin).hourly.table, f"{step} >= {HOUR_S} AND ({step} < {DAY_S} OR NOT ({whole}))"),
        (sealed.table, f"{step} >= {DAY_S} AND {whole}"),
    )
