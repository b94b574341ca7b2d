"""The audit finds each way in which the store can fail to add up, and only that."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.stored_facts import EPOCH, TODAY_MS, TOPIC, Folder, facts, span, write, write_facts, write_rollups

from tokentide.sinks.clickhouse.audit import audit
from tokentide.sinks.clickhouse.opening import open_store
from tokentide.sinks.clickhouse.store import Store

FIRST, SECOND = span(0, 60), span(60, 100)
FIRST_ROWS, SECOND_ROWS = facts(FIRST, TODAY_MS - 300), facts(SECOND, TODAY_MS + 4000)


@pytest.fixture(scope="module")
def written(migrated: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A closed store of two batches of one partition, and one of another that only has refusals."""
    path: Path = tmp_path_factory.mktemp("audit") / "engine"
    shutil.copytree(migrated, path, symlinks=True)
    with open_store(f"chdb://{path}") as store:
        write(store, FIRST, FIRST_ROWS)
        write(store, SECOND, SECOND_ROWS)
        write_rollups(store, span(0, 10, number=1), [], dead=6, duplicates=3, dropped=1)
    return path


@pytest.fixture
def store(written: Path, tmp_path: Path) -> Iterator[Store]:
    shutil.copytree(written, tmp_path / "written", symlinks=True)
    with open_store(f"chdb://{tmp_path}/written") as store:
        yield store


def test_a_store_that_adds_up_has_no_fault(store: Store) -> None:
    report = audit(store)
    assert report.faults == ()
    assert report.holds
    sheet = report.sheet
    assert (sheet.received, sheet.stored, sheet.duplicates, sheet.dead_letters) == (110, 100, 3, 6)
    assert (sheet.dropped, dict(sheet.by_reason), report.facts) == (1, {"missing": 6}, 100)
    assert (report.in_flight, report.duplicates_beyond_horizon) == (0, 0)


def test_an_empty_store_adds_up(folder: Folder) -> None:
    assert audit(folder.open()).faults == ()


def test_a_batch_in_flight_is_counted_and_no_fault(store: Store) -> None:
    write_facts(store, span(100, 120), facts(span(100, 120), TODAY_MS + 9000))
    report = audit(store)
    assert (report.facts, report.in_flight, report.faults) == (120, 20, ())


COPY = "INSERT INTO {0} SELECT * FROM {0} ORDER BY ALL LIMIT 1 SETTINGS insert_deduplicate = 0"
BATCH = f"batch [60, 100) of partition 0 of {TOPIC} (epoch {EPOCH})"


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        ("ALTER TABLE usage_batches UPDATE stored = 39 WHERE batch_start = 60", f"{BATCH} covers 40 offsets but"),
        ("ALTER TABLE usage_batches UPDATE received = 41 WHERE batch_start = 60", f"{BATCH} covers 40 offsets but"),
        ("ALTER TABLE usage_batches UPDATE conflicts = 1 WHERE batch_start = 60", f"{BATCH} covers 40 offsets but"),
        ("ALTER TABLE usage_batches UPDATE batch_end = 55, received = 55, stored = 55 WHERE batch_end = 60",
         f"{BATCH} begins 5 offsets after the end"),
        ("INSERT INTO usage_batches SELECT * REPLACE(50 AS batch_start, 60 AS batch_end, 10 AS received, "
         "0 AS stored, 10 AS dropped) FROM (SELECT * FROM usage_batches WHERE batch_start = 0 AND partition = 0)",
         f"batch [50, 60) of partition 0 of {TOPIC} (epoch {EPOCH}) begins 10 offsets before the end"),
        ("DELETE FROM usage_events WHERE batch_start = 60 AND `offset` = 77",
         f"{BATCH} stored 40 events but usage_events holds 39 at 39 offsets"),
        ("DELETE FROM usage_events WHERE batch_start = 60",
         f"{BATCH} stored 40 events but usage_events holds 0 at 0 offsets"),
        ("INSERT INTO usage_events SELECT * FROM usage_events WHERE `offset` = 77",
         f"{BATCH} stored 40 events but usage_events holds 41 at 40 offsets"),
        ("ALTER TABLE usage_events UPDATE payload_hash = 1, `batch_start` = 61 WHERE `offset` = 77",
         f"usage_events holds 1 facts of batch [61, 78) of partition 0 of {TOPIC} (epoch {EPOCH}), which the ledger"),
        (COPY.format("usage_model_10s"), "usage_model_10s, bucket "),
        (COPY.format("usage_model_1h"), "usage_model_1h, bucket "),
        ("DELETE FROM usage_model_10s WHERE model = 'b/x'", "'model': 'b/x'"),
        ("INSERT INTO usage_model_1h SELECT * REPLACE('z/z' AS model) FROM usage_model_1h ORDER BY ALL LIMIT 1",
         "rows that no fact stands behind"),
        ("ALTER TABLE usage_model_10s UPDATE ttft_hist = mapAdd(ttft_hist, map(toUInt16(9), toUInt64(1))) "
         "WHERE model = 'a/x'", "ttft_hist is a histogram of"),
        ("ALTER TABLE usage_model_1h UPDATE cost_sq = cost_sq + 1 WHERE model = 'a/y'", "cost_sq is"),
        ("ALTER TABLE usage_events UPDATE completion_tokens = 5 WHERE `offset` = 3", "completion_tokens is"),
        ("DROP VIEW usage_rollups_to_batches", "table usage_rollups_to_batches is missing"),
        ("ALTER TABLE usage_model_1h MODIFY SETTING non_replicated_deduplication_window = 10", "must have"),
    ],
)  # fmt: skip
def test_each_damage_is_told_in_one_sentence(store: Store, damage: str, said: str) -> None:
    settings = " SETTINGS mutations_sync = 1" if damage.startswith("ALTER") and "UPDATE" in damage else ""
    store.command(damage + settings)
    faults = audit(store).faults
    assert any(said in fault for fault in faults), faults
    assert all("\n" not in fault for fault in faults)


def test_one_id_stored_twice_is_a_duplicate_beyond_the_horizon(store: Store) -> None:
    again = span(10, 11, number=1)
    row = {**facts(again, TODAY_MS + 5000)[0], "event_id": FIRST_ROWS[7]["event_id"]}
    write(store, again, [row])
    report = audit(store)
    assert (report.duplicates_beyond_horizon, report.faults) == (1, ())


def test_keys_in_a_wrong_partition_are_counted(store: Store) -> None:
    from aiokafka.partitioner import DefaultPartitioner

    store.command(f"INSERT INTO usage_topics VALUES ('{EPOCH}', '{TOPIC}', 'c', 'i', 4, now64(3))")
    choose, everywhere = DefaultPartitioner(), [0, 1, 2, 3]
    ids = [row["event_id"].encode() for row in [*FIRST_ROWS, *SECOND_ROWS]]
    wrong = sum(choose(key, everywhere, everywhere) != 0 for key in ids)
    assert audit(store).misplaced_keys == wrong > 0
