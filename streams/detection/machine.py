"""One tick of one watch: state, cells and baseline in; state and changes out."""

from typing import Final

import numpy as np

from tokentide.schemas.alert import AlertEvent, ChangeKind
from tokentide.schemas.alert_rules import CELL_S, Kind, Thresholds, Watch
from tokentide.streams.detection.baseline import Baseline
from tokentide.streams.detection.cells import Cells
from tokentide.streams.detection.drift import daily
from tokentide.streams.detection.finding import Finding, moment, told
from tokentide.streams.detection.following import follow
from tokentide.streams.detection.gates import judged_window
from tokentide.streams.detection.opening import search
from tokentide.streams.detection.state import Alert, Status, WatchState
from tokentide.streams.detection.tick import Tick
from tokentide.streams.detection.view import look

Outcome = tuple[WatchState, tuple[AlertEvent, ...]]

_KEEP_EXCLUDED_S: Final = 60 * 86_400


def step(
    watch: Watch, rules: Thresholds, state: WatchState, cells: Cells, baseline: Baseline | None, now: int
) -> Outcome:
    """Return the state after a tick, and what changed.

    Deciding the same tick twice changes nothing, whoever does it.

    Args:
        watch: what is watched.
        rules: thresholds.
        state: after the last tick.
        cells: the last 25 hours at least; what ends after `now` is not seen.
        baseline: None while there is too little history.
        now: end of the last closed cell, seconds, a multiple of 300.
    """
    if now <= state.tick:
        return state, ()
    ticked = state.model_copy(update={"tick": now, "pending": {}})
    if baseline is None:
        return _unknown(ticked, "too little history")
    if baseline.stale(state):
        return _unknown(ticked, "the baseline starts anew")
    if cells.end < now or not len(cells.start):
        return _unknown(ticked, "the cells do not reach this tick")
    view = look(watch, baseline, cells, np.asarray([now], np.int64))
    return advance(Tick(watch, rules, baseline, view, 0, judged_window(rules, baseline)), state)


def advance(tick: Tick, state: WatchState) -> Outcome:
    """Return what `step` returns, for one of the ticks of a view."""
    state = state.model_copy(update={"tick": tick.now, "window_s": tick.judged})
    if state.alert is not None:
        return _followed(tick, state, state.alert)
    state, drift = daily(tick, state)
    state = _with_status(tick, state)
    found, pending = search(tick, state)
    state = state.model_copy(update={"pending": pending})
    found = found or drift
    return (state, ()) if found is None else _opened(tick.watch, state, found, tick.now)


def acknowledge(watch: Watch, state: WatchState, now: int, last: AlertEvent, accept_level: bool) -> Outcome:
    """Return the state after somebody took note of the open alert; only accepting the level changes it.

    Args:
        watch: what is watched.
        state: as it stands.
        now: end of the last closed cell.
        last: the last change that was told of the alert; its numbers are told again.
        accept_level: make the present level the baseline, and close the alert.
    """
    if state.alert is None or not accept_level:
        return state, ()
    event = last.model_copy(
        update={
            "kind": ChangeKind.ACCEPTED,
            "at": moment(now),
            "summary": f"{last.summary}; accepted as the new level",
        }
    )
    return _ended(state, state.alert, ChangeKind.ACCEPTED, now), (event,)


def _unknown(state: WatchState, reason: str) -> Outcome:
    status = Status.OPEN if state.alert is not None else Status.UNKNOWN
    return state.model_copy(update={"status": status, "reason": reason}), ()


def _with_status(tick: Tick, state: WatchState) -> WatchState:
    view, at, rules = tick.view, tick.at, tick.rules
    volume = tick.watch.kind is Kind.VOLUME
    scores = view.totals[min(view.totals)] if volume else view.shifts[tick.judged]
    if scores.events[at] == 0:
        return state.model_copy(update={"status": Status.NO_DATA, "reason": "no events in the window"})
    if not scores.seen[at]:
        return state.model_copy(
            update={"status": Status.UNKNOWN, "reason": "the window holds late or replayed events"}
        )
    if not volume and scores.size[at] < rules.n_eff:
        reason = f"{scores.size[at]:.0f} effective events in the window, {rules.n_eff:.0f} are needed"
        return state.model_copy(update={"status": Status.UNKNOWN, "reason": reason})
    return state.model_copy(update={"status": Status.OK, "reason": ""})


def _opened(watch: Watch, state: WatchState, found: Finding, now: int) -> Outcome:
    alert = Alert(
        alert_class=found.verdict.alert_class,
        opened_at=now,
        onset=found.onset,
        driver=found.verdict.driver,
        track=found.track,
        window_s=found.scores.window_s,
        stands_since=found.onset,
        told=float(found.scores.points[found.at, found.member]),
    )
    known = {**state.known, alert.driver: now} if alert.driver else state.known
    event = told(watch, ChangeKind.OPENED, alert, now, found)
    update = {"alert": alert, "status": Status.OPEN, "reason": "", "pending": {}, "known": known}
    return state.model_copy(update=update), (event,)


def _followed(tick: Tick, state: WatchState, alert: Alert) -> Outcome:
    state, _ = daily(tick, state)
    after = follow(tick, state, alert)
    if after.kind is None:
        return state.model_copy(update={"alert": after.alert, "status": Status.OPEN, "pending": after.pending}), ()
    event = told(tick.watch, after.kind, after.alert, tick.now, after.finding)
    if after.kind.ends:
        return _ended(state, after.alert, after.kind, tick.now), (event,)
    return state.model_copy(update={"alert": after.alert, "pending": {}}), (event,)


def _ended(state: WatchState, alert: Alert, kind: ChangeKind, now: int) -> WatchState:
    """Return the state without the alert; a level that stands starts the baseline anew, other spans teach nothing."""
    oldest = now - _KEEP_EXCLUDED_S
    excluded = tuple(span for span in (*state.excluded, (alert.onset - alert.window_s, now)) if span[1] > oldest)
    breaks = tuple(each for each in state.breaks if each > oldest)
    new_level = kind is not ChangeKind.CLOSED
    if new_level:
        excluded = tuple((first, last) for first, last in excluded if (first, last) != excluded[-1])
        begin = alert.stands_since if alert.stands_since < now - CELL_S else now - CELL_S
        excluded = (*excluded, (alert.onset - alert.window_s, begin)) if alert.onset < begin else excluded
        breaks = (*breaks, begin)
    return state.model_copy(
        update={
            "alert": None,
            "status": Status.OK,
            "reason": "",
            "pending": {},
            "excluded": excluded,
            "breaks": breaks,
            "drifts": {} if new_level else state.drifts,
        }
    )
