"""The audit that runs by itself finds a wrong row within three minutes, and calls nothing wrong that is not."""

import shutil
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from support.stored_facts import Folder, facts, span, write, write_facts

from tokentide.sinks.clickhouse.audit_continuous import ContinuousAudit, next_sealed
from tokentide.sinks.clickhouse.audit_rows import last_runs
from tokentide.sinks.clickhouse.audit_suspects import Suspects
from tokentide.sinks.clickhouse.opening import open_store
from tokentide.sinks.clickhouse.store import Store

NOW = datetime.now(UTC).replace(microsecond=0)
HALF_AN_HOUR_AGO = round((NOW - timedelta(minutes=30)).timestamp() * 1000)
MINUTE = timedelta(minutes=1)


@pytest.fixture(scope="module")
def written(migrated: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with two batches received half an hour ago; some of their events are 140 days old."""
    path: Path = tmp_path_factory.mktemp("watch") / "engine"
    shutil.copytree(migrated, path, symlinks=True)
    with open_store(f"chdb://{path}") as store:
        for where in (span(0, 60), span(60, 100)):
            write(store, where, facts(where, HALF_AN_HOUR_AGO + where.start * 100))
    return path


@pytest.fixture
def store(written: Path, tmp_path: Path) -> Iterator[Store]:
    shutil.copytree(written, tmp_path / "written", symlinks=True)
    with open_store(f"chdb://{tmp_path}/written") as store:
        yield store


def watch(store: Store, said: list[str]) -> ContinuousAudit:
    return ContinuousAudit(store, said.append, pause_s=0.0)


@pytest.mark.parametrize(
    ("damage", "named"),
    [
        ("DELETE FROM usage_model_10s WHERE model = 'b/x'", "usage_model_10s, bucket "),
        ("DELETE FROM usage_model_1h WHERE model = 'b/x'", "usage_model_1h, bucket "),
        ("ALTER TABLE usage_model_1h UPDATE cost_sq = cost_sq + 1 WHERE model = 'a/y'", "cost_sq is"),
        ("ALTER TABLE usage_model_10s UPDATE attempts = attempts + 1 WHERE model = 'a/y'", "attempts is"),
        ("ALTER TABLE usage_events UPDATE completion_tokens = 5 WHERE `offset` = 3", "completion_tokens is"),
        ("DELETE FROM usage_events WHERE `offset` = 77", "stored 40 events but usage_events holds 39"),
    ],
)
def test_a_wrong_row_of_the_last_two_hours_is_told_in_the_second_run(store: Store, damage: str, named: str) -> None:
    said: list[str] = []
    audit = watch(store, said)
    assert audit.run(NOW).mismatches == 0
    store.command(damage + (" SETTINGS mutations_sync = 1" if damage.startswith("ALTER") else ""))

    audit.run(NOW + MINUTE)
    assert said == []
    found = audit.run(NOW + 2 * MINUTE)

    assert any(named in sentence for sentence in said), said
    assert all("tokentide rebuild --from" in sentence and "\n" not in sentence for sentence in said)
    assert found.mismatches >= 1
    assert found.first_difference
    told = len(said)
    audit.run(NOW + 3 * MINUTE)
    assert len(said) == told  # once, not every minute
    assert [run.mismatches > 0 for run in last_runs(store)] == [True, True, False, False]


def test_what_adds_up_is_not_told_and_batches_on_their_way_are_not_wrong(store: Store) -> None:
    said: list[str] = []
    audit = watch(store, said)
    late = span(100, 120)
    write_facts(store, late, facts(late, HALF_AN_HOUR_AGO + 90_000))
    runs = [audit.run(NOW + minute * MINUTE) for minute in range(3)]
    assert said == []
    assert [run.mismatches for run in runs] == [0, 0, 0]
    assert runs[-1].facts >= 100


def test_a_run_that_is_told_to_stop_asks_no_more_and_leaves_the_rest_to_the_next(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[bool] = []
    rows = store.rows

    def counted(*args: Any) -> Any:
        asked.append(len(asked) >= 5)
        return rows(*args)

    monkeypatch.setattr(store, "rows", counted)
    audit = ContinuousAudit(store, pytest.fail, lambda: any(asked), pause_s=0.0)
    assert audit.run(NOW).facts == 0
    assert len(asked) <= 8  # a comparison is at most three queries
    monkeypatch.undo()
    assert last_runs(store) == []
    assert watch(store, []).run(NOW).facts >= 100


def test_an_empty_store_has_nothing_to_compare(folder: Folder) -> None:
    said: list[str] = []
    assert watch(folder.open(), said).run(NOW).facts == 0
    assert said == []


DAY = date(2026, 3, 5)
ONE, TWO = ("usage_model_10s", DAY, 100), ("usage_model_1h", DAY, 0)


def test_only_what_differs_twice_in_a_row_is_a_mismatch_and_is_told_once() -> None:
    suspects = Suspects()
    always = lambda key: True  # noqa: E731
    assert suspects.judge({ONE}, always) == set()
    assert suspects.judge({TWO}, always) == set()  # another one
    persistent = suspects.judge({TWO, ONE}, always)
    assert persistent == {TWO}
    assert suspects.untold(persistent) == [TWO]
    assert suspects.untold(suspects.judge({TWO}, always)) == []
    suspects.judge(set(), always)  # mended
    suspects.judge({TWO}, always)
    assert suspects.untold(suspects.judge({TWO}, always)) == [TWO]


def test_a_run_that_did_not_look_says_nothing_about_a_suspect() -> None:
    suspects = Suspects()
    suspects.judge({ONE}, lambda key: True)
    assert suspects.judge(set(), lambda key: False) == set()
    assert suspects.judge({ONE}, lambda key: True) == {ONE}


def test_the_day_never_audited_or_longest_ago_is_next() -> None:
    days = [DAY + timedelta(days=n) for n in range(3)]
    assert next_sealed(days, {str(days[2]): NOW}) == days[1]
    assert next_sealed(days, {str(day): NOW - n * MINUTE for n, day in enumerate(days)}) == days[2]
    assert next_sealed([], {}) is None
