"""Bring the schema of a store up to date: ordered SQL files, each applied once and remembered."""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import resources
from typing import Final

import pyarrow as pa

from tokentide.schemas.errors import UserError
from tokentide.sinks.clickhouse.boots import settle
from tokentide.sinks.clickhouse.check_schema import check_schema, has_table
from tokentide.sinks.clickhouse.layout import Layout, render
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


@dataclass(frozen=True, slots=True)
class Migration:
    """One SQL file: its number, name and text with placeholders."""

    version: int
    name: str
    text: str

    @property
    def checksum(self) -> str:
        """SHA-256 of the text as written in the file."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    def statements(self, layout: Layout) -> list[str]:
        """Return the statements to run, in order."""
        lines = [line for line in render(self.text, layout).splitlines() if not line.startswith("--")]
        return [part.strip() for part in "\n".join(lines).split(";\n") if part.strip(";\n ")]


def migrations() -> list[Migration]:
    """Return every migration in order of its number."""
    folder = resources.files("tokentide.sinks.clickhouse.migrations")
    files = sorted(file.name for file in folder.iterdir() if file.name.endswith(".sql"))
    return [
        Migration(int(name[:4]), name.removesuffix(".sql"), (folder / name).read_text(encoding="utf-8"))
        for name in files
    ]


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
    rows = store.rows(
        "SELECT version, any(name) AS name, any(checksum) AS checksum FROM schema_migrations GROUP BY 1"
    )
    applied = {row["version"]: row for row in rows}
    unknown = applied.keys() - {migration.version for migration in known}
    if unknown:
        name = applied[max(unknown)]["name"]
        raise UserError(
            f"store {store.address}: migration {name} is newer than this program; upgrade tokentide"
        )
    for migration in known:
        if migration.version in applied and applied[migration.version]["checksum"] != migration.checksum:
            raise UserError(
                f"store {store.address}: migration {migration.name} was changed after it was applied here; "
                "changes belong in a new migration"
            )
    return [migration for migration in known if migration.version not in applied]


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
        f"migration:{migration.version}:{store.boot}",
    )
