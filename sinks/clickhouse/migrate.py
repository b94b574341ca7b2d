"""Bring the schema of a store up to date: ordered SQL files, each applied once and remembered."""

from datetime import UTC, datetime
from typing import Final

import pyarrow as pa

from tokentide.schemas.errors import UserError
from tokentide.sinks.clickhouse.boots import settle
from tokentide.sinks.clickhouse.check_schema import check_schema, has_table
from tokentide.sinks.clickhouse.layout import Layout
from tokentide.sinks.clickhouse.mapping_tables import fill_categories, fill_places
from tokentide.sinks.clickhouse.migration_files import Migration, migrations
from tokentide.sinks.clickhouse.models import fill_models
from tokentide.sinks.clickhouse.store import Store
from tokentide.sinks.clickhouse.table_settings import apply_facts_days, apply_fsync

_BOOTSTRAP: Final = 0
_RECORD: Final = pa.schema(
    [
        pa.field("version", pa.uint32(), nullable=False),
        pa.field("name", pa.string(), nullable=False),
        pa.field("checksum", pa.string(), nullable=False),
        pa.field("applied_at", pa.timestamp("ms", "UTC"), nullable=False),
    ]
)


def migrate(store: Store, layout: Layout | None = None) -> list[str]:
    """Apply what is missing, fill the model table, repair after an unclean close; return what was applied.

    Running it again changes nothing. A migration cut short is run again: every statement is idempotent.

    Raises:
        UserError: an applied migration was changed since, or the store is newer than this program.
    """
    layout = layout or Layout()
    known = migrations()
    _run(store, known[_BOOTSTRAP], layout)
    applied = pending(store, known)
    for migration in applied:
        _run(store, migration, layout)
        _record(store, migration)
    apply_facts_days(store, layout)
    apply_fsync(store)
    fill_models(store)
    fill_categories(store)
    fill_places(store)
    check_schema(store)
    settle(store)
    return [migration.name for migration in applied]


def pending(store: Store, known: list[Migration] | None = None) -> list[Migration]:
    """Return the migrations the store does not have yet.

    Raises:
        UserError: as `migrate`.
    """
    known = migrations() if known is None else known
    if not has_table(store, "schema_migrations"):
        return known
    applied = _applied(store)
    if applied and max(applied) > known[-1].version:
        raise UserError(
            f"store {store.address}: migration {max(applied)} is newer than this program; upgrade tokentide"
        )
    missing = [migration for migration in known if applied.get(migration.version) != migration.checksum]
    for migration in missing:
        if migration.version in applied and not migration.repeatable:
            raise UserError(
                f"store {store.address}: migration {migration.name} was changed after it was applied here; "
                "changes belong in a new migration"
            )
    return missing


def _applied(store: Store) -> dict[int, str]:
    """Return the checksum of each applied migration as last applied."""
    rows = store.rows(
        "SELECT version, argMax(checksum, applied_at) AS checksum FROM schema_migrations GROUP BY version"
    )
    return {row["version"]: row["checksum"] for row in rows}


def _run(store: Store, migration: Migration, layout: Layout) -> None:
    for statement in migration.statements(layout):
        store.command(statement)


def _record(store: Store, migration: Migration) -> None:
    row = {
        "version": migration.version,
        "name": migration.name,
        "checksum": migration.checksum,
        "applied_at": datetime.now(UTC),
    }
    store.insert_unsettled(
        "schema_migrations",
        pa.Table.from_pylist([row], _RECORD),
        f"migration:{migration.version}:{migration.checksum}:{store.boot}",
    )
