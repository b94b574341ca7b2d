"""Sealed days: the sums of their hours, read only while these are as they were, and made again when they are not."""

import shutil
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from support.stored_facts import DAY_MS, EPOCH, TODAY_MS, TOPIC, facts, span, write

from tokentide.reports.answer import run
from tokentide.reports.dimensions import Origin
from tokentide.reports.population import store_population
from tokentide.reports.registry import METRICS
from tokentide.reports.request import Request
from tokentide.sinks.clickhouse import sealing
from tokentide.sinks.clickhouse.audit import audit
from tokentide.sinks.clickhouse.levels import SEALED_LEVELS, TOTAL_LEVEL, Level
from tokentide.sinks.clickhouse.opening import open_store
from tokentide.sinks.clickhouse.rebuild_days import rebuild_days
from tokentide.sinks.clickhouse.sealed import SOURCES, sealed_days
from tokentide.sinks.clickhouse.sealing import seal_due
from tokentide.sinks.clickhouse.store import Store

DAYS = [datetime.fromtimestamp((TODAY_MS - ago * DAY_MS) / 1000, UTC).date() for ago in (3, 2, 1, 0)]
"""Received: the first three are sealed."""
MODEL = SEALED_LEVELS[0]


def batches() -> Iterator[tuple[Any, list[dict[str, Any]]]]:
    """A batch a day, one of them over midnight; each holds events of months before, too."""
    yield span(0, 40), facts(span(0, 40), TODAY_MS - 3 * DAY_MS + 5_000, 60_000)
    yield span(40, 80), facts(span(40, 80), TODAY_MS - 2 * DAY_MS - 20_000, 1_000)
    yield span(80, 120), facts(span(80, 120), TODAY_MS - DAY_MS + 9_000_000)
    yield span(120, 140), facts(span(120, 140), TODAY_MS + 3_600_000)


