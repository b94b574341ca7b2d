"""The tests that open an alert: shifts in every window, a member's outage, a new member, the total."""

from collections.abc import Iterator
from typing import Final

import numpy as np

from tokentide.schemas.alert import AlertClass
from tokentide.schemas.alert_rules import CELL_S, Kind
from tokentide.streams.detection.cells import OTHER, Flags
from tokentide.streams.detection.classify import Verdict, classify
from tokentide.streams.detection.driver import Driver, name_driver
from tokentide.streams.detection.finding import Finding
from tokentide.streams.detection.gates import FULL, PARTLY, holds, track_of, windows_used
from tokentide.streams.detection.state import WatchState
from tokentide.streams.detection.tick import Tick
from tokentide.streams.detection.view import View

_HOUR_S: Final = 3_600
Pending = dict[str, int]


def search(tick: Tick, state: WatchState) -> tuple[Finding | None, Pending]:
    """Return what opens an alert at a tick, if anything does, and which tests held in part.

    A test opens when it holds now and has held, at least in part, for as many ticks as its track asks.
    """
    pending: Pending = {}
    if tick.watch.kind is Kind.VOLUME:
        return _volume(tick, state, pending), pending
    for window in windows_used(tick, state):
        for member in candidates(tick, window, state, pending):
            return shift_of(tick, window, member), pending
    found = _outage(tick, state, pending) if tick.watch.kind is Kind.SHARE else None
    return found or _newcomer(tick, state), pending


def candidates(tick: Tick, window: int, state: WatchState, pending: Pending) -> Iterator[int]:
    """Count up the members whose window holds, and yield those that have held long enough."""
    view, at = tick.view, tick.at
    name, track = track_of(tick.rules, window)
    scores = view.shifts[window]
    row = scores.row(at)
    weak = holds(row, track, PARTLY)[0] & view.judged
    strong = holds(row, track, FULL)[0] & view.judged
    opened = []
    for member in np.flatnonzero(weak):
        key = f"{name}:{window}:{view.members[member]}:{'+' if scores.gone[at, member] > 0 else '-'}"
        pending[key] = state.pending.get(key, 0) + 1
        if strong[member] and pending[key] >= track.ticks:
            opened.append(int(member))
    yield from sorted(opened, key=lambda member: -abs(scores.points[at, member]))


def shift_of(tick: Tick, window: int, member: int) -> Finding:
    """Return what a window shows: the driver, the class and the onset."""
    driver = _driver(tick, window)
    verdict = classify(tick, window, driver)
    told = driver.at if tick.watch.kind is Kind.SHARE else member
    track, _ = track_of(tick.rules, window)
    begin = onset(tick.view, tick.at, window, told)
    return Finding(verdict, driver, track, begin, tick.view.shifts[window], tick.at, told)


