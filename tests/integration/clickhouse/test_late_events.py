"""Events that come late change the levels of long ago and say so; what is final depends on arrival alone."""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from support.fact_rows import Row
from support.stored_facts import DAY_MS, EPOCH, TODAY_MS, TOPIC, assert_whole, facts, span, write

from tokentide.sinks.clickhouse.audit import audit
from tokentide.sinks.clickhouse.finality import finality, revised_at_sql
from tokentide.sinks.clickhouse.opening import open_store
from tokentide.sinks.clickhouse.store import Store

FIRST, LATE, TRACE = span(0, 60), span(60, 130), span(130, 270)
NOON_MS = TODAY_MS - DAY_MS // 2
"""Yesterday, when the first batch came; the others came in the hours after it."""
HOUR_MS = 3_600_000
GRACE_MS = 120_000


def in_time() -> list[Row]:
    rows = facts(FIRST, NOON_MS, 1000)
    for row in rows:
        row["event_time"] = row["received_at"] * 1000 - 2_000_000
    return rows


def a_week_late() -> list[Row]:
    """From no time at all to exactly 7 days; some fall into the buckets of the first batch."""
    rows = facts(LATE, NOON_MS + HOUR_MS, 500)
    for place, row in enumerate(rows):
        late_ms = 7 * DAY_MS * place // (len(rows) - 1)
        row["event_time"] = (row["received_at"] - late_ms) * 1000
    for place, row in enumerate(rows[:10]):
        row["event_time"] = (NOON_MS + place * 1000) * 1000
    return rows


def over_140_days() -> list[Row]:
    rows = facts(TRACE, NOON_MS + 2 * HOUR_MS, 11)
    for place, row in enumerate(rows):
        row["event_time"] = (row["received_at"] - 140 * DAY_MS * place // (len(rows) - 1)) * 1000
    return rows


BATCHES = ((FIRST, in_time()), (LATE, a_week_late()), (TRACE, over_140_days()))
ROWS = [row for _, rows in BATCHES for row in rows]


@pytest.fixture(scope="module")
def store(migrated: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    path: Path = tmp_path_factory.mktemp("late") / "engine"
    shutil.copytree(migrated, path, symlinks=True)
    with open_store(f"chdb://{path}") as opened:
        opened.command(
            "INSERT INTO usage_topics (epoch, topic, cluster_id, incarnation, partitions, created_at) "
            f"VALUES ('{EPOCH}', '{TOPIC}', 'cluster', '1', 1, '2026-01-01 00:00:00')"
        )
        confirmed = []
        for where, rows in BATCHES:
            write(opened, where, rows)
            confirmed.append(finality(opened.query).as_of)
        AS_OF[:] = confirmed
        yield opened


AS_OF: list[datetime | None] = []
"""The watermark after each batch."""


def test_levels_equal_the_rows_however_late_they_are(store: Store) -> None:
    assert_whole(store, ROWS)
    assert audit(store).faults == ()


def test_the_watermark_follows_arrival_and_never_event_time(store: Store) -> None:
    latest = [max(row["received_at"] for row in rows) for _, rows in BATCHES]
    assert [datetime.fromtimestamp(ms / 1000, UTC) for ms in latest] == AS_OF
    assert min(row["event_time"] // 1000 for row in BATCHES[-1][1]) < latest[0] - 139 * DAY_MS


@pytest.mark.parametrize(("table", "width_s"), [("usage_model_10s", 10), ("usage_model_1h", 3600)])
def test_final_buckets_that_late_events_changed_say_when(store: Store, table: str, width_s: int) -> None:
    arrivals: dict[int, list[int]] = {}
    for row in ROWS:
        begin = row["event_time"] // 1_000_000 // width_s * width_s
        arrivals.setdefault(begin, []).append(row["received_at"])
    wanted = {
        begin: max((ms for ms in came if ms >= (begin + width_s) * 1000 + GRACE_MS), default=None)
        for begin, came in arrivals.items()
    }
    assert len({ms is None for ms in wanted.values()}) == 2  # some were revised and some were not
    revised = revised_at_sql("bucket", width_s, "latest")
    found = store.rows(
        f"SELECT toUnixTimestamp(bucket) AS at, toUnixTimestamp64Milli({revised}) AS revised "
        f"FROM (SELECT bucket, max(received_max) AS latest FROM {table} GROUP BY bucket)"
    )
    assert {row["at"]: row["revised"] for row in found} == wanted


def test_a_bucket_of_months_ago_is_final_at_once_and_revised_on_arrival(store: Store) -> None:
    until = finality(store.query)
    oldest = datetime.fromtimestamp(min(row["event_time"] for row in ROWS) // 10_000_000 * 10, UTC)
    assert until.final_before is not None
    assert until.as_of is not None
    assert until.final_before == until.as_of - timedelta(minutes=2)
    assert oldest + timedelta(seconds=10) < until.final_before
    assert until.status(oldest + timedelta(seconds=10)) == "final"
