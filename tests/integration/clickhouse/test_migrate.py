"""Migrations go forward once, survive being cut short, and refuse what they cannot be sure of."""

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from support.fact_rows import Row, class_columns
from support.stored_facts import TODAY_MS, Folder, assert_whole, facts, ledger, span, table, write

from tokentide.schemas.columns import FACT_COLUMNS
from tokentide.schemas.errors import UserError
from tokentide.schemas.position import Span
from tokentide.sinks.clickhouse.audit import audit
from tokentide.sinks.clickhouse.boots import settle
from tokentide.sinks.clickhouse.check_schema import RECEIVING, check_schema, has_table, schema_faults
from tokentide.sinks.clickhouse.days import stored_days
from tokentide.sinks.clickhouse.layout import Layout
from tokentide.sinks.clickhouse.migrate import migrate
from tokentide.sinks.clickhouse.migration_files import Migration, migrations
from tokentide.sinks.clickhouse.opening import open_store
from tokentide.sinks.clickhouse.rebuild_levels import rebuild_levels
from tokentide.sinks.clickhouse.store import Store
from tokentide.streams.transforms.group import group
from tokentide.streams.transforms.ledger import rollup_block


def schema(store: object) -> list[dict[str, object]]:
    return store.rows(  # type: ignore[attr-defined, no-any-return]
        "SELECT name, create_table_query FROM system.tables WHERE database = currentDatabase() ORDER BY name"
    )


def test_a_second_migrate_changes_nothing(folder: Folder) -> None:
    store = folder.open()
    before = schema(store)
    assert migrate(store) == []
    assert schema(store) == before


def test_a_migration_cut_short_is_run_again(tmp_path: Path) -> None:
    with open_store(f"chdb://{tmp_path}/new") as store:
        migrate(store)
        whole = schema(store)
        store.command("DROP VIEW usage_rollups_to_batches")
        store.command("DELETE FROM schema_migrations WHERE version >= 3")
        assert [name[:4] for name in migrate(store)][:3] == ["0003", "0004", "0005"]
        assert [row["name"] for row in schema(store)] == [row["name"] for row in whole]
        write(store, span(0, 9), facts(span(0, 9), TODAY_MS))
        assert_whole(store, facts(span(0, 9), TODAY_MS))


def test_an_applied_migration_that_changed_is_refused_by_name(folder: Folder) -> None:
    store = folder.open()
    store.command(
        "ALTER TABLE schema_migrations UPDATE checksum = 'other' WHERE version = 3 SETTINGS mutations_sync=1"
    )
    with pytest.raises(UserError, match="migration 0003_rollups was changed after it was applied here"):
        migrate(store)


def test_a_repeatable_migration_that_changed_is_applied_again(folder: Folder) -> None:
    assert Migration(7, "0007_views", "-- repeatable: views only\nSELECT 1;\n").repeatable
    assert not any(migration.repeatable for migration in migrations() if migration.version < 100)


def test_a_store_from_a_newer_program_is_refused(folder: Folder) -> None:
    store = folder.open()
    store.command("INSERT INTO schema_migrations VALUES (9999, '9999_future', 'x', now64(3))")
    with pytest.raises(UserError, match="migration 9999 is newer than this program; upgrade tokentide"):
        migrate(store)


def test_live_columns_are_the_declared_ones(folder: Folder) -> None:
    """Read from the engine, not from what check_schema says of it."""
    live = folder.open().rows("DESCRIBE TABLE usage_events")
    assert [(row["name"], row["type"]) for row in live] == [(c.name, c.clickhouse) for c in FACT_COLUMNS]
    assert len(live) > 50


def test_a_column_of_another_type_is_a_fault_that_names_it(folder: Folder) -> None:
    store = folder.open()
    store.command("ALTER TABLE usage_events MODIFY COLUMN latency_ms Nullable(UInt64)")
    assert schema_faults(store) == [
        "table usage_events differs from its declared columns, as in latency_ms; run `tokentide migrate`"
    ]


@pytest.mark.parametrize("table", ["usage_events", "usage_model_10s", "usage_model_1h", "usage_batches"])
def test_a_table_that_forgets_tokens_is_refused(folder: Folder, table: str) -> None:
    store = folder.open()
    store.command(f"ALTER TABLE {table} MODIFY SETTING non_replicated_deduplication_window = 0")
    with pytest.raises(UserError, match=f"table {table} must have non_replicated_deduplication_window = 100000"):
        check_schema(store)


def test_every_stored_table_is_asked_whether_it_remembers_tokens(folder: Folder) -> None:
    stored = folder.open().rows(
        "SELECT name FROM system.tables WHERE database = currentDatabase() AND engine LIKE '%MergeTree%'"
    )
    assert {row["name"] for row in stored} == set(RECEIVING)


