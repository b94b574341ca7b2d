"""Sum up the hours of received days that are sealed, once each, and again where the hours have changed."""

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Final

import pyarrow as pa

from tokentide.sinks.clickhouse.days import day_of, sealed_before
from tokentide.sinks.clickhouse.levels import SEALED_LEVELS, Level
from tokentide.sinks.clickhouse.quote import quoted
from tokentide.sinks.clickhouse.recompute import prints_of_level, unequal_prints
from tokentide.sinks.clickhouse.sealed import SOURCES, newest, sealed_days
from tokentide.sinks.clickhouse.store import Store
from tokentide.sinks.clickhouse.watermarks import store_watermark

_ROWS: Final = "usage_sealing_rows"
# The rows are unique by construction, and a day that is sealed anew may repeat what was there before.
_SETTINGS: Final = "SETTINGS deduplicate_insert = 'disable', insert_deduplicate = 0, optimize_on_insert = 0"
_RECORD: Final = pa.schema(
    [
        pa.field("level", pa.string(), nullable=False),
        pa.field("received_day", pa.date32(), nullable=False),
        pa.field("source", pa.uint64(), nullable=False),
        pa.field("stored", pa.uint64(), nullable=False),
        pa.field("sealed_at", pa.timestamp("ms", "UTC"), nullable=False),
    ]
)


def seal_due(store: Store, most_s: float, stopping: Callable[[], bool] = lambda: False) -> int:
    """Seal received days whose watermark has passed, newest first, for a time; return how many levels of days.

    Args:
        store: open; others may write to days that are not sealed.
        most_s: seconds after which no further one is begun.
        stopping: asked before each.
    """
    ends_at, first = time.monotonic() + most_s, sealed_before(store_watermark(store.query))
    if first is None:
        return 0
    done = 0
    for level, day in _missing(store, lambda day: day < first):
        if stopping() or time.monotonic() > ends_at:
            break
        seal_day(store, level, day)
        done += 1
    return done


def seal_again(store: Store, days: Iterable[date]) -> None:
    """Sum up anew what was sealed of these received days and no longer is what its hours add up to."""
    changed = set(days)
    if not changed:
        return
    wanted = changed & {row["received_day"] for row in store.rows("SELECT DISTINCT received_day FROM usage_sealed")}
    for level, day in _missing(store, wanted.__contains__) if wanted else ():
        seal_day(store, level, day)


def _missing(store: Store, wanted: Callable[[date], bool]) -> Iterator[tuple[Level, date]]:
    for level in SEALED_LEVELS:
        held = set(sealed_days(store.query, level))
        days = {day_of(row["partition_id"]) for row in store.rows(newest(SOURCES[level.table].table))}
        yield from ((level, day) for day in sorted(days - held, reverse=True) if wanted(day))


def seal_day(store: Store, level: Level, day: date) -> None:
    """Sum up one received day of a sealed level and put it on record; whoever reads meanwhile reads the hours."""
    source = _newest(store, SOURCES[level.table].table, day)
    store.command(f"DROP TABLE IF EXISTS {_ROWS} SYNC")
    store.command(f"CREATE TABLE {_ROWS} AS {level.table}")
    rows = days_of_hours(level, f"hourly.received_day = '{day}'")
    store.command(f"INSERT INTO {_ROWS} ({level.names}) {rows} {_SETTINGS}")
    store.command(f"ALTER TABLE {level.table} REPLACE PARTITION ID '{day:%Y%m%d}' FROM {_ROWS}")
    store.command(f"DROP TABLE {_ROWS} SYNC")
    _record(store, level, day, source, _newest(store, level.table, day))


def days_of_hours(level: Level, where: str) -> str:
    """Return the SELECT of what a sealed level is to hold, of rows of its hours, which it calls `hourly`."""
    keys = {column.name: f"hourly.{column.name}" for column in level.shape.keys}
    keys["bucket"] = "toStartOfDay(hourly.bucket)"
    listed = [f"{sql} AS `{name}`" for name, sql in keys.items()]
    listed += [f"{each.function}(hourly.`{each.column.name}`) AS `{each.column.name}`" for each in level.shape.merged]
    return (
        f"SELECT {', '.join(listed)} FROM {SOURCES[level.table].table} AS hourly WHERE {where} "
        f"GROUP BY {', '.join(keys.values())}"
    )


def unequal_days(level: Level, days: Iterable[date]) -> str:
    """Return the SELECT of (received_day, bucket) in which a sealed level is not the sum of its hours."""
    listed = f"({', '.join(quoted(str(day)) for day in days)})"
    hours = days_of_hours(level, f"hourly.received_day IN {listed}")
    return unequal_prints(
        prints_of_level(replace(level, table=f"({hours})"), "1"),
        prints_of_level(level, f"stored.received_day IN {listed}"),
    )


def _newest(store: Store, table: str, day: date) -> int:
    rows = store.rows(f"SELECT newest FROM ({newest(table)}) WHERE partition_id = '{day:%Y%m%d}'")
    return int(rows[0]["newest"]) if rows else 0


def _record(store: Store, level: Level, day: date, source: int, stored: int) -> None:
    values = (level.table, day, source, stored, datetime.now(UTC))
    row = dict(zip(_RECORD.names, values, strict=True))
    store.insert_unsettled(
        "usage_sealed",
        pa.Table.from_pylist([row], _RECORD),
        f"sealed:{level.table}:{day}:{source}:{stored}:{store.boot}",
    )
