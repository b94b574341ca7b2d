"""`tokentide rebuild`: afterwards no event counts twice, whatever killed it; or it refuses and touches nothing.

What must be left is counted here, from the rows that were written.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from support.fact_rows import Row
from support.store_process import PASSWORD, StoreProcess
from support.stored_facts import (
    DAY_MS,
    EPOCH,
    TODAY_MS,
    Folder,
    assert_whole,
    facts,
    span,
    write,
    write_facts,
    write_rollups,
)
from typer.testing import CliRunner

from tokentide.cli.app import app
from tokentide.schemas.errors import UserError
from tokentide.sinks.clickhouse.audit import audit
from tokentide.sinks.clickhouse.days import sealed_before
from tokentide.sinks.clickhouse.opening import open_store
from tokentide.sinks.clickhouse.rebuild_days import rebuild_days
from tokentide.sinks.clickhouse.store import Store

YESTERDAY, TODAY = (datetime.fromtimestamp(ms / 1000, UTC).date() for ms in (TODAY_MS - DAY_MS, TODAY_MS))
EARLIER = "cluster.0"


def again(rows: list[Row], original: list[Row], pairs: dict[int, int], *, conflicting: bool = False) -> None:
    """Make the n-th row repeat the m-th original, for each n: m."""
    for place, first in pairs.items():
        rows[place]["event_id"] = original[first]["event_id"]
        rows[place]["payload_hash"] = original[first]["payload_hash"] ^ conflicting


def batches() -> list[tuple[Any, list[Row]]]:
    """Batches over two days, two partitions and two epochs, with repetitions across all of them."""
    old = (span(0, 30, epoch=EARLIER), facts(span(0, 30, epoch=EARLIER), TODAY_MS - DAY_MS + 5_000))
    night = (span(0, 40), facts(span(0, 40), TODAY_MS - 20 * 1000, 1000))
    other = (span(0, 25, number=1), facts(span(0, 25, number=1), TODAY_MS + 3_600_000, 60_000))
    late = (span(40, 80), facts(span(40, 80), TODAY_MS + 9_000_000))
    again(night[1], old[1], {2: 3, 30: 4})
    again(night[1], old[1], {5: 9}, conflicting=True)
    again(other[1], night[1], {0: 10, 1: 2, 24: 39})
    again(other[1], night[1], {3: 11}, conflicting=True)
    again(late[1], late[1], {7: 6, 8: 6})
    again(late[1], other[1], {20: 20}, conflicting=True)
    # Received in the same millisecond as its repetition: the lower partition is the first.
    again(other[1], late[1], {15: 15})
    other[1][15]["received_at"] = late[1][15]["received_at"]
    return [old, night, other, late]


def order(row: Row) -> tuple[Any, ...]:
    return row["received_at"], row["epoch"], row["partition"], row["offset"]


def sorted_out(written: list[tuple[Any, list[Row]]], until: date = date.max) -> tuple[list[Row], dict[Any, Counter]]:
    """The rows that stay and, per batch, how many go as what; rows received after `until` all stay."""
    first: dict[str, Row] = {}
    stay, gone = [], {where: Counter() for where, _ in written}
    by_batch = {id(row): where for where, rows in written for row in rows}
    for row in sorted((row for _, rows in written for row in rows), key=order):
        kept = first.setdefault(row["event_id"], row)
        if kept is row or datetime.fromtimestamp(row["received_at"] / 1000, UTC).date() > until:
            stay.append(row)
        else:
            kind = "duplicates" if row["payload_hash"] == kept["payload_hash"] else "conflicts"
            gone[by_batch[id(row)]][kind] += 1
    return stay, gone


@pytest.fixture(scope="module")
def written(migrated: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A closed store of the batches, every row of them stored."""
    path: Path = tmp_path_factory.mktemp("rebuild") / "engine"
    shutil.copytree(migrated, path, symlinks=True)
    with open_store(f"chdb://{path}") as store:
        for where, rows in batches():
            write(store, where, rows)
        write_rollups(store, span(25, 35, number=1), [], dead=6, duplicates=3, dropped=1)
    return path


@pytest.fixture
def stored(written: Path, tmp_path: Path) -> Any:
    shutil.copytree(written, tmp_path / "written", symlinks=True)
    made = Folder(tmp_path / "written")
    yield made
    made.close()


