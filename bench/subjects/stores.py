"""Stores with less in them than `tokentide migrate` makes: no rollups, or nothing that keeps a row."""

from typing import Final

from tokentide.sinks.clickhouse.levels import LEVELS
from tokentide.sinks.clickhouse.store import Store

LEVEL_VIEWS: Final = tuple(level.view for level in LEVELS)
LEDGER_VIEW: Final = "usage_rollups_to_batches"


def drop_level_views(store: Store) -> None:
    """Let rollups go nowhere; the ledger stays."""
    for view in LEVEL_VIEWS:
        store.command(f"DROP VIEW {view}")


def keep_nothing(store: Store) -> None:
    """Make the tables that batches are written to Null tables without views."""
    drop_level_views(store)
    store.command(f"DROP VIEW {LEDGER_VIEW}")
    columns = ", ".join(
        f"`{row['name']}` {row['type']}"
        for row in store.rows(
            "SELECT name, type FROM system.columns WHERE database = currentDatabase() AND table = 'usage_events' "
            "ORDER BY position"
        )
    )
    store.command("DROP TABLE usage_events")
    store.command(f"CREATE TABLE usage_events ({columns}) ENGINE = Null")


def count_facts(store: Store) -> int:
    """Return how many rows the facts table has."""
    return int(store.rows("SELECT count() AS stored FROM usage_events")[0]["stored"])
