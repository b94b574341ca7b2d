"""One insert is one block under its token; what a span holds is read back as it was written."""

import numpy as np
import pyarrow as pa
import pytest
import xxhash
from aiokafka.partitioner import DefaultPartitioner
from support.fact_rows import class_columns
from support.stored_facts import (
    DAY_MS,
    EPOCH,
    TODAY_MS,
    TOPIC,
    Folder,
    assert_whole,
    facts,
    partition,
    span,
    table,
    write,
    write_facts,
    write_rollups,
)

from tokentide.sinks.clickhouse.errors import LedgerMismatchError, StaleBootError, Verdict, classify
from tokentide.sinks.clickhouse.store import Store
from tokentide.sinks.clickhouse.writer import Writer


@pytest.fixture
def store(folder: Folder) -> Store:
    return folder.open()


FIRST, SECOND = span(0, 80), span(80, 120)
FIRST_ROWS, SECOND_ROWS = facts(FIRST, TODAY_MS - 300), facts(SECOND, TODAY_MS + 4000)


def test_a_retried_batch_counts_once_in_facts_levels_and_ledger(store: Store) -> None:
    for _ in range(2):
        write(store, FIRST, FIRST_ROWS)
    write(store, SECOND, SECOND_ROWS)
    write(store, FIRST, FIRST_ROWS)
    assert_whole(store, [*FIRST_ROWS, *SECOND_ROWS])
    assert store.rows("SELECT count() AS rows FROM usage_batches") == [{"rows": 2}]


def test_a_retry_heals_a_view_that_failed(store: Store) -> None:
    """The base got its part, a view threw: the same token again fills the rest, once."""
    write_facts(store, FIRST, FIRST_ROWS)
    store.command("DROP VIEW usage_rollups_to_model_1h")
    names = ", ".join(row["name"] for row in store.rows("DESCRIBE TABLE usage_model_1h") if row["name"] != "bucket")
    throws = f"SELECT toDateTime(throwIf(1), 'UTC') AS bucket, {names} FROM usage_rollups_in WHERE family = 'model'"
    store.command(f"CREATE MATERIALIZED VIEW usage_rollups_to_model_1h TO usage_model_1h AS {throws}")
    with pytest.raises(Exception, match="FUNCTION_THROW_IF"):
        write_rollups(store, FIRST, FIRST_ROWS)
    store.command("DROP VIEW usage_rollups_to_model_1h")
    right = f"SELECT toStartOfHour(bucket) AS bucket, {names} FROM usage_rollups_in WHERE family = 'model'"
    store.command(f"CREATE MATERIALIZED VIEW usage_rollups_to_model_1h TO usage_model_1h AS {right}")
    for _ in range(2):
        write_rollups(store, FIRST, FIRST_ROWS)
    assert_whole(store, FIRST_ROWS)


def test_a_retry_heals_the_view_of_accounts_that_failed(store: Store) -> None:
    """The facts got their part, the view over them threw: the same token again fills it, once."""
    name = "usage_events_to_accounts_1d"
    made = store.rows("SELECT create_table_query AS sql FROM system.tables WHERE name = {n:String}", {"n": name})[0]
    described = store.rows("DESCRIBE TABLE usage_accounts_1d")
    columns = [row["name"] for row in described if row["default_type"] != "MATERIALIZED"]
    store.command(f"DROP VIEW {name}")
    throws = ", ".join(f"throwIf(1) AS {column}" for column in columns)
    store.command(f"CREATE MATERIALIZED VIEW {name} TO usage_accounts_1d AS SELECT {throws} FROM usage_events")
    with pytest.raises(Exception, match="FUNCTION_THROW_IF"):
        write_facts(store, FIRST, FIRST_ROWS)
    store.command(f"DROP VIEW {name}")
    store.command(made["sql"])
    for _ in range(2):
        write(store, FIRST, FIRST_ROWS)
    assert_whole(store, FIRST_ROWS)


def test_a_batch_of_which_nothing_was_classified_leaves_the_categories_empty(store: Store) -> None:
    rows = [row | class_columns([], looked_at=False) for row in FIRST_ROWS]
    for _ in range(2):
        write(store, FIRST, rows)
    assert_whole(store, rows)
    assert store.rows("SELECT count() AS rows FROM usage_category_10s") == [{"rows": 0}]


