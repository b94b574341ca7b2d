"""What each alert rule's number says, on a store whose rows are written for it."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from support.grafana_macros import Range, expand

from tokentide.reports.grafana.rules import RULES
from tokentide.sinks.clickhouse.migrate import migrate
from tokentide.sinks.clickhouse.opening import open_store
from tokentide.sinks.clickhouse.store import Store

BOUNDS = {rule.uid: rule.bound for rule in RULES}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    path = tmp_path_factory.mktemp("rules") / "engine"
    with open_store(f"chdb://{path}") as opened:
        migrate(opened)
    with open_store(f"chdb://{path}") as opened:
        yield opened


def number(store: Store, uid: str) -> float | None:
    """Return the number of a rule; None where it gives no row."""
    (rule,) = [rule for rule in RULES if rule.uid == uid]
    rows = store.rows(expand(rule.sql, {}, Range(now() - rule.range_s, now() + 60)))
    assert len(rows) <= 1
    return float(next(iter(rows[0].values()))) if rows else None


def now() -> int:
    return int(time.time())


def at(seconds_ago: int) -> str:
    return f"'{datetime.fromtimestamp(now() - seconds_ago, UTC):%Y-%m-%d %H:%M:%S}'"


def batch(store: Store, seconds_ago: int, received: int, dead: str) -> None:
    store.command(
        "INSERT INTO usage_batches (received_day, append_time_max, received, dead) "
        f"SELECT toDate({at(seconds_ago)}), {at(seconds_ago)}, {received}, {dead}"
    )


def arrived(store: Store, seconds_ago: int) -> None:
    store.command(
        "INSERT INTO usage_model_1h (received_day, bucket, received_max, attempts) "
        f"SELECT toDate({at(seconds_ago)}), toStartOfHour(toDateTime({at(seconds_ago)}, 'UTC')), {at(seconds_ago)}, 1"
    )


def observed(store: Store, partition: int, settled: int, end: int, until: int) -> None:
    store.command(
        "INSERT INTO usage_watermarks (epoch, topic, partition, confirmed, end_offset, append_time, observed_at) "
        f"SELECT 'e', 'usage.events.v1', {partition}, {settled}, {end}, {at(until)}, now64(3)"
    )


def test_an_empty_store_has_no_newest_event_and_refused_nothing(store: Store) -> None:
    assert number(store, "tokentide-no-data") is None
    assert number(store, "tokentide-dead-letters") == 0
    assert number(store, "tokentide-behind") == 0
    assert number(store, "tokentide-audit") == 0


def test_what_was_refused_in_the_last_quarter_of_an_hour_counts(store: Store) -> None:
    batch(store, 3_000, 100, "map('invalid_json', 100)")
    batch(store, 60, 990, "map('invalid_json', 5, 'conflict', 5)")
    batch(store, 30, 10, "map()")

    assert number(store, "tokentide-dead-letters") == pytest.approx(10 / 1_000)
    assert BOUNDS["tokentide-dead-letters"] == 0.01


def test_a_partition_that_waits_is_behind_and_a_settled_one_is_not(store: Store) -> None:
    store.command(
        "INSERT INTO usage_topics (epoch, topic, cluster_id, incarnation, partitions, created_at) "
        "VALUES ('old', 'usage.events.v1', 'c', 'i', 1, '2026-01-01 00:00:00'), "
        "('e', 'usage.events.v1', 'c', 'j', 2, '2026-02-01 00:00:00')"
    )
    store.command(
        "INSERT INTO usage_watermarks (epoch, topic, partition, confirmed, end_offset, append_time, observed_at) "
        f"SELECT 'old', 'usage.events.v1', 7, 1, 5, {at(90_000)}, {at(90_000)}"
    )
    observed(store, 0, 10, 10, 5_000)
    assert number(store, "tokentide-behind") == 0

    observed(store, 1, 10, 12, 400)
    behind = number(store, "tokentide-behind")
    assert behind is not None
    assert 400 <= behind < 500
    assert BOUNDS["tokentide-behind"] < 400


def test_silence_counts_from_the_newest_event(store: Store) -> None:
    arrived(store, 7_000)
    arrived(store, 120)

    silence = number(store, "tokentide-no-data")

    assert silence is not None
    assert 120 <= silence < 220


def test_a_detector_that_never_judged_or_fell_behind_is_seen_and_one_that_keeps_up_is_not(store: Store) -> None:
    never = number(store, "tokentide-detector")
    store.command(f"INSERT INTO alert_state (watch, tick) SELECT 'author', {at(5_000)}")
    late = number(store, "tokentide-detector")
    store.command(f"INSERT INTO alert_state (watch, tick) SELECT 'author', {at(300)}")
    well = number(store, "tokentide-detector")

    assert never is not None
    assert late is not None
    assert never > late > BOUNDS["tokentide-detector"]
    assert well is not None
    assert 100 < well <= 180


def test_differences_of_the_last_day_are_added_up(store: Store) -> None:
    for seconds_ago, mismatches in ((200_000, 7), (600, 2), (60, 1)):
        store.command(
            "INSERT INTO usage_audits (ran_at, scope, facts, mismatches, first_difference, seconds) "
            f"SELECT {at(seconds_ago)}, 'recent', 10, {mismatches}, '', 1"
        )

    assert number(store, "tokentide-audit") == 3