def _driver(tick: Tick, window: int) -> Driver:
    view, at = tick.view, tick.at
    found = name_driver(view, at, window)
    if tick.watch.kind is Kind.SHARE:
        return found
    cells = view.last(at, window // CELL_S)
    expected = max(float(view.own_expected[cells, 0].sum()), 1e-9)
    return Driver(0, float(view.cells.amount[cells, 0].sum()) / expected - 1, found.total_change)


def onset(view: View, at: int, window_s: int, member: int) -> int:
    """Return when the change began: the first of the cells in a row that show at least half of it."""
    cells = view.last(at, window_s // CELL_S + 3)
    observed, expected = view.cells.amount[cells], view.own_expected[cells]
    share = observed[:, member] / np.maximum(observed.sum(axis=1), 1e-300)
    before = expected[:, member] / np.maximum(expected.sum(axis=1), 1e-300)
    if observed.shape[1] == 1:
        share, before = observed[:, 0], expected[:, 0]
    gone = share - before
    moved = np.abs(gone) >= 0.5 * abs(gone[-window_s // CELL_S :].mean())
    same = moved & (np.sign(gone) == np.sign(gone[-1]))
    run = len(same) - (np.flatnonzero(~same)[-1] + 1 if not same.all() else 0)
    return int(view.ends[at]) - CELL_S * max(int(run), 1)


def _outage(tick: Tick, state: WatchState, pending: Pending) -> Finding | None:
    """Find a member whose own volume has all but gone while the others' has not."""
    for window in sorted(tick.view.volumes):
        for member in np.flatnonzero(_gone(tick, window) & tick.view.judged):
            key = f"member:{window}:{tick.view.members[member]}"
            pending[key] = state.pending.get(key, 0) + 1
            if pending[key] >= tick.rules.fast.ticks:
                return _outage_of(tick.view, tick.at, window, int(member))
    return None


def _gone(tick: Tick, window: int) -> Flags:
    view, at, rules = tick.view, tick.at, tick.rules
    scores = view.volumes[window]
    cells = view.last(at, window // CELL_S)
    observed, expected = view.cells.amount[cells].sum(axis=0), view.own_expected[cells].sum(axis=0)
    rest = float(observed.sum() / max(expected.sum(), 1e-300))
    if rest < 1 - rules.volume_drop:
        # The whole is gone, which is told as such; no member's doing.
        return np.zeros(len(view.members), np.bool_)
    enough = expected >= rules.expected_events * tick.baseline.own.expectation.one[0]
    lost = observed <= (1 - rules.outage) * expected * min(rest, 1.0)
    named = np.asarray([name != OTHER for name in view.members])
    return np.asarray(named & lost & enough & (scores.z[at] <= -scores.z_open) & scores.seen[at])


def _outage_of(view: View, at: int, window: int, member: int) -> Finding:
    cells = view.last(at, window // CELL_S)
    observed, expected = view.cells.amount[cells], view.own_expected[cells]
    change = float(observed[:, member].sum() / max(expected[:, member].sum(), 1e-9)) - 1
    driver = Driver(member, change, float(observed.sum() / max(expected.sum(), 1e-300)) - 1)
    verdict = Verdict(AlertClass.OUTAGE, view.members[member], None)
    scores = view.shifts[window] if window in view.shifts else view.volumes[window]
    return Finding(verdict, driver, "member", onset(view, at, window, member), scores, at, member)


def _newcomer(tick: Tick, state: WatchState) -> Finding | None:
    view, at = tick.view, tick.at
    for name, shares in view.newcomers.items():
        if 100 * shares[at] >= tick.rules.new_member_pp and name not in state.known and _HOUR_S in view.shifts:
            member = view.members.index(name if name in view.members else OTHER)
            driver = name_driver(view, at, _HOUR_S)
            told = Driver(member, driver.change if driver.at == member else 0.0, driver.total_change)
            verdict = Verdict(AlertClass.NEW_MEMBER, name, None)
            begin = onset(view, at, _HOUR_S, member)
            return Finding(verdict, told, "member", begin, view.shifts[_HOUR_S], at, member)
    return None


def _volume(tick: Tick, state: WatchState, pending: Pending) -> Finding | None:
    """Find a fall of the total, or its absence, in the windows that expect enough events, the shortest first."""
    view, at = tick.view, tick.at
    for window in sorted(view.totals):
        cells = view.last(at, window // CELL_S)
        expected = float(view.own_expected[cells].sum())
        one = float(view.cells.amount.sum()) / max(float(view.cells.events.sum()), 1.0)
        if expected >= tick.rules.expected_events * max(one, 1e-300):
            found = _fall(tick, state, window, pending)
            if found is not None:
                return found
    return None


def _silent(tick: Tick) -> bool:
    """Tell whether the last cell alone is empty where enough events were expected in it."""
    view = tick.view
    last = view.last(tick.at, 1)
    one = float(tick.baseline.own.expectation.one[0, 0])
    enough = float(view.own_expected[last].sum()) >= tick.rules.expected_events * max(one, 1e-300)
    return enough and not view.cells.events[last].any()


def _fall(tick: Tick, state: WatchState, window: int, pending: Pending) -> Finding | None:
    view, at, rules = tick.view, tick.at, tick.rules
    scores = view.totals[window]
    silent = bool(scores.events[at] == 0) or _silent(tick)
    fallen = bool(scores.points[at, 0] <= -100 * rules.volume_drop and scores.z[at, 0] <= -scores.z_open[0])
    if not (scores.seen[at] and (silent or fallen)):
        return None
    key = f"volume:{window}"
    pending[key] = state.pending.get(key, 0) + 1
    if pending[key] < rules.fast.ticks:
        return None
    verdict = Verdict(AlertClass.NO_DATA if silent else AlertClass.VOLUME_DROP, "", None)
    change = float(scores.points[at, 0]) / 100
    return Finding(verdict, Driver(0, change, change), "volume", onset(view, at, window, 0), scores, at, 0)
