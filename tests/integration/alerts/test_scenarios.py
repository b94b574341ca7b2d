"""The same decisions through Kafka, Faust and ClickHouse as by the pure detector fed from the truth."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from support.alert_traffic import DAY_S, SCENARIOS, Traffic
from support.alert_truth import Truth

from tokentide.gateways.formats import ReplayEvent
from tokentide.gateways.replay import Replay
from tokentide.gateways.simulation.simulate import EVENTS, Order, simulate
from tokentide.oneshot import run_once
from tokentide.schemas.alert import AlertClass, AlertEvent, ChangeKind
from tokentide.schemas.alert_rules import CELL_S, AlertRules
from tokentide.schemas.settings import load_settings
from tokentide.sinks.clickhouse.alert_cells import CellSpan, read_cells, read_folded
from tokentide.sinks.clickhouse.alert_rows import LimitRow, read_changes, read_limits, read_standings
from tokentide.sinks.clickhouse.opening import open_store
from tokentide.sinks.clickhouse.store import Store
from tokentide.streams.detection.state import WatchState
from tokentide.streams.detector import Detected, Detector, cut_of, limits_of
from tokentide.streams.detector_cells import dense
from tokentide.streams.detector_watch import MISSED_S, RECENT_S, WatchRun

START = int(datetime(2026, 3, 2, tzinfo=UTC).timestamp())
HAPPENS = START + 9 * DAY_S + 9 * 3600
UNTIL = HAPPENS + 14 * 3600
RENEW_S = 6 * 3600
KEPT_S = 60 * DAY_S
PAUSE_S = 12 * CELL_S
ACCOUNTS = (
    "SELECT DISTINCT toString(account_key_id) AS account_key_id, toString(account_hash) AS account_hash, "
    f"bitAnd(cityHash64(account_key_id, account_hash), {2**52 - 1}) AS number "
    "FROM usage_events WHERE account_hash != ''"
)
RULES = AlertRules()
PER_HOUR = 120

# What is expected of each: the class and the watch or member it is told by; None: no page at all.
TOLD = {
    "nothing": None,
    "author-lost": (AlertClass.SHIFT, AlertClass.OUTAGE),
    "tools": (AlertClass.SHIFT,),
    "no-data": (AlertClass.NO_DATA, AlertClass.VOLUME_DROP),
}
SHORT = ("author-lost", "tools", "no-data")


@dataclass(frozen=True)
class Decided:
    """What one way came to: changes, states by watch, limits; and which number stands for which account."""

    changes: list[AlertEvent]
    states: dict[str, WatchState]
    limits: list[LimitRow]
    accounts: dict[tuple[str, str], int]


def by_pipeline(events: Iterable[ReplayEvent], folder: Path, until: int) -> Decided:
    """Through broker and worker into a store, and the detector over the store; twice, which changes nothing."""
    settings = load_settings(store=f"chdb://{folder / 'store'}", kafka="embedded://", fsync=False)
    asyncio.run(run_once(settings, events, lambda done: None, own_time=True))
    with open_store(settings.store) as store:
        done = in_parts(store, until)
        again = Detector(store, RULES, RENEW_S).run(until)
        assert (again.changes, again.ticks) == ([], 0)
        stored = read_changes(store)
        assert sorted(stored, key=_order) == sorted(done.changes, key=_order)
        standings = read_standings(store)
        states = {name: WatchState.from_json(each.state) for name, each in standings.items() if each.state}
        span = CellSpan(until - DAY_S, until)
        for watch in RULES.enabled:  # the two ways to read old cells are one
            whole = dense(watch.name, read_cells(store, watch, span), span).folded(2)
            folded = dense(watch.name, read_folded(store, watch, span, whole.members), span).over(whole.members)
            for name in ("events", "amount", "amount_sq", "clustered_sq", "top_account", "cost"):
                np.testing.assert_allclose(getattr(whole, name), getattr(folded, name))
        numbered = store.rows(ACCOUNTS)
        accounts = {(row["account_key_id"], row["account_hash"]): row["number"] for row in numbered}
        return Decided(done.changes, states, read_limits(store), accounts)


def in_parts(store: Store, until: int) -> Detected:
    """Decide most at once, as after a pause, then tick by tick, as a running leader does."""
    detector = Detector(store, RULES, RENEW_S)
    done = detector.run(until - PAUSE_S)
    for end in range(until - PAUSE_S, until, CELL_S):
        done.changes += detector.run(end + CELL_S).changes
    return done


def by_truth(events: Iterable[ReplayEvent], until: int, accounts: dict[tuple[str, str], int]) -> Decided:
    """By the pure detector alone, on cells summed from the events as they were made."""
    truth = Truth((event for event in events if event.at_s is not None and event.at_s < until), accounts)
    changes: list[AlertEvent] = []
    states, limits = {}, []
    for watch in RULES.enabled:
        if not truth.seen(watch):
            continue
        run = WatchRun(
            watch,
            RULES.thresholds,
            WatchState(),
            cut_of(truth.cells(watch, until - KEPT_S, until)),
            RENEW_S,
        )
        first = until - PAUSE_S - MISSED_S + CELL_S
        changes += run.advance(truth.cells(watch, first - RECENT_S, until), until - PAUSE_S)
        changes += run.advance(truth.cells(watch, first - RECENT_S, until), until)
        states[watch.name] = run.state
        limits += limits_of(run, RULES, until)
    return Decided(changes, states, limits, accounts)


def assert_identical(found: Decided, true: Decided) -> None:
    assert sorted(map(_order, found.changes)) == sorted(map(_order, true.changes))
    for one, other in zip(sorted(found.changes, key=_order), sorted(true.changes, key=_order), strict=True):
        assert one.summary == other.summary
        for name in ("baseline", "current", "delta_pp", "z", "z_open", "n_eff", "limit_pp", "driver_change"):
            assert getattr(one, name) == pytest.approx(getattr(other, name), rel=1e-6, abs=1e-9), name
        assert (one.account_share is None) is (other.account_share is None)
        assert (one.account_share or 0) == pytest.approx(other.account_share or 0, rel=1e-6, abs=1e-9)
    assert found.states.keys() == true.states.keys()
    for watch, state in found.states.items():
        assert _bare(state) == _bare(true.states[watch]), watch
    limits = {(each.watch, each.member, each.window_s): each for each in true.limits}
    for each in found.limits:
        other = limits.pop((each.watch, each.member, each.window_s))
        assert each.limit_pp == pytest.approx(other.limit_pp, rel=1e-6), each
        assert each.n_eff == pytest.approx(other.n_eff, rel=1e-6), each
        assert each.judged == other.judged, each
    assert not limits


def _order(change: AlertEvent) -> tuple[str, ...]:
    return (change.at.isoformat(), change.watch, change.change_id, change.alert_class.value, change.driver)


def _bare(state: WatchState) -> tuple[object, ...]:
    alert = state.alert
    named = None if alert is None else (alert.alert_class, alert.opened_at, alert.onset, alert.driver, alert.track)
    return (state.tick, state.status, named, state.breaks, state.excluded, state.known, sorted(state.pending))


def pages(changes: Sequence[AlertEvent]) -> list[AlertEvent]:
    return [each for each in changes if each.kind is ChangeKind.OPENED and each.urgency.value == "page"]


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[] if name in SHORT else [pytest.mark.long]) for name in SCENARIOS]
)
def test_decisions_of_the_pipeline_are_those_of_the_pure_detector(name: str, tmp_path: Path) -> None:
    events = list(Traffic(START, UNTIL, PER_HOUR, SCENARIOS[name](HAPPENS), seed=7).events())
    found = by_pipeline(events, tmp_path, UNTIL)
    assert_identical(found, by_truth(events, UNTIL, found.accounts))
    if name in TOLD:
        expected = TOLD[name]
        told = pages(found.changes)
        assert {each.alert_class for each in told} <= set(expected or ()), [each.summary for each in told]
        assert bool(told) is (expected is not None), found.changes
        assert all(each.at.timestamp() > HAPPENS for each in told)


@pytest.mark.long
@pytest.mark.parametrize(
    ("scenario", "until_day"),
    [
        ("steady", 40),
        ("seasonal", 40),
        ("whale", 36),
        ("launch", 36),
        ("outage", 43.7),
        ("price-cut", 29),
        ("now", 43.7),
    ],
)
def test_simulated_markets_are_decided_alike(scenario: str, until_day: float, tmp_path: Path) -> None:
    simulate(Order(scenario, 120_000, seed=11), tmp_path / "market")
    events = list(Replay((tmp_path / "market" / EVENTS,), "usage-events", None).events())
    start = min(event.at_s for event in events if event.at_s is not None)
    until = int((start + until_day * DAY_S) // CELL_S * CELL_S)
    seen = [event for event in events if event.at_s is not None and event.at_s < until + 3600]
    found = by_pipeline(seen, tmp_path, until)
    assert_identical(found, by_truth(seen, until, found.accounts))