def ledger(store: Store) -> dict[tuple[str, int, int], tuple[int, ...]]:
    rows = store.rows("SELECT *, dead['conflict'] AS refused, dead['missing'] AS missing FROM usage_batches")
    counted = ("received", "stored", "duplicates", "conflicts", "refused", "missing", "dropped")
    return {
        (row["epoch"], row["partition"], row["batch_start"]): tuple(row[name] for name in counted) for row in rows
    }


def assert_sorted_out(store: Store, until: date = date.max) -> None:
    """Facts, levels and ledger are what is counted here, and the audit holds."""
    stay, gone = sorted_out(batches(), until)
    assert_whole(store, stay)
    wanted = {(EPOCH, 1, 25): (10, 0, 3, 0, 0, 6, 1)}
    for where, rows in batches():
        twice, other = gone[where]["duplicates"], gone[where]["conflicts"]
        key = (where.partition.epoch, where.partition.number, where.start)
        wanted[key] = (len(rows), len(rows) - twice - other, twice, other, other, 0, 0)
    assert ledger(store) == wanted
    report = audit(store)
    assert report.faults == ()
    if until == date.max:
        assert report.duplicates_beyond_horizon == 0


def run(folder: Folder, *arguments: str) -> Any:
    return CliRunner().invoke(app, ["rebuild", "--store", folder.url, *arguments])


BOTH = ("--from", str(YESTERDAY), "--to", str(TODAY))


def test_repeated_events_go_and_the_balance_holds(stored: Folder) -> None:
    assert audit(stored.open()).duplicates_beyond_horizon == 11
    stored.close()
    answer = run(stored, *BOTH, "--json")
    assert answer.exit_code == 0, answer.output
    said = json.loads(answer.stdout.splitlines()[-1])
    _, gone = sorted_out(batches())
    total = sum(gone.values(), Counter())
    assert (said["duplicates"], said["conflicts"], said["changed"]) == (total["duplicates"], total["conflicts"], True)
    assert [day["day"] for day in said["days"]] == [str(YESTERDAY), str(TODAY)]
    assert_sorted_out(stored.open())


def test_a_second_run_changes_nothing_and_says_so(stored: Folder) -> None:
    assert run(stored, *BOTH).exit_code == 0
    blocks = newest_blocks(stored.open())
    stored.close()
    answer = run(stored, *BOTH)
    assert "nothing to change" in answer.stdout.splitlines()[-1]
    assert answer.stdout.startswith(f"{YESTERDAY}: nothing to change; ")
    assert newest_blocks(stored.open()) == blocks


def newest_blocks(store: Store) -> list[dict[str, Any]]:
    """The last block written to each partition of each table: the engine's own merges leave it as it is."""
    return store.rows(
        "SELECT table, partition_id, max(max_block_number) AS newest FROM system.parts "
        "WHERE active AND database = currentDatabase() AND table LIKE 'usage_%' AND table != 'usage_boots' "
        "GROUP BY ALL ORDER BY ALL"
    )


def test_one_day_is_compared_with_the_days_before_it_and_later_days_are_left(stored: Folder) -> None:
    store = stored.open()
    rebuild_days(store, YESTERDAY, YESTERDAY)
    assert_sorted_out(store, until=YESTERDAY)
    rebuild_days(store, TODAY, TODAY)
    assert_sorted_out(store)


