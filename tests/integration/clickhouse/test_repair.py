"""Whatever subset of a batch's parts a kill leaves, the repaired store is whole: the batch is in, or it is not."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.stored_facts import (
    DAY_MS,
    TODAY_MS,
    Folder,
    assert_whole,
    facts,
    ledger,
    partition,
    span,
    table,
    write,
    write_facts,
    write_rollups,
)

from tokentide.sinks.clickhouse.audit import audit
from tokentide.sinks.clickhouse.repair import repair
from tokentide.sinks.clickhouse.store import Store
from tokentide.sinks.clickhouse.writer import Writer
from tokentide.streams.transforms.group import group
from tokentide.streams.transforms.ledger import ledger_row

FIRST = span(0, 60)
SECOND = span(60, 130)
# The second batch spans midnight, so that every table gets a part on each of two received days.
FIRST_ROWS = facts(FIRST, TODAY_MS - 60_000)
SECOND_ROWS = facts(SECOND, TODAY_MS - 300)
BOTH = [*FIRST_ROWS, *SECOND_ROWS]
LEVELS = ("usage_model_10s", "usage_model_1h")
YESTERDAY = f"toDate('1970-01-01') + {TODAY_MS // DAY_MS - 1}"


def write_level(store: Store, level: str, day: str = "1") -> None:
    """Write the second batch's rows of one level only, perhaps one received day of them."""
    store.insert_unsettled("usage_rollups_in", group(table(SECOND_ROWS)), f"loose:{level}:{day}")
    for name in LEVELS:
        keep = f"NOT ({day})" if name == level else "1"
        store.command(f"DELETE FROM {name} WHERE loose_rows AND {keep}".replace("loose_rows", MATCH[name]))


# The first batch is in before the second comes, so the second's level rows are told apart by their arrival.
MATCH = dict.fromkeys(LEVELS, f"received_max >= fromUnixTimestamp64Milli({TODAY_MS - 300}, 'UTC')")


def write_ledger(store: Store) -> None:
    store.insert_unsettled("usage_rollups_in", ledger_row(ledger(SECOND, SECOND_ROWS)), "loose:ledger")


