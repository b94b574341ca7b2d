"""Rebuild the stored levels of one received day, the fine one from facts, the coarse one checked against the fine."""

from dataclasses import replace
from datetime import date

from tokentide.sinks.clickhouse.days import compared_days
from tokentide.sinks.clickhouse.embedded import Parts
from tokentide.sinks.clickhouse.levels import LEVELS, Level
from tokentide.sinks.clickhouse.rebuild import Source, rebuild_day
from tokentide.sinks.clickhouse.recompute import prints_of_level
from tokentide.sinks.clickhouse.store import Store


def rebuild_levels(store: Store, day: date, known: Parts | None = None) -> dict[str, int]:
    """Make every level that still keeps a received day equal to its facts; return the buckets recomputed.

    Args:
        store: the store.
        day: the received day.
        known: parts that were right at a checkpoint, as of `rebuild_day`.
    """
    buckets: dict[str, int] = {}
    fine: Level | None = None
    for level in LEVELS:
        if not compared_days(store, level, [day]):
            continue
        # Equal to its facts by now, the finer level of the cube stands for them, at a tenth of the rows.
        source = _hours_of(fine, level, day) if fine and fine.cube == level.cube else None
        buckets[level.table] = rebuild_day(store, level, day, source, known)
        fine = level
    return buckets


def _hours_of(fine: Level, coarse: Level, day: date) -> Source:
    """Return the fine level by hour, and the hours in which the coarse level is not what it adds up to."""
    hours = f"SELECT * REPLACE(toStartOfHour(bucket) AS bucket) FROM {fine.table} WHERE received_day = '{day}'"
    added = prints_of_level(replace(coarse, table=f"({hours})"), "1")
    stored = prints_of_level(coarse, f"stored.received_day = '{day}'")
    unequal = (
        f"SELECT bucket FROM (SELECT *, true AS of_fine FROM ({added}) UNION ALL "
        f"SELECT *, false AS of_fine FROM ({stored})) GROUP BY bucket "
        "HAVING sumIf(print, of_fine) != sumIf(print, NOT of_fine) "
        "OR sumIf(edges, of_fine) != sumIf(edges, NOT of_fine)"
    )
    return Source(unequal, hours)