@pytest.fixture(scope="class")
def rebuilt(written: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """An open store after a rebuild; each test that damages it leaves it right again."""
    path: Path = tmp_path_factory.mktemp("rebuilt") / "engine"
    shutil.copytree(written, path, symlinks=True)
    with open_store(f"chdb://{path}") as store:
        rebuild_days(store, YESTERDAY, TODAY)
        yield store


_DAMAGES = (
    "ALTER TABLE usage_model_10s UPDATE attempts = attempts + 1 WHERE model = 'a/x' SETTINGS mutations_sync = 1",
    "ALTER TABLE usage_model_1h DELETE WHERE model = 'a/y' SETTINGS mutations_sync = 1",
    "INSERT INTO usage_model_1h SELECT * REPLACE('z/z' AS model) FROM usage_model_1h LIMIT 3 "
    "SETTINGS insert_deduplicate = 0",
    "TRUNCATE TABLE usage_model_10s",
    "TRUNCATE TABLE usage_model_1h",
)


class TestDamagedLevels:
    """One store for all of them: opening and rebuilding it took most of their time."""

    @pytest.mark.parametrize("damage", _DAMAGES)
    def test_levels_are_recomputed(self, rebuilt: Store, damage: str) -> None:
        rebuilt.command(damage)
        assert audit(rebuilt).faults
        assert any(report.buckets for report in rebuild_days(rebuilt, YESTERDAY, TODAY))
        assert_sorted_out(rebuilt)


def test_nothing_received_is_nothing_to_change(folder: Folder) -> None:
    answer = run(folder, *BOTH)
    assert (answer.exit_code, "nothing to change; 0 received days" in answer.stdout) == (0, True)


def contents(store: Store) -> list[Any]:
    tables = ("usage_events", "usage_model_10s", "usage_model_1h", "usage_batches")
    sql = "SELECT groupArray(cityHash64(*)) AS rows FROM (SELECT * FROM {0} ORDER BY ALL)"
    return [store.parts(), *(store.rows(sql.format(table)) for table in tables)]


def refused(store: Store, first: date = YESTERDAY, last: date = TODAY) -> str:
    """The sentence with which a rebuild is refused; nothing has changed then."""
    before = contents(store)
    with pytest.raises(UserError) as error:
        rebuild_days(store, first, last)
    assert contents(store) == before
    return str(error.value)


def test_a_day_with_missing_facts_is_refused_by_name(stored: Folder) -> None:
    store = stored.open()
    store.command("DELETE FROM usage_events WHERE epoch = 'cluster.1' AND partition = 1 AND `offset` = 24")
    said = refused(store)
    assert f"{TODAY}: its facts are not complete: batch [0, 25) of partition 1" in said
    assert str(YESTERDAY) not in said
    assert said.count("\n") == 0
    rebuild_days(store, YESTERDAY, YESTERDAY)


def test_both_days_of_a_batch_over_midnight_are_refused(stored: Folder) -> None:
    store = stored.open()
    store.command("DELETE FROM usage_events WHERE epoch = 'cluster.1' AND partition = 0 AND `offset` = 3")
    said = refused(store)
    assert f"{YESTERDAY}: its facts are not complete: batch [0, 40) of partition 0" in said
    assert f"{TODAY}: its facts are not complete" in said


def test_a_position_stored_twice_is_refused(stored: Folder) -> None:
    store = stored.open()
    where = "WHERE epoch = 'cluster.1' AND partition = 1 AND `offset` = 24"
    store.command(f"INSERT INTO usage_events SELECT * FROM usage_events {where} SETTINGS insert_deduplicate = 0")
    store.command("DELETE FROM usage_events WHERE epoch = 'cluster.1' AND partition = 1 AND `offset` = 23")
    assert "offset 24 of partition 1" in refused(store)


def test_facts_without_a_ledger_row_are_refused(stored: Folder) -> None:
    store = stored.open()
    write_facts(store, span(80, 90), facts(span(80, 90), TODAY_MS + 9_900_000))
    assert f"{TODAY}: batch 80 of partition 0" in refused(store)


def test_days_whose_facts_may_have_expired_are_refused(folder: Folder) -> None:
    store = folder.open()
    long_ago = TODAY_MS - 399 * DAY_MS
    write_rollups(store, span(0, 10), facts(span(0, 10), long_ago))
    day = TODAY - timedelta(days=399)
    folder.close()
    answer = run(folder, "--from", str(day), "--to", str(TODAY))
    assert answer.exit_code == 1
    assert isinstance(answer.exception, UserError)
    assert f"{day}: its facts may have expired (they are kept 400 days)" in str(answer.exception)


def test_on_a_server_only_sealed_days_are_rebuilt(stored: Folder) -> None:
    """Both partitions of the newer epoch passed yesterday's end by more than ten minutes, neither passed today's."""
    store = stored.open()
    store.command(
        f"INSERT INTO usage_topics VALUES ('{EARLIER}', 'usage.events.v1', 'c', 'i', 1, '2026-01-01 00:00:00')"
    )
    store.command(
        f"INSERT INTO usage_topics VALUES ('{EPOCH}', 'usage.events.v1', 'c', 'j', 2, '2026-02-01 00:00:00')"
    )
    store.embedded = False
    assert f"because of {TODAY}: it is not sealed" in refused(store)
    rebuild_days(store, YESTERDAY, YESTERDAY)
    store.embedded = True
    assert_sorted_out(store, until=YESTERDAY)


def test_it_works_through_the_store_server(stored: Folder) -> None:
    """Yesterday is sealed there: both partitions of the newer epoch are past it."""
    with StoreProcess.start(stored.path) as server:
        server.client().command(
            f"INSERT INTO usage_topics VALUES ('{EARLIER}', 'usage.events.v1', 'c', 'i', 1, '2026-01-01 00:00:00'), "
            f"('{EPOCH}', 'usage.events.v1', 'c', 'j', 2, '2026-02-01 00:00:00')"
        )
        url = f"clickhouse://default:{quote(PASSWORD)}@127.0.0.1:{server.port}/default"
        days = ("--from", str(YESTERDAY), "--to", str(YESTERDAY))
        answer = CliRunner().invoke(app, ["rebuild", "--store", url, *days])
        assert answer.exit_code == 0, answer.exception
        assert server.stop() == 0
    assert_sorted_out(stored.open(), until=YESTERDAY)


def test_a_day_is_sealed_ten_minutes_after_every_partition_passed_it() -> None:
    midnight = datetime(2026, 3, 5, tzinfo=UTC)
    assert sealed_before(midnight + timedelta(minutes=10)) == date(2026, 3, 5)
    assert sealed_before(midnight + timedelta(minutes=9, seconds=59)) == date(2026, 3, 4)
    assert sealed_before(None) is None


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--from", "yesterday", "--to", "2026-01-01"), "--from is 'yesterday'"),
        (("--from", "2026-01-02", "--to", "2026-01-01"), "--from is 2026-01-02, which is after --to"),
    ],
)
def test_days_that_are_none_are_told(folder: Folder, arguments: tuple[str, ...], said: str) -> None:
    assert said in str(run(folder, *arguments).exception)