@pytest.fixture(scope="module")
def begun(migrated: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store that holds the first batch and was closed cleanly."""
    return filled_copy(migrated, tmp_path_factory.mktemp("begun") / "engine")


def filled_copy(source: Path, target: Path) -> Path:
    shutil.copytree(source, target, symlinks=True)
    folder = Folder(target)
    write(folder.open(), FIRST, FIRST_ROWS)
    folder.close()
    return target


@pytest.fixture
def folder(begun: Path, tmp_path: Path) -> Iterator[Folder]:
    shutil.copytree(begun, tmp_path / "engine", symlinks=True)
    made = Folder(tmp_path / "engine")
    yield made
    made.close()


@pytest.fixture
def store(folder: Folder) -> Store:
    """A store that holds the first batch since before it was last opened cleanly."""
    return folder.open()


def test_kill_before_any_write_changes_nothing(folder: Folder, store: Store) -> None:
    assert_whole(folder.reopen_after_crash(), FIRST_ROWS)


@pytest.mark.parametrize("kept", ["1", f"toDate(received_at) = {YESTERDAY}"], ids=["all facts", "one day's part"])
def test_facts_without_a_ledger_row_are_undone(folder: Folder, store: Store, kept: str) -> None:
    write_facts(store, SECOND, SECOND_ROWS)
    store.command(f"DELETE FROM usage_events WHERE batch_start = 60 AND NOT ({kept})")
    again = folder.reopen_after_crash()
    assert_whole(again, FIRST_ROWS)
    write(again, SECOND, SECOND_ROWS)
    assert_whole(again, BOTH)


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("day", ["1", f"received_day = {YESTERDAY}"], ids=["all days", "one day"])
def test_a_level_ahead_of_the_ledger_is_taken_back(folder: Folder, store: Store, level: str, day: str) -> None:
    write_facts(store, SECOND, SECOND_ROWS)
    write_level(store, level, day)
    again = folder.reopen_after_crash()
    assert_whole(again, FIRST_ROWS)
    write(again, SECOND, SECOND_ROWS)
    assert_whole(again, BOTH)


@pytest.mark.parametrize("missing", LEVELS)
def test_a_batch_in_the_ledger_gets_its_missing_level_from_facts(folder: Folder, store: Store, missing: str) -> None:
    write(store, SECOND, SECOND_ROWS)
    store.command(f"DELETE FROM {missing} WHERE {MATCH[missing]} AND received_day = {YESTERDAY}")
    again = folder.reopen_after_crash()
    assert_whole(again, BOTH)
    assert Writer(again).has_ledger(SECOND)


def test_facts_and_ledger_alone_make_a_whole_batch(folder: Folder, store: Store) -> None:
    write_facts(store, SECOND, SECOND_ROWS)
    write_ledger(store)
    again = folder.reopen_after_crash()
    assert_whole(again, BOTH)


@pytest.mark.parametrize("lost", ["1", "`offset` % 2"], ids=["all", "half"])
def test_a_ledger_row_without_its_facts_is_cut_with_all_after_it(folder: Folder, store: Store, lost: str) -> None:
    """Power loss: the store goes back to the last whole batch, and the log is read again from there."""
    write(store, SECOND, SECOND_ROWS)
    third = span(130, 150)
    write(store, third, facts(third, TODAY_MS + 5000))
    store.command(f"DELETE FROM usage_events WHERE batch_start = 60 AND {lost}")
    again = folder.reopen_after_crash()
    assert_whole(again, FIRST_ROWS)
    assert Writer(again).ledger_end(partition()) == 60


def test_damage_older_than_the_checkpoint_is_left_for_the_audit(folder: Folder, store: Store) -> None:
    """Rows missing from a batch that was verified are no crash: nothing is cut, the audit says so."""
    store.command("DELETE FROM usage_events WHERE batch_start = 0 AND `offset` < 5")
    store = folder.open()
    write(store, SECOND, SECOND_ROWS)
    again = folder.reopen_after_crash()
    assert Writer(again).ledger_end(partition()) == 130
    assert any("stored 60 events but usage_events holds 55" in fault for fault in audit(again).faults)


def test_batches_that_stored_nothing_survive(folder: Folder, store: Store) -> None:
    refused = span(60, 70)
    write_rollups(store, refused, [], dead=10)
    again = folder.reopen_after_crash()
    assert Writer(again).has_ledger(refused)
    assert_whole(again, FIRST_ROWS)


def test_facts_that_a_clean_close_left_in_flight_do_not_mix_with_a_later_crash(folder: Folder, store: Store) -> None:
    """SIGTERM between facts and rollups, then a kill: the batch is undone whole, not counted half."""
    write_facts(store, SECOND, SECOND_ROWS)
    store = folder.open()
    other = span(0, 40, number=1)
    other_rows = facts(other, TODAY_MS - 100)
    write(store, other, other_rows)
    again = folder.reopen_after_crash()
    assert_whole(again, [*FIRST_ROWS, *other_rows])


def test_a_clean_close_between_batches_needs_no_repair(folder: Folder, store: Store) -> None:
    write(store, SECOND, SECOND_ROWS)
    again = folder.open()
    assert again.opening is not None
    assert again.opening.clean
    assert_whole(again, BOTH)


def test_facts_that_a_clean_close_left_in_flight_are_undone(folder: Folder, store: Store) -> None:
    """The next opening has a new boot, under which the whole batch is written anew: kept facts would count twice."""
    write_facts(store, SECOND, SECOND_ROWS)
    again = folder.open()
    assert_whole(again, FIRST_ROWS)
    write(again, SECOND, SECOND_ROWS)
    assert_whole(again, BOTH)


def test_a_new_boot_takes_what_the_old_token_would_have_dropped(folder: Folder, store: Store) -> None:
    """The token log may be ahead of the parts: after a crash the same offsets are accepted under a new boot."""
    write(store, SECOND, SECOND_ROWS)
    before = store.boot
    store.command("DELETE FROM usage_batches WHERE batch_start = 60")
    again = folder.reopen_after_crash()
    assert again.boot != before
    assert_whole(again, FIRST_ROWS)
    write(again, SECOND, SECOND_ROWS)
    assert_whole(again, BOTH)


def test_repair_is_done_again_from_the_start_when_it_was_cut_short(folder: Folder, store: Store) -> None:
    write(store, SECOND, SECOND_ROWS)
    store.command(f"DELETE FROM usage_model_1h WHERE {MATCH['usage_model_1h']}")
    store.command("CREATE TABLE usage_repair_rows AS usage_model_1h")
    store.command("INSERT INTO usage_repair_rows SELECT * FROM usage_model_1h")
    store.command("CREATE TABLE usage_repair_buckets (bucket DateTime('UTC')) ENGINE = MergeTree ORDER BY bucket")
    again = folder.reopen_after_crash()
    assert_whole(again, BOTH)
    left = again.rows("SELECT name FROM system.tables WHERE name LIKE 'usage_repair%'")
    assert left == []


def test_without_a_checkpoint_everything_is_compared(folder: Folder, store: Store) -> None:
    store.command("DELETE FROM usage_model_10s WHERE 1")
    folder.crash()
    (folder.path / "tokentide-open.json").write_text("not json")
    assert_whole(folder.open(), FIRST_ROWS)


def test_only_days_touched_since_the_checkpoint_are_compared(folder: Folder, store: Store) -> None:
    later = span(60, 80)
    write(store, later, facts(later, TODAY_MS + 2 * DAY_MS))
    folder.crash()
    again = folder.open()
    assert again.repaired is not None
    assert [day.isoformat() for day in again.repaired.days] == [
        (table(facts(later, TODAY_MS + 2 * DAY_MS))["received_at"][0].as_py().date().isoformat())
    ]


def test_repair_of_a_whole_store_does_nothing(folder: Folder, store: Store) -> None:
    write(store, SECOND, SECOND_ROWS)
    report = repair(store)
    assert (report.batches_undone, report.batches_cut, report.rebuilt) == (0, 0, ())


def test_an_insert_of_unknown_outcome_forbids_a_clean_mark(folder: Folder, store: Store) -> None:
    broken = table(SECOND_ROWS).rename_columns(["epoch_"] + table(SECOND_ROWS).column_names[1:])
    with pytest.raises(Exception, match="epoch_"):
        store.insert("usage_events", broken, SECOND.token(store.boot))
    again = folder.open()
    assert again.opening is not None
    assert not again.opening.clean
    assert_whole(again, FIRST_ROWS)


@pytest.mark.parametrize("level", LEVELS)
def test_a_wrong_sum_among_rows_written_since_the_checkpoint_is_put_right(
    folder: Folder, store: Store, level: str
) -> None:
    """It counts as many events as there are facts, so only a comparison of every measure can tell."""
    write(store, SECOND, SECOND_ROWS)
    wrong = f"ALTER TABLE {level} UPDATE prompt_tokens = prompt_tokens + 1 WHERE {MATCH[level]}"
    store.command(f"{wrong} SETTINGS mutations_sync = 1")
    again = folder.reopen_after_crash()
    assert_whole(again, BOTH)
    assert again.repaired is not None
    assert level in {table for table, _, _ in again.repaired.rebuilt}


def test_rows_missing_from_what_the_checkpoint_knew_are_put_back(folder: Folder, store: Store) -> None:
    store.command("ALTER TABLE usage_model_10s DELETE WHERE model = 'a/x' SETTINGS mutations_sync = 1")
    assert_whole(folder.reopen_after_crash(), FIRST_ROWS)
