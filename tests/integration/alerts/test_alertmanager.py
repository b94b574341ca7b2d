"""To a real Alertmanager: a shift fires once, repeats without duplicating and resolves; a dead one costs nothing."""

import asyncio
import subprocess
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from support.alert_traffic import DAY_S, Change, Traffic
from support.alertmanager import Manager, free_port, monitoring
from support.waiting import until

from tokentide.oneshot import run_once
from tokentide.schemas.alert import AlertEvent
from tokentide.schemas.alert_rules import CELL_S, AlertRules, Notifications, Watch
from tokentide.schemas.settings import load_settings
from tokentide.sinks.clickhouse.alert_actions import Action, ActionKind, record_action
from tokentide.sinks.clickhouse.alert_cells import watches_seen
from tokentide.sinks.clickhouse.alert_rows import read_changes, read_standings
from tokentide.sinks.clickhouse.opening import open_store
from tokentide.sinks.clickhouse.store import Store
from tokentide.sinks.notify.outbox import Outbox, channels_of
from tokentide.sinks.notify.trial import trial
from tokentide.streams.detector import Detector

NOW = int(time.time()) // CELL_S * CELL_S
LOST = NOW - 6 * 3600
BACK = NOW - 2 * 3600
ONLY = {name: Watch(name=name, enabled=name == "author") for name in AlertRules().watch}
LABELS = {"watch": "author", "member": "anthropic", "direction": "down", "severity": "page"}


def rules(url: str | None) -> AlertRules:
    notify = Notifications(alertmanager=url, stdout=False, retry_for=timedelta(seconds=2))
    return AlertRules(watch=ONLY, notify=notify)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """Eight days up to now, in which an author was lost for four hours."""
    folder = tmp_path_factory.mktemp("alerts")
    settings = load_settings(store=f"chdb://{folder / 'store'}", kafka="embedded://", fsync=False)
    changes = (Change(LOST, BACK, models={"anthropic/claude-sonnet-4.5": 0.02}),)
    events = Traffic(NOW - 8 * DAY_S, NOW - 60, 260, changes).events()
    asyncio.run(run_once(settings, events, lambda done: None, own_time=True))
    with open_store(settings.store) as opened:
        yield opened


def test_nobody_hears_of_what_is_silenced_or_long_past(store: Store) -> None:
    outbox = Outbox(store, rules(None), [], lambda *why: None)
    Detector(store, rules(None)).run(BACK)
    at = max(standing.tick for standing in read_standings(store).values())
    assert len(outbox.due(at)) == 1
    assert outbox.due(at + timedelta(hours=2)) == []  # the last judged cells are two hours old
    since, ends = at - timedelta(minutes=1), at + timedelta(minutes=5)
    record_action(store, Action(ActionKind.SILENCE, "author", "", since, ends, "me", "known"))
    assert outbox.due(at) == []
    assert len(outbox.due(ends)) == 1


async def test_a_shift_fires_once_repeats_and_resolves(store: Store, alertmanager: Manager) -> None:
    receiver, failures = alertmanager.receiver, []
    detector = Detector(store, rules(alertmanager.url))
    outbox = Outbox(
        store, rules(alertmanager.url), channels_of(rules(alertmanager.url).notify), lambda *why: failures.append(why)
    )
    detector.run(BACK)
    assert [change.kind.value for change in read_changes(store)] == ["opened"]
    assert watches_seen(store) == {"author"}
    at = datetime.fromtimestamp(BACK, UTC) + timedelta(minutes=6)
    # Alertmanager goes by the real clock: what is sent as standing until two hours ago would have ended.
    wall = datetime.now(UTC)
    for _ in range(3):
        due = outbox.due(at)
        assert [notice.ends_at for notice in due] == [None]
        outbox.tell(due, wall)
    await until(lambda: len(receiver.told("firing", **LABELS)) > 0)
    for _ in range(3):
        outbox.tell(outbox.due(at), datetime.now(UTC))
    assert len(alertmanager.alerts()) == 1
    await asyncio.sleep(3)  # three group intervals: time enough for a second page, if there were one
    told = receiver.told("firing")
    assert len(told) == 1, told
    assert not any(sign.isdigit() for value in told[0]["labels"].values() for sign in value)
    assert {"summary", "baseline", "current", "delta", "z", "n_eff", "detection_limit", "window", "driver"} <= told[
        0
    ]["annotations"].keys()

    closed = run_until_closed(detector)
    due = outbox.due(closed.at + timedelta(minutes=5))
    assert [notice.ends_at is None for notice in due] == [False]
    outbox.tell(due, datetime.now(UTC))
    await until(lambda: len(receiver.told("resolved", **LABELS)) > 0)
    assert receiver.told("resolved")[0]["labels"] == told[0]["labels"]
    assert alertmanager.alerts() == []
    assert failures == []


def run_until_closed(detector: Detector) -> AlertEvent:
    """Let tick after tick pass until the alert closes by itself."""
    for tick in range(BACK, NOW, CELL_S):
        changes = detector.run(tick).changes
        if changes:
            assert [change.kind.value for change in changes] == ["closed"], changes
            return changes[0]
    raise AssertionError("it never closed")


async def test_a_dead_alertmanager_costs_its_budget_and_no_more(store: Store) -> None:
    failed: list[tuple[str, str]] = []
    dead = rules(f"http://127.0.0.1:{free_port()}")
    outbox = Outbox(store, dead, channels_of(dead.notify), lambda *why: failed.append(why))
    began = time.monotonic()
    outbox.tell(trial(datetime.now(UTC))[:1], datetime.now(UTC))
    assert time.monotonic() - began < 6
    assert [name for name, _ in failed] == ["alertmanager"]
    assert "refused" in failed[0][1]


def test_the_configurations_are_what_prometheus_and_alertmanager_take() -> None:
    infra, tools = Path(__file__).resolve().parents[3] / "infra", monitoring()
    for command in (
        [tools["promtool"], "check", "config", infra / "prometheus" / "prometheus.yml"],
        [tools["promtool"], "test", "rules", infra / "prometheus" / "tokentide.rules.test.yml"],
        [tools["amtool"], "check-config", infra / "alertmanager" / "alertmanager.yml"],
    ):
        done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False, timeout=60)
        assert done.returncode == 0, done.stdout + done.stderr