def doomed(folder: Folder, fatal: int, when: str) -> subprocess.CompletedProcess[str]:
    module = "integration.clickhouse.killed_rebuild"
    return subprocess.run(
        [sys.executable, "-m", module, folder.url, str(YESTERDAY), str(TODAY), str(fatal), when],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        text=True,
        timeout=120,
    )


def killed_and_run_again(folder: Folder, fatal: int, when: str) -> None:
    assert doomed(folder, fatal, when).returncode == -signal.SIGKILL
    answer = run(folder, *BOTH)
    assert answer.exit_code == 0, answer.output
    assert_sorted_out(folder.open())


@pytest.mark.parametrize(("fatal", "when"), [(10, "before"), pytest.param(20, "after", marks=pytest.mark.long)])
def test_a_rebuild_killed_at_any_statement_is_finished_by_the_next(stored: Folder, fatal: int, when: str) -> None:
    killed_and_run_again(stored, fatal, when)


def test_opening_the_store_finishes_a_killed_rebuild(stored: Folder) -> None:
    """A worker, too, finds a store that adds up."""
    assert doomed(stored, 9, "after").returncode == -signal.SIGKILL
    assert_sorted_out(stored.open())


class CutError(Exception):
    """Ends a rebuild in the middle."""


def test_a_rebuild_cut_short_anywhere_is_finished_by_the_next_without_a_repair(
    stored: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on a server, which nothing repairs at its opening; each run gets a few statements further."""
    store, command = stored.open(), Store.command
    for allowed in range(4, 200, 24):
        left = allowed

        def cut(self: Store, sql: str) -> None:
            nonlocal left
            if left == 0:
                raise CutError(sql)
            left -= 1
            command(self, sql)

        monkeypatch.setattr(Store, "command", cut)
        try:
            rebuild_days(store, YESTERDAY, TODAY)
        except CutError:
            continue
        break
    assert allowed > 20
    monkeypatch.undo()
    assert_sorted_out(store)


@pytest.mark.long
@pytest.mark.timeout(1200)
def test_a_rebuild_killed_at_every_statement(written: Path, tmp_path: Path) -> None:
    shutil.copytree(written, tmp_path / "whole", symlinks=True)
    statements = int(doomed(Folder(tmp_path / "whole"), 0, "never").stdout)
    assert statements > 20
    for fatal in range(1, statements + 1):
        for when in ("before", "after"):
            shutil.copytree(written, tmp_path / f"{when}{fatal}", symlinks=True)
            folder = Folder(tmp_path / f"{when}{fatal}")
            killed_and_run_again(folder, fatal, when)
            folder.close()
            shutil.rmtree(folder.path)