@pytest.fixture(scope="module")
def store(migrated: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    path: Path = tmp_path_factory.mktemp("sealed") / "engine"
    shutil.copytree(migrated, path, symlinks=True)
    with open_store(f"chdb://{path}") as opened:
        opened.command(f"INSERT INTO usage_topics VALUES ('{EPOCH}', '{TOPIC}', 'c', 'i', 1, '2026-01-01 00:00:00')")
        for where, rows in batches():
            write(opened, where, rows)
        yield opened


@pytest.fixture(autouse=True)
def sealed(store: Store) -> None:
    """Whatever a test before left, everything is right and sealed again."""
    rebuild_days(store, DAYS[0], DAYS[-1])
    seal_due(store, 60)
    assert [sealed_days(store.query, level) for level in SEALED_LEVELS] == [DAYS[:3]] * len(SEALED_LEVELS)


def by_day(store: Store, level: Level, table: str) -> dict[tuple[Any, ...], dict[str, Any]]:
    """Rows added up here: by received day, day of event time and dimensions."""
    names = ("received_day", "bucket", *level.shape.dimension_names)
    found: dict[tuple[Any, ...], dict[str, Any]] = defaultdict(dict)
    for row in store.rows(f"SELECT * REPLACE (toUnixTimestamp(bucket) AS bucket) FROM {table}"):
        row["bucket"] -= row["bucket"] % 86_400
        sums = found[tuple(row[name] for name in names)]
        for each in level.shape.merged:
            name, value = each.column.name, row[each.column.name]
            sums[name] = merged(each.function, sums.get(name), value)
    return {key: sums for key, sums in found.items() if key[0] < DAYS[3]}


def merged(function: str, held: Any, value: Any) -> Any:
    if function == "sumMap":
        bins = dict(held or {})
        for at, count in value:
            bins[at] = bins.get(at, 0) + count
        return bins
    value = int.from_bytes(value, "little") if isinstance(value, bytes) else value
    if held is None:
        return value
    return max(held, value) if function == "max" else held + value


@pytest.mark.parametrize("level", SEALED_LEVELS, ids=lambda level: level.table)
def test_a_sealed_day_is_the_sum_of_its_hours(store: Store, level: Level) -> None:
    wanted = by_day(store, level, SOURCES[level.table].table)
    assert len(wanted) > 5
    assert by_day(store, level, level.table) == wanted
    rows = store.rows(f"SELECT count() AS n FROM {level.table}")[0]["n"]
    assert rows == len(wanted)


def answers(store: Store) -> dict[str, Any]:
    """What every metric over rollups says by days and at all, of all days and of days cut at noon."""
    noon = datetime.combine(DAYS[1], datetime.min.time(), UTC) + timedelta(hours=12)
    cut = {"start": noon, "end": noon + timedelta(days=1, hours=5)}
    found = {}
    for name, entry in METRICS.items():
        if entry.shapes[0].origin in (Origin.ACCOUNTS, Origin.CATALOGUE) or name == "profile-shift":
            continue
        for bucket, within in (("1w", {}), ("1d", cut)) if "bucket" in entry.grids else (("all", {}), ("all", cut)):
            answer = run(store.query, Request(name, bucket=bucket, **within))
            found[f"{name} {bucket} {within}"] = [answer.period, answer.notes, list(map(rounded, answer.rows))]
    return found


def rounded(row: dict[str, Any]) -> dict[str, Any]:
    """Sums of floats (of intervals alone) depend on their order, in the last digits."""
    return {name: float(f"{value:.11g}") if isinstance(value, float) else value for name, value in row.items()}


def test_answers_are_the_same_with_sealed_days_and_without(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    quick, said = answers(store), store_population(store.query)
    assert run(store.query, Request("volume", bucket="1d")).level == "daily and hourly rollups"
    monkeypatch.setattr("tokentide.reports.levels.sealed_days", lambda *_: [])
    assert run(store.query, Request("volume", bucket="1d")).level == "hourly rollups"
    slow = answers(store)
    assert sum(bool(rows) for *_, rows in slow.values()) > 50
    for name, wanted in slow.items():
        assert quick[name] == wanted, name
    assert store_population(store.query) == said


def tokens(store: Store) -> int:
    (row,) = run(store.query, Request("volume")).rows
    return int(row["tokens"])


def test_a_late_batch_of_a_sealed_day_is_read_at_once(store: Store) -> None:
    before = tokens(store)
    where = span(140, 150)
    rows = facts(where, TODAY_MS - 2 * DAY_MS + 1_000)
    write(store, where, rows)
    assert DAYS[1] not in sealed_days(store.query, MODEL)
    added = sum(row["prompt_tokens"] + row["completion_tokens"] for row in rows)
    assert tokens(store) == before + added
    assert seal_due(store, 60) > 0
    assert sealed_days(store.query, MODEL) == DAYS[:3]
    assert tokens(store) == before + added


@pytest.mark.parametrize("table", [MODEL.table, "usage_model_1h"])
def test_a_changed_partition_is_not_read_as_sealed(store: Store, table: str) -> None:
    store.command(
        f"ALTER TABLE {table} UPDATE attempts = attempts + 1 IN PARTITION ID '{DAYS[1]:%Y%m%d}' WHERE 1 "
        "SETTINGS mutations_sync = 1"
    )
    assert DAYS[1] not in sealed_days(store.query, MODEL)


def test_merges_change_nothing(store: Store) -> None:
    for table in (MODEL.table, "usage_model_1h"):
        store.command(f"OPTIMIZE TABLE {table} FINAL")
    assert sealed_days(store.query, MODEL) == DAYS[:3]


class KilledError(Exception):
    """Ends sealing in the middle."""


@pytest.mark.parametrize("at", ["INSERT INTO usage_sealing_rows", "ALTER TABLE", "DROP TABLE usage_sealing_rows"])
def test_sealing_cut_short_leaves_hours_to_be_read(store: Store, monkeypatch: pytest.MonkeyPatch, at: str) -> None:
    before, command = tokens(store), Store.command
    store.command(f"ALTER TABLE {MODEL.table} DROP PARTITION ID '{DAYS[1]:%Y%m%d}'")

    def killed(self: Store, sql: str) -> None:
        if not sql.startswith("DROP TABLE IF EXISTS"):
            command(self, sql)
            if sql.startswith(at):
                raise KilledError(sql)
        else:
            command(self, sql)

    monkeypatch.setattr(Store, "command", killed)
    with pytest.raises(KilledError):
        seal_due(store, 60)
    monkeypatch.undo()
    assert DAYS[1] not in sealed_days(store.query, MODEL)
    assert tokens(store) == before


def test_a_rebuild_seals_again(store: Store) -> None:
    for table in ("usage_model_10s", "usage_model_1h"):
        store.command(
            f"ALTER TABLE {table} UPDATE attempts = attempts + 1 WHERE received_day = '{DAYS[0]}' "
            "SETTINGS mutations_sync = 1"
        )
    seal_due(store, 60)
    assert rebuild_days(store, DAYS[0], DAYS[0])[0].changed
    assert sealed_days(store.query, MODEL) == DAYS[:3]
    assert by_day(store, MODEL, MODEL.table) == by_day(store, MODEL, "usage_model_1h")


@pytest.mark.parametrize("level", [MODEL, TOTAL_LEVEL], ids=lambda level: level.table)
def test_the_audit_tells_a_sealed_day_that_is_wrong(store: Store, level: Level) -> None:
    assert audit(store).faults == ()
    store.command(
        f"ALTER TABLE {level.table} UPDATE tokens_sq = tokens_sq + 1 WHERE received_day = '{DAYS[2]}' "
        "SETTINGS mutations_sync = 1"
    )
    assert audit(store).faults == ()  # it is not read either
    stamps = [sealing._newest(store, table, DAYS[2]) for table in (SOURCES[level.table].table, level.table)]
    sealing._record(store, level, DAYS[2], *stamps)
    faults = audit(store).faults
    assert faults
    assert all(f"{level.table}, " in said and f"received {DAYS[2]}" in said for said in faults)
    store.command(f"ALTER TABLE usage_sealed DELETE WHERE stored = {stamps[1]} SETTINGS mutations_sync = 1")


def test_days_are_sealed_only_when_every_partition_passed_them(store: Store) -> None:
    assert seal_due(store, 60) == 0
    assert DAYS[3] not in sealed_days(store.query, MODEL)
    assert store.rows(f"SELECT count() AS n FROM {MODEL.table} WHERE received_day = '{DAYS[3]}'")[0]["n"] == 0
