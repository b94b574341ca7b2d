"""Received days: which changed since a checkpoint, and which a level can still be compared on."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Final

from tokentide.sinks.clickhouse.embedded import Parts
from tokentide.sinks.clickhouse.recompute import Level
from tokentide.sinks.clickhouse.store import Store
from tokentide.sinks.clickhouse.table_settings import facts_days

SEALED_AFTER: Final = timedelta(minutes=10)
"""How far the watermark must have passed the end of a received day for nothing to be added to it any more."""


def sealed_before(watermark: datetime | None) -> date | None:
    """Return the first received day that is not sealed, or None if none is known to be.

    Args:
        watermark: everything appended before is settled, in every live log; see `watermarks`.
    """
    return None if watermark is None else (watermark - SEALED_AFTER).date()


def touched_days(store: Store, verified: Parts | None) -> list[date]:
    """Return received days that hold a part unknown to the checkpoint, oldest first; all if there is none."""
    known = verified or {}
    days: set[date] = set()
    for table, parts in store.parts().items():
        days.update(day_of(part) for part in parts - known.get(table, frozenset()))
    return sorted(days)


def day_of(part: str) -> date:
    """Return the received day of a part by its name, `YYYYMMDD_…`."""
    return datetime.strptime(part.partition("_")[0], "%Y%m%d").replace(tzinfo=UTC).date()


def stored_days(store: Store) -> list[date]:
    """Return every received day that some table holds, oldest first."""
    return touched_days(store, None)


def first_kept_day(store: Store) -> date:
    """Return the first received day whose facts cannot have expired."""
    return datetime.now(UTC).date() - timedelta(days=facts_days(store) - 2)


def compared_days(store: Store, level: Level, days: Iterable[date]) -> list[date]:
    """Return the days on which neither facts nor the level's rows can have expired."""
    today = datetime.now(UTC).date()
    keeps = min(facts_days(store), level.keeps_days or facts_days(store))
    return [day for day in days if day + timedelta(days=keeps) > today + timedelta(days=1)]
