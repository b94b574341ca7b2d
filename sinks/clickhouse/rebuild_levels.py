"""Rebuild the stored levels of one received day, the fine one from facts, the coarse one checked against the fine."""

from datetime import date
from typing import Final

from tokentide.sinks.clickhouse.days import compared_days
from tokentide.sinks.clickhouse.rebuild import Source, rebuild_day
from tokentide.sinks.clickhouse.recompute import LEVELS, Level, prints_of_level
from tokentide.sinks.clickhouse.store import Store

_FINE: Final = LEVELS[0]
_COARSE: Final = LEVELS[1]


def rebuild_levels(store: Store, day: date) -> dict[str, int]:
    """Make every level that still keeps a received day equal to its facts; return the buckets recomputed."""
    buckets: dict[str, int] = {}
    for level in LEVELS:
        if compared_days(store, level, [day]):
            # Equal to its facts by now, the fine level stands for them, at a tenth of the rows.
            fine = level == _COARSE and _FINE.table in buckets
            buckets[level.table] = rebuild_day(store, level, day, _hours_of_fine(day) if fine else None)
    return buckets


def _hours_of_fine(day: date) -> Source:
    """Return the fine level by hour, and the hours in which the coarse level is not what it adds up to."""
    hours = f"SELECT * REPLACE(toStartOfHour(bucket) AS bucket) FROM {_FINE.table} WHERE received_day = '{day}'"
    fine = prints_of_level(Level(f"({hours})", _COARSE.bucket, None), "1")
    coarse = prints_of_level(_COARSE, f"stored.received_day = '{day}'")
    unequal = (
        f"SELECT bucket FROM (SELECT *, true AS of_fine FROM ({fine}) UNION ALL "
        f"SELECT *, false AS of_fine FROM ({coarse})) GROUP BY bucket "
        "HAVING sumIf(print, of_fine) != sumIf(print, NOT of_fine) "
        "OR sumIf(keys, of_fine) != sumIf(keys, NOT of_fine)"
    )
    return Source(unequal, hours)
