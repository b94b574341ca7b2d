"""Recompute unequal buckets of a stored level from facts and swap the received day's partition at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from tokentide.sinks.clickhouse.changed import changed_buckets, miscounted_buckets
from tokentide.sinks.clickhouse.embedded import Parts
from tokentide.sinks.clickhouse.recompute import BUCKET, Level, rows_from_facts, unequal_buckets
from tokentide.sinks.clickhouse.store import Store

_FIX: Final = "usage_repair_rows"
_BUCKETS: Final = "usage_repair_buckets"
# The rows are unique by construction; a block that looks like an earlier one must not be dropped.
PLAIN: Final = "SETTINGS deduplicate_insert = 'disable', insert_deduplicate = 0"
_AT_ONCE: Final = 200_000
"""Facts that are grouped by one statement though they are of several hours."""
# Grouped rows need no second grouping on the way in: it took half of the time of a rebuild.
_GROUPED: Final = f"{PLAIN}, optimize_on_insert = 0, max_insert_threads = 2"


def unequal_days(store: Store, level: Level, days: Sequence[date]) -> set[date]:
    """Return the days on which a level is not equal to its facts."""
    if not days:
        return set()
    rows = store.rows(f"SELECT DISTINCT received_day FROM ({_unequal(level, days, None)})")
    return {row["received_day"] for row in rows}


def is_miscounted(store: Store, level: Level, day: date) -> bool:
    """Return whether some bucket of a level counts more or fewer events than there are facts."""
    return bool(store.rows(f"SELECT 1 FROM ({_miscounted(level, [day])}) LIMIT 1"))


@dataclass(frozen=True, slots=True)
class Source:
    """What a level is compared with and recomputed from, in place of facts.

    Attributes:
        unequal: SELECT with a column `bucket` of what to recompute.
        rows: SELECT of rows of the level for every bucket.
    """

    unequal: str
    rows: str


def rebuild_day(
    store: Store, level: Level, day: date, source: Source | None = None, known: Parts | None = None
) -> int:
    """Make a level's received day equal to its facts; return how many buckets were not.

    The partition is replaced in one step; buckets that were equal keep their rows.

    Args:
        store: the store.
        level: the level.
        day: the received day.
        source: what stands for the day's facts, if not these themselves.
        known: parts that were right at a checkpoint; of their rows only the number is compared with the facts.
    """
    drop_leftovers(store)
    store.command(f"CREATE TABLE {_BUCKETS} (bucket DateTime('UTC')) ENGINE = MergeTree ORDER BY bucket")
    looks = [source.unequal] if source else [_unequal(level, [day], known)]
    if source is None and known is not None:
        looks.append(_miscounted(level, [day]))  # what was there at the checkpoint may be gone
    unequal = " UNION DISTINCT ".join(f"SELECT bucket FROM ({look})" for look in looks)
    store.command(f"INSERT INTO {_BUCKETS} {unequal} {PLAIN}")
    buckets = _count(store, _BUCKETS)
    if buckets:
        store.command(f"CREATE TABLE {_FIX} AS {level.table}")
        _keep_equal(store, level, day)
        if source:
            _fill(store, level, f"SELECT {level.names} FROM ({source.rows}) WHERE bucket IN {_BUCKETS}", PLAIN)
        else:
            _fill_from_facts(store, level, day)
        _swap(store, level, day)
    drop_leftovers(store)
    return buckets


def _miscounted(level: Level, days: Sequence[date]) -> str:
    listed = _listed(days)
    return miscounted_buckets(level, f"toDate(fact.received_at) IN {listed}", f"stored.received_day IN {listed}")


def _unequal(level: Level, days: Sequence[date], known: Parts | None) -> str:
    fact, row, listed = level.bucket, level.bucket_of("stored"), _listed(days)
    facts, rows = [f"toDate(fact.received_at) IN {listed}"], [f"stored.received_day IN {listed}"]
    if known is not None:
        changed = changed_buckets(level, days, known)
        facts.append(f"(toDate(fact.received_at), {fact}) IN ({changed})")
        rows.append(f"(stored.received_day, {row}) IN ({changed})")
    return unequal_buckets(level, " AND ".join(facts), " AND ".join(rows))


def _listed(days: Sequence[date]) -> str:
    return "(" + ", ".join(f"'{day}'" for day in days) + ")"


def drop_leftovers(store: Store) -> None:
    """Remove the tables of a rebuild that was cut short."""
    for table in (_FIX, _BUCKETS):
        store.command(f"DROP TABLE IF EXISTS {table} SYNC")


def _keep_equal(store: Store, level: Level, day: date) -> None:
    kept = f"received_day = '{day}' AND {level.bucket_of('stored')} NOT IN {_BUCKETS}"
    _fill(store, level, f"SELECT {level.names} FROM {level.table} AS stored WHERE {kept}")


def _fill_from_facts(store: Store, level: Level, day: date) -> None:
    wanted = f"toDate(fact.received_at) = '{day}' AND {level.bucket} IN {_BUCKETS}"
    for first, end in _spans(store, level, wanted):
        # the time is the table's key, the bucket is not
        within = f"{BUCKET} >= toDateTime({first}, 'UTC') AND {BUCKET} < toDateTime({end}, 'UTC')"
        _fill(store, level, rows_from_facts(level, f"{wanted} AND {within}"))


def _fill(store: Store, level: Level, rows: str, settings: str = _GROUPED) -> None:
    store.command(f"INSERT INTO {_FIX} ({level.names}) {rows} {settings}")


def _swap(store: Store, level: Level, day: date) -> None:
    partition = f"PARTITION ID '{day:%Y%m%d}'"
    if _count(store, _FIX):
        store.command(f"ALTER TABLE {level.table} REPLACE {partition} FROM {_FIX}")
    else:
        store.command(f"ALTER TABLE {level.table} DROP {partition}")


def _spans(store: Store, level: Level, wanted: str) -> list[tuple[int, int]]:
    """Return spans of event time (unix s) to recompute one by one, which bounds the memory a swap takes."""
    start = level.bucket if level.step_s > 3600 else "toStartOfHour(toDateTime(fact.event_time, 'UTC'))"
    hours = store.rows(
        f"SELECT toUnixTimestamp({start}) AS start, count() AS facts FROM usage_events AS fact WHERE {wanted} "
        "GROUP BY start ORDER BY start"
    )
    return spans([(int(row["start"]), int(row["facts"])) for row in hours], max(level.step_s, 3600))


def spans(hours: Sequence[tuple[int, int]], step_s: int, most: int = _AT_ONCE) -> list[tuple[int, int]]:
    """Return the spans that hours with their facts fall into, each of one hour or of several with few facts.

    Args:
        hours: begin and number of facts, in order; hours between them have none.
        step_s: length of each.
        most: facts of a span of more than one hour.
    """
    found: list[tuple[int, int]] = []
    held = 0
    for start, facts in hours:
        if found and held + facts <= most:
            found[-1], held = (found[-1][0], start + step_s), held + facts
        else:
            found.append((start, start + step_s))
            held = facts
    return found


def _count(store: Store, table: str) -> int:
    return int(store.rows(f"SELECT count() AS found FROM {table}")[0]["found"])  # noqa: S608  (our own names)
