"""Which received days a sealed level holds rightly: those whose hours have not changed since they were summed up.

Every insert and mutation of a partition has a number, which its parts keep however they are merged. A sealed
partition is on record with the newest number of its hours, and its own. Whatever writes to either later (a late
insert, a rebuild, a repair, a deletion, half a replacement) makes the numbers differ, and readers go to the hours.
"""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, Final

import pyarrow as pa

from tokentide.sinks.clickhouse.levels import LEVELS, SEALED_LEVELS, Level

StoreQuery = Callable[[str, Mapping[str, Any]], pa.Table]
"""Runs one SELECT with named parameters and returns its rows; `Store.query` is one."""

SOURCES: Final[Mapping[str, Level]] = {
    sealed.table: next(level for level in reversed(LEVELS) if level.cube == sealed.cube) for sealed in SEALED_LEVELS
}
"""The level that each sealed one sums up."""


def newest(table: str) -> str:
    """Return the SELECT of (partition_id, newest): the last insert or mutation of each partition of a table."""
    # The fifth part of a name is the number of the last mutation, out of the same sequence as those of inserts.
    mutation = "toUInt64OrZero(splitByChar('_', name)[5])"
    return (
        f"SELECT partition_id, max(greatest(toUInt64(max_block_number), {mutation})) AS newest FROM system.parts "
        f"WHERE active AND database = currentDatabase() AND table = '{table}' GROUP BY partition_id"
    )


def sealed_days(query: StoreQuery, sealed: Level) -> list[date]:
    """Return the received days for which a sealed level can stand for its hours, in order."""
    return list(query(days_of(sealed), {}).column("received_day").to_pylist())


def days_of(sealed: Level) -> str:
    """Return the SELECT of `sealed_days`."""
    day = "toString(toYYYYMMDD(received_day))"
    return (
        f"SELECT DISTINCT received_day FROM usage_sealed WHERE level = '{sealed.table}' "
        f"AND ({day}, source) IN ({newest(SOURCES[sealed.table].table)}) "
        f"AND ({day}, stored) IN ({newest(sealed.table)}) ORDER BY received_day"
    )
