"""Opening a store: one sentence for each thing that can be wrong, marks on the folder, queries beside inserts."""

import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from support.stored_facts import TODAY_MS, Folder, facts, span, table, write

from tokentide.schemas.errors import UsageError, UserError
from tokentide.sinks.clickhouse.errors import RepairPendingError, StoreClosedError
from tokentide.sinks.clickhouse.opening import open_store


def test_a_path_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match=r"store .*/file/engine: the folder cannot be made \(Not a directory\)"):
        open_store(f"chdb://{tmp_path}/file/engine")


def test_a_folder_without_a_store_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="there is no store in this folder to read"):
        open_store(f"chdb://{tmp_path}", readonly=True)


@pytest.mark.parametrize("readonly", [False, True])
def test_a_folder_that_another_process_holds_is_named(folder: Folder, readonly: bool) -> None:
    folder.open()
    child = (
        "import sys; from tokentide.sinks.clickhouse.opening import open_store\n"
        f"try: open_store({folder.url!r}, readonly={readonly})\n"
        "except Exception as error: print(type(error).__name__, error)"
    )
    done = subprocess.run([sys.executable, "-c", child], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.startswith(f"UserError store {folder.path}: another process holds this folder;")
    assert done.stderr == ""


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("clickhouse://u:secret@127.0.0.1:1/db", r"nothing answers at 127.0.0.1:1 \(connection refused\)"),
        ("clickhouse://u:secret@no-such-host.invalid/db", r"nothing answers at .*:8123 \(unknown host\)"),
    ],
)
def test_a_server_that_does_not_answer_is_named_without_its_password(url: str, said: str) -> None:
    with pytest.raises(UserError, match=said) as raised:
        open_store(url)
    assert "secret" not in str(raised.value)


@pytest.mark.parametrize("url", ["postgres://x", "chdb://relative", "chdb:///", "clickhouse://:8123", "nothing"])
def test_what_is_no_store_address_is_refused_as_such(url: str) -> None:
    with pytest.raises(UsageError, match="TOKENTIDE_STORE"):
        open_store(url)


def test_a_fresh_folder_takes_no_rows_before_it_is_migrated(tmp_path: Path) -> None:
    with open_store(f"chdb://{tmp_path}/new") as store, pytest.raises(RepairPendingError, match="tokentide migrate"):
        store.insert("usage_events", table(facts(span(0, 1), TODAY_MS)), "token")


def test_a_read_only_opening_writes_nothing_and_leaves_the_marks(folder: Folder) -> None:
    with open_store(folder.url, readonly=True) as store:
        assert store.rows("SELECT count() AS rows FROM usage_events") == [{"rows": 0}]
        with pytest.raises(UserError, match="opened read-only"):
            store.command("DROP TABLE usage_events")
        with pytest.raises(UserError, match="opened read-only"):
            store.insert("usage_events", table(facts(span(0, 1), TODAY_MS)), "token")
    assert (folder.path / "tokentide-clean.json").exists()


def test_each_opening_has_a_boot_id_of_its_own(folder: Folder) -> None:
    boots = [folder.open().boot for _ in range(3)]
    assert len(set(boots)) == 3
    recorded = folder.open().rows("SELECT boot FROM usage_boots ORDER BY number")
    assert [row["boot"] for row in recorded][1:4] == boots


def test_the_folder_is_marked_clean_only_while_it_is_closed(folder: Folder) -> None:
    store = folder.open()
    assert not (folder.path / "tokentide-clean.json").exists()
    store.close()
    assert (folder.path / "tokentide-clean.json").exists()
    assert not (folder.path / "tokentide-open.json").exists()


def test_a_closed_store_says_so(folder: Folder) -> None:
    store = folder.open()
    store.close()
    store.close()
    for use in (lambda: store.rows("SELECT 1"), lambda: store.command("SELECT 1")):
        with pytest.raises(StoreClosedError):
            use()


def test_inserted_bytes_pass_through_a_private_place_and_leave_nothing(folder: Folder) -> None:
    store = folder.open()
    write(store, span(0, 5), facts(span(0, 5), TODAY_MS))
    places = [place for place in Path("/dev/shm").glob("tokentide-*") if place.stat().st_mode & 0o077]
    assert places == []
    passage = store._folder._inserts  # type: ignore[union-attr]
    assert list(passage.iterdir()) == []
    store.close()
    assert not passage.exists()


def test_a_query_does_not_wait_for_an_insert(folder: Folder) -> None:
    """While the writer's client is held, readers answer; two at a time."""
    store = folder.open()
    slow = threading.Thread(target=store.command, args=("SELECT sleep(1.5) FORMAT Null",))
    slow.start()
    time.sleep(0.1)
    began = time.monotonic()
    assert store.rows("SELECT 1 AS one") == [{"one": 1}]
    took = time.monotonic() - began
    waited = slow.is_alive()
    slow.join()
    assert waited, f"the query took {took:.2f} s"


def test_closing_waits_for_a_running_query(folder: Folder) -> None:
    store = folder.open()
    found: list[int] = []
    query = "SELECT sum(sleepEachRow(0.1)) + 7 AS seven FROM numbers(5)"
    reader = threading.Thread(target=lambda: found.append(store.rows(query)[0]["seven"]))
    reader.start()
    time.sleep(0.1)
    store.close()
    reader.join()
    assert found == [7]


def test_fsync_is_a_setting_of_every_table_that_batches_reach(folder: Folder) -> None:
    folder.close()
    tables = ["usage_events", "usage_model_10s", "usage_model_1h", "usage_batches"]
    for wanted in (True, False):
        with open_store(folder.url, fsync=wanted) as store:
            live = store.rows(
                "SELECT name, engine_full FROM system.tables WHERE name IN {tables:Array(String)}", {"tables": tables}
            )
            assert [("fsync_after_insert = 1" in row["engine_full"]) for row in live] == [wanted] * 4
            assert [("fsync_part_directory = 1" in row["engine_full"]) for row in live] == [wanted] * 4