def test_blocks_that_are_alike_count_in_every_view_and_of_every_batch(store: Store) -> None:
    """At the start of an hour the rows at 10 s and at 1 h are the same; so are those of two equal batches."""
    hour_us = (TODAY_MS - 7_200_000) * 1000
    alike = [row | {"event_time": hour_us, "received_at": TODAY_MS} for row in facts(span(0, 20), TODAY_MS)]
    again = [row | {"offset": row["offset"] + 20, "batch_start": 20} for row in alike]
    write(store, span(0, 20), alike)
    write(store, span(20, 40), again)
    assert_whole(store, [*alike, *again])


def test_facts_of_a_span_are_read_back_as_written_in_offset_order(store: Store) -> None:
    write(store, FIRST, FIRST_ROWS)
    write(store, SECOND, SECOND_ROWS)
    write(store, span(0, 80, number=1), facts(span(0, 80, number=1), TODAY_MS))
    writer = Writer(store)
    for received in (None, (TODAY_MS - 300, TODAY_MS + 400)):
        found = writer.facts_of(FIRST, received)
        assert found.schema == table(FIRST_ROWS).schema
        assert found.to_pylist() == table(FIRST_ROWS).to_pylist()
    assert writer.facts_of(span(70, 90)).num_rows == 20
    assert writer.facts_of(span(500, 600)).num_rows == 0


def test_the_ledger_knows_a_span_only_whole(store: Store) -> None:
    writer = Writer(store)
    assert not writer.has_ledger(FIRST)
    assert writer.ledger_end(partition()) is None
    write_facts(store, FIRST, FIRST_ROWS)
    assert not writer.has_ledger(FIRST)
    write_rollups(store, FIRST, FIRST_ROWS)
    assert writer.has_ledger(FIRST)
    assert not writer.has_ledger(SECOND)
    assert not writer.has_ledger(span(0, 80, epoch="other"))
    assert writer.ledger_end(partition()) == 80
    for overlapping in (span(0, 81), span(0, 79), span(10, 20), span(79, 120)):
        with pytest.raises(LedgerMismatchError, match=r"\(0, 80\)"):
            writer.has_ledger(overlapping)


def test_a_batch_of_refusals_has_a_ledger_row_and_no_facts(store: Store) -> None:
    write_facts(store, FIRST, [])
    write_rollups(store, FIRST, [], dead=50, duplicates=20, dropped=10)
    row = store.rows("SELECT received, stored, duplicates, dead, dropped FROM usage_batches")[0]
    assert row == {"received": 80, "stored": 0, "duplicates": 20, "dead": [("missing", 50)], "dropped": 10}


def test_a_token_of_an_older_boot_is_refused(folder: Folder, store: Store) -> None:
    before = store.boot
    store = folder.open()
    with pytest.raises(StaleBootError) as raised:
        write_facts(store, FIRST, FIRST_ROWS, boot=before)
    assert classify(raised.value) is Verdict.STALE_BOOT
    assert_whole(store, [])


def test_more_than_one_block_is_refused(store: Store) -> None:
    many = pa.concat_tables([table(FIRST_ROWS)] * 626)
    with pytest.raises(ValueError, match="50080 rows are more than the 50000"):
        Writer(store).write_facts(many, FIRST, store.boot)


def test_a_block_in_chunks_is_still_one_block(store: Store) -> None:
    half = table(FIRST_ROWS)
    chunked = pa.concat_tables([half.slice(0, 30), half.slice(30)])
    for _ in range(2):
        Writer(store).write_facts(chunked, FIRST, store.boot)
    parts = store.rows("SELECT count() AS parts FROM system.parts WHERE active AND table = 'usage_events'")
    assert store.rows("SELECT count() AS rows FROM usage_events") == [{"rows": 80}]
    assert parts == [{"parts": 2}]  # one for each received day


def test_the_last_append_time_and_the_recent_rate_come_from_the_ledger(store: Store) -> None:
    write(store, FIRST, FIRST_ROWS)
    write(store, SECOND, SECOND_ROWS)
    writer = Writer(store)
    assert writer.last_append_ms(partition(), 80) == FIRST_ROWS[-1]["received_at"]
    assert writer.last_append_ms(partition(), 120) == SECOND_ROWS[-1]["received_at"]
    assert writer.last_append_ms(partition(5), 10) == 0
    assert writer.stored_within(partition(), 1) == 40
    assert writer.stored_within(partition(), 3600) == 120
    assert writer.stored_within(partition(5), 3600) == 0


