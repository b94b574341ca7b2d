"""What must hold of the live schema before anything is written: columns as declared, tokens remembered."""

from collections.abc import Sequence
from typing import Final, Protocol

from tokentide.schemas.alert_columns import ALERT_COLUMNS
from tokentide.schemas.columns import FACT_COLUMNS
from tokentide.schemas.errors import UserError
from tokentide.schemas.rollup_columns import LEDGER_COLUMNS, RECEIVED_DAY, ROLLUP_COLUMNS
from tokentide.sinks.clickhouse.levels import LEVELS, SEALED_LEVELS, WRITTEN
from tokentide.sinks.clickhouse.settings import WINDOW_PARTS, WINDOW_S
from tokentide.sinks.clickhouse.store import Store


class Declared(Protocol):
    """A declared column."""

    @property
    def name(self) -> str:
        """Name in the table."""

    @property
    def clickhouse(self) -> str:
        """Type in the table."""


DECLARED: Final[dict[str, Sequence[Declared]]] = {
    "usage_events": FACT_COLUMNS,
    "usage_rollups_in": ROLLUP_COLUMNS,
    **{level.table: level.shape.columns for level in (*LEVELS, *SEALED_LEVELS)},
    "usage_batches": (RECEIVED_DAY, *LEDGER_COLUMNS),
    "alert_events": ALERT_COLUMNS,
}
"""Tables whose columns derive from the declared schemas."""

RECEIVING: Final = (
    *WRITTEN,
    *(level.table for level in SEALED_LEVELS),
    "usage_boots",
    "usage_topics",
    "usage_watermarks",
    "usage_audits",
    "usage_sealed",
    "published_cells",
    "alert_cells",
    "alert_events",
    "alert_state",
    "alert_limits",
    "alert_actions",
    "alert_deliveries",
    "alert_early",
    "catalogue_models",
    "catalogue_categories",
    "catalogue_places",
    "schema_migrations",
)
"""Stored tables that receive rows, directly or by a view: each must remember insert tokens."""

VIEWS: Final = (*(level.view for level in LEVELS), "usage_rollups_to_batches")


def has_table(store: Store, name: str) -> bool:
    """Tell whether the store's database has this table or view."""
    sql = "SELECT 1 AS found FROM system.tables WHERE database = currentDatabase() AND name = {name:String}"
    return bool(store.rows(sql, {"name": name}))


def check_schema(store: Store) -> None:
    """Refuse a store on which a retried insert could count twice or a column differs from the declared.

    Raises:
        UserError: names the table and what differs.
    """
    for fault in schema_faults(store):
        raise UserError(f"store {store.address}: {fault}")


def schema_faults(store: Store) -> list[str]:
    """Return what differs from the declared schema, one sentence each."""
    tables = store.rows("SELECT name, engine, engine_full FROM system.tables WHERE database = currentDatabase()")
    found = {row["name"]: row for row in tables}
    missing = [name for name in (*DECLARED, *RECEIVING, *VIEWS) if name not in found]
    if missing:
        return [f"table {missing[0]} is missing; run `tokentide migrate`"]
    windows = [fault for name in RECEIVING if (fault := _window_fault(found[name]))]
    live = _live_columns(store)
    return windows + [fault for name in DECLARED if (fault := _column_fault(name, live[name]))]


def _window_fault(table: dict[str, str]) -> str | None:
    replicated = table["engine"].startswith("Replicated")
    wanted = (
        {"replicated_deduplication_window": WINDOW_PARTS, "replicated_deduplication_window_seconds": WINDOW_S}
        if replicated
        else {"non_replicated_deduplication_window": WINDOW_PARTS}
    )
    settings = table["engine_full"].partition(" SETTINGS ")[2].split(", ")
    for name, value in wanted.items():
        if f"{name} = {value}" not in settings:
            return f"table {table['name']} must have {name} = {value}, or a retried insert counts twice"
    return None


def _live_columns(store: Store) -> dict[str, list[tuple[str, str]]]:
    rows = store.rows(
        "SELECT table, name, type FROM system.columns WHERE database = currentDatabase() "
        "AND table IN {tables:Array(String)} AND default_kind != 'MATERIALIZED' ORDER BY table, position",
        {"tables": list(DECLARED)},
    )
    live: dict[str, list[tuple[str, str]]] = {name: [] for name in DECLARED}
    for row in rows:
        live[row["table"]].append((row["name"], row["type"]))
    return live


def _column_fault(table: str, found: list[tuple[str, str]]) -> str | None:
    wanted = [(column.name, column.clickhouse) for column in DECLARED[table]]
    if found == wanted:
        return None
    differing = sorted(set(found) ^ set(wanted)) or [wanted[0]]
    return f"table {table} differs from its declared columns, as in {differing[0][0]}; run `tokentide migrate`"
