"""Settings of existing tables that an installation may change: retention of facts, waiting for the disk."""

import re
from typing import Final

from tokentide.sinks.clickhouse.layout import Layout
from tokentide.sinks.clickhouse.levels import WRITTEN
from tokentide.sinks.clickhouse.settings import FSYNC_SETTINGS
from tokentide.sinks.clickhouse.store import Store

_DAYS: Final = re.compile(r"TTL toDate\(received_at\) \+ toIntervalDay\((\d+)\)")


def apply_facts_days(store: Store, layout: Layout) -> None:
    """Make facts expire after the layout's retention; rows already stored follow as they are merged."""
    if f"toIntervalDay({layout.facts_days})" not in _engine(store, "usage_events"):
        store.command(
            f"ALTER TABLE usage_events MODIFY TTL toDate(received_at) + INTERVAL {layout.facts_days} DAY "
            "SETTINGS materialize_ttl_after_modify = 0"
        )


def apply_fsync(store: Store) -> None:
    """Make inserts wait for the disk, or not, as the store was opened to."""
    wanted = int(store.fsync)
    for table in WRITTEN:
        live = _engine(store, table)
        for setting in FSYNC_SETTINGS:
            if (f"{setting} = 1" in live) != store.fsync:
                store.command(f"ALTER TABLE {table} MODIFY SETTING {setting} = {wanted}")


def _engine(store: Store, table: str) -> str:
    sql = "SELECT engine_full FROM system.tables WHERE database = currentDatabase() AND name = {table:String}"
    return str(store.rows(sql, {"table": table})[0]["engine_full"])


def facts_days(store: Store) -> int:
    """Return how many days the store keeps facts.

    Raises:
        ValueError: the table has another expiry than migrations give it.
    """
    found = _DAYS.search(_engine(store, "usage_events"))
    if found is None:
        raise ValueError("usage_events has no expiry in days")
    return int(found[1])