def window(rows: list[dict]) -> list[tuple[int, int]]:
    return [(xxhash.xxh3_64_intdigest(row["event_id"].encode()), row["payload_hash"]) for row in rows]


def restored(store: Store, start: int, capacity: int, number: int = 0) -> list[tuple[int, int]]:
    ids, payloads = Writer(store).restore_window(partition(number), start, capacity)
    assert ids.dtype == payloads.dtype == np.uint64
    return list(zip(ids.tolist(), payloads.tolist(), strict=True))


def test_the_window_is_the_newest_facts_below_the_start_oldest_first(store: Store) -> None:
    write(store, FIRST, FIRST_ROWS)
    write(store, SECOND, SECOND_ROWS)
    write(store, span(0, 50, number=1), facts(span(0, 50, number=1), TODAY_MS + DAY_MS))
    everything = window([*FIRST_ROWS, *SECOND_ROWS])
    assert restored(store, 120, 1000) == everything
    assert restored(store, 120, 60) == everything[-60:]
    assert restored(store, 80, 1000) == everything[:80]
    assert restored(store, 80, 7) == everything[73:80]
    assert restored(store, 0, 1000) == []


def test_the_window_reaches_into_earlier_epochs_by_key_and_arrival(store: Store) -> None:
    """A recreated topic with other partitions: earlier events whose key belongs here now, newest by arrival."""
    old = [
        (span(0, 60, number, "old"), facts(span(0, 60, number, "old"), TODAY_MS - 300 + number, step_ms=10))
        for number in (0, 1)
    ]
    for where, rows in old:
        write(store, where, rows)
    write(store, FIRST, FIRST_ROWS)
    store.command(f"INSERT INTO usage_topics VALUES ('{EPOCH}', '{TOPIC}', 'c', 'i', 3, now64(3))")
    choose = DefaultPartitioner()
    here = [row for _, rows in old for row in rows if choose(row["event_id"].encode(), [0, 1, 2], [0, 1, 2]) == 0]
    earlier = window(sorted(here, key=lambda row: row["received_at"]))
    assert 0 < len(here) < 120
    assert restored(store, 80, 1000) == earlier + window(FIRST_ROWS)
    assert restored(store, 80, 85) == earlier[-5:] + window(FIRST_ROWS)
    assert restored(store, 80, 80) == window(FIRST_ROWS)


def test_the_engine_hashes_keys_and_ids_as_the_clients_do(store: Store) -> None:
    keys = [f"{'x' * (n % 40)}-{n}" for n in range(500)] + ["é", "日本", "a"]
    found = store.query(
        "SELECT kafkaMurmurHash(key) % 7 AS p, xxh3(key) AS h FROM (SELECT arrayJoin({keys:Array(String)}) AS key)",
        {"keys": keys},
    ).to_pylist()
    choose = DefaultPartitioner()
    everywhere = list(range(7))
    assert [row["p"] for row in found] == [choose(key.encode(), everywhere, everywhere) for key in keys]
    assert [row["h"] for row in found] == [xxhash.xxh3_64_intdigest(key.encode()) for key in keys]


def test_caps_are_the_values_used_on_the_last_days_before_the_start(store: Store) -> None:
    old = span(0, 10)
    write(store, old, facts(old, TODAY_MS - 5 * DAY_MS))
    write(store, span(10, 90), rows := facts(span(10, 90), TODAY_MS - 300))
    after = facts(span(90, 91), TODAY_MS + 9000)
    write(store, span(90, 91), [{**after[0], "used_model": "late/one"}])
    found = Writer(store).restore_caps(partition(), 90)
    wanted: dict[tuple[int, str], set[str]] = {}
    for row in rows:
        day = row["received_at"] // DAY_MS
        for name in ("gateway", "tenant", "model", "author", "provider", "variant", "language"):
            wanted.setdefault((day, name), set()).add(row[f"used_{name}"])
    for values in wanted.values():
        values.discard("other")
    assert {key: set(values) for key, values in found.items()} == wanted
    assert Writer(store).restore_caps(partition(3), 90) == {}