def test_a_missing_view_is_a_fault(folder: Folder) -> None:
    store = folder.open()
    store.command("DROP VIEW usage_rollups_to_model_1h")
    assert schema_faults(store) == ["table usage_rollups_to_model_1h is missing; run `tokentide migrate`"]


def test_retention_of_facts_follows_the_setting(folder: Folder) -> None:
    from datetime import timedelta

    store = folder.open()
    migrate(store, Layout(facts_retention=timedelta(days=30, hours=1)))
    ttl = store.rows("SELECT engine_full AS sql FROM system.tables WHERE name = 'usage_events'")[0]["sql"]
    assert "TTL toDate(received_at) + toIntervalDay(31)" in ttl


def test_models_are_the_catalogue_once(folder: Folder) -> None:
    store = folder.open()
    migrate(store)
    rows = store.rows("SELECT count() AS rows, uniqExact(slug) AS slugs FROM models")[0]
    assert rows["rows"] == rows["slugs"] > 300


def test_coarser_levels_are_sums_of_the_finer(folder: Folder) -> None:
    """Minutes, days and ISO weeks (from Monday 00:00 UTC), against sums over the rows themselves."""
    store = folder.open()
    rows = facts(span(0, 300), TODAY_MS - 3_000_000, step_ms=20_000)
    write(store, span(0, 300), rows)
    for view, seconds, shift in (
        ("usage_model_1m", 60, 0),
        ("usage_model_1d", 86_400, 0),
        ("usage_model_1w", 604_800, 259_200),
    ):
        wanted: dict[int, list[int]] = {}
        for row in rows:
            at = row["event_time"] // 1_000_000
            begins = at - (at + shift) % seconds
            sums = wanted.setdefault(begins, [0, 0])
            sums[0] += 1
            sums[1] += row["prompt_tokens"]
        found = store.rows(
            f"SELECT toUnixTimestamp(bucket) AS at, sum(attempts) AS n, sum(prompt_tokens) AS tokens "
            f"FROM {view} GROUP BY bucket"
        )
        assert {row["at"]: [row["n"], row["tokens"]] for row in found} == wanted, view


OLD_SCHEMA = Path(__file__).with_name("old_schema.sql")
_SINCE = {"used_category", "used_bucket", "used_sub_tag", "used_labels", "used_country", "used_language"}


def old_store(store: Store, rows: list[Row]) -> None:
    """Make a store as it was before there were families, with one batch of facts, its rollups and its ledger row."""
    lines = [line for line in OLD_SCHEMA.read_text(encoding="utf-8").splitlines() if not line.startswith("--")]
    for statement in "\n".join(lines).split(";\n"):
        if statement.strip():
            store.command(statement)
    for migration in migrations()[:6]:
        values = f"({migration.version}, '{migration.name}', '{migration.checksum}', now64(3))"
        store.command(f"INSERT INTO schema_migrations VALUES {values}")
    where = span(0, len(rows))
    settle(store)
    insert_known(store, "usage_events", table(rows), where)
    block = pa.table(rollup_block(group(table(rows)), ledger(where, rows)))
    insert_known(
        store, "usage_rollups_in", block.filter(pc.is_in(block["family"], pa.array(["model", "batch"]))), where
    )


def insert_known(store: Store, name: str, rows: pa.Table, where: Span) -> None:
    """Insert the columns that a table has."""
    columns = [row["name"] for row in store.rows(f"DESCRIBE TABLE {name}")]
    store.insert(name, rows.select(columns), where.token(store.boot))


def test_a_store_of_the_first_schema_keeps_its_rows_and_a_rebuild_fills_the_new_levels(tmp_path: Path) -> None:
    """Facts written before have no category; places come from what was sent, accounts and new sums from facts."""
    rows = facts(span(0, 60), TODAY_MS)
    sent = [
        row
        | class_columns([], looked_at=False)
        | {"billing_country": row["used_country"], "language": row["used_language"]}
        for row in rows
    ]
    with open_store(f"chdb://{tmp_path}/old") as store:
        old_store(store, sent)
        assert not has_table(store, "usage_place_10s")
        assert migrate(store)[0] == "0006_new_columns"
        held = store.rows("SELECT count() AS facts FROM usage_events")[0]["facts"]
        sums = store.rows("SELECT sum(attempts) AS attempts, sum(good_requests) AS good FROM usage_model_1h")[0]
        assert (held, sums) == (60, {"attempts": 60, "good": 0})
        for day in stored_days(store):
            rebuild_levels(store, day)
        assert_whole(store, sent)
        later = span(60, 80)
        write(store, later, facts(later, TODAY_MS))
        assert_whole(store, [*sent, *facts(later, TODAY_MS)])
        assert audit(store).holds
