"""Watermarks never say more than the store holds: repair takes them back, and an old opening cannot add any."""

import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

import pytest
from support.store_process import PASSWORD, StoreProcess
from support.stored_facts import DAY_MS, EPOCH, TODAY_MS, TOPIC, Folder, facts, span, write

from tokentide.sinks.clickhouse.errors import Verdict, classify
from tokentide.sinks.clickhouse.finality import finality
from tokentide.sinks.clickhouse.opening import open_store
from tokentide.sinks.clickhouse.rebuild_refusals import refused_days
from tokentide.sinks.clickhouse.store import Store
from tokentide.sinks.clickhouse.watermark_rows import record_watermarks

NOON_MS = TODAY_MS - DAY_MS // 2
SETTLED_MS = TODAY_MS + 1000
OTHER_MS = TODAY_MS + 500


@dataclass(frozen=True)
class Seen:
    number: int
    append_ms: int
    start: int = 60
    end_offset: int = 60
    observed_ms: int = SETTLED_MS


def meet_topic(store: Store) -> None:
    store.command(
        "INSERT INTO usage_topics (epoch, topic, cluster_id, incarnation, partitions, created_at) "
        f"VALUES ('{EPOCH}', '{TOPIC}', 'cluster', '1', 2, '2026-01-01 00:00:00')"
    )


def rows(store: Store) -> list[tuple[int, int]]:
    found = store.rows(
        "SELECT partition, toUnixTimestamp64Milli(append_time) AS at FROM usage_watermarks ORDER BY ALL"
    )
    return [(row["partition"], row["at"]) for row in found]


def test_repair_that_takes_a_ledger_back_takes_what_was_called_settled_back_too(folder: Folder) -> None:
    store = folder.open()
    meet_topic(store)
    for number in (0, 1):
        for where in (span(0, 30, number), span(30, 60, number)):
            write(store, where, facts(where, NOON_MS + where.start * 1000))
    record_watermarks(store, EPOCH, TOPIC, [Seen(0, SETTLED_MS), Seen(1, OTHER_MS)], store.boot)
    assert finality(store.query).as_of == datetime.fromtimestamp(OTHER_MS / 1000, UTC)
    # Power is lost: the facts of partition 0's second batch are gone, its ledger row is not.
    store.command("DELETE FROM usage_events WHERE partition = 0 AND batch_start = 30")

    again = folder.reopen_after_crash()

    assert rows(again) == [(1, OTHER_MS)]
    first = facts(span(0, 30, 0), NOON_MS)
    assert finality(again.query).as_of == datetime.fromtimestamp(max(row["received_at"] for row in first) / 1000, UTC)
    with pytest.raises(Exception, match="boot") as refused:
        record_watermarks(again, EPOCH, TOPIC, [Seen(0, SETTLED_MS)], "0123456789abcdef")
    assert classify(refused.value) is Verdict.STALE_BOOT
    assert rows(again) == [(1, OTHER_MS)]


def test_a_served_store_refuses_what_was_observed_in_an_older_opening(migrated: Path, tmp_path: Path) -> None:
    shutil.copytree(migrated, tmp_path / "engine", symlinks=True)
    with StoreProcess.start(tmp_path / "engine") as server:
        with open_store(f"clickhouse://default:{quote(PASSWORD)}@127.0.0.1:{server.port}/default") as store:
            meet_topic(store)
            with pytest.raises(Exception, match="boot") as refused:
                record_watermarks(store, EPOCH, TOPIC, [Seen(0, SETTLED_MS)], "0123456789abcdef")
            assert classify(refused.value) is Verdict.STALE_BOOT
            assert rows(store) == []
            record_watermarks(store, EPOCH, TOPIC, [Seen(0, SETTLED_MS)], store.boot)
            assert rows(store) == [(0, SETTLED_MS)]
            day = datetime.fromtimestamp(NOON_MS / 1000, UTC).date()
            assert f"partition 1 of {TOPIC} (epoch {EPOCH}) was never observed" in refused_days(store, [day])[day]
        assert server.stop() == 0
