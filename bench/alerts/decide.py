"""The detector over a stretch of ticks: decisions as tick by tick, ticks where nothing can happen left out."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from tokentide.schemas.alert import AlertEvent
from tokentide.schemas.alert_rules import AlertRules, Kind, Thresholds, Watch
from tokentide.streams.detection.baseline import Baseline, baseline_for
from tokentide.streams.detection.cells import Cells
from tokentide.streams.detection.gates import PARTLY, holds, judged_window, track_of
from tokentide.streams.detection.machine import advance
from tokentide.streams.detection.state import WatchState
from tokentide.streams.detection.tick import Tick
from tokentide.streams.detection.view import NEEDED_S, View, look

RULES: Thresholds = AlertRules().thresholds
CELL_S = 300
DAY_S = 86_400
NEVER_S = 10**9
REFRESH_S = 2 * DAY_S
"""How often levels are renewed here; the detector does it every hour."""


def ticks(first: int, last: int) -> NDArray[np.int64]:
    """Return the ends of cells after `first` up to `last`."""
    return np.arange(first + CELL_S, last + 1, CELL_S, dtype=np.int64)


def over_view(
    watch: Watch, state: WatchState, view: View, baseline: Baseline
) -> tuple[WatchState, list[AlertEvent], int]:
    """Return the state after the ticks of a view, what changed, and the last tick seen (a stale baseline ends it)."""
    judged = judged_window(RULES, baseline)
    busy = _busy(watch, view)
    told: list[AlertEvent] = []
    for at, end in enumerate(view.ends.tolist()):
        if not busy[at] and state.alert is None and not state.pending and end // DAY_S <= state.drift_day:
            continue
        state, changes = advance(Tick(watch, RULES, baseline, view, at, judged), state)
        told.extend(changes)
        if baseline.stale(state):
            return state, told, end
    return state, told, int(view.ends[-1])


def _busy(watch: Watch, view: View) -> NDArray[np.bool_]:
    """Return the ticks at which some test could hold, even in part."""
    busy = np.zeros(len(view.ends), np.bool_)
    for window, scores in view.shifts.items():
        if watch.kind is not Kind.VOLUME:
            busy |= holds(scores, track_of(RULES, window)[1], PARTLY).any(axis=1)
    for scores in view.volumes.values():
        busy |= (scores.z <= -scores.z_open).any(axis=1)
    for scores in view.totals.values():
        busy |= (scores.events == 0) | (scores.z[:, 0] <= -scores.z_open[0])
    for shares in view.newcomers.values():
        busy |= shares > 0
    return busy


def over_time(
    watch: Watch, cells: Cells, first: int, last: int, baseline: Baseline | None = None, relearn_s: int = NEVER_S
) -> tuple[WatchState, list[AlertEvent]]:
    """Return the last state and every change between two moments, levels renewed every day.

    Args:
        watch: what is watched.
        cells: history and test.
        first, last: seconds; the detector starts with what it knew at `first`.
        baseline: of `first`, if it is there already.
        relearn_s: how old shapes and scales may become; the detector's own day is dear over many weeks.
    """
    state, told, now, learned = WatchState(), [], first, first
    while now < last:
        if baseline is not None and (baseline.stale(state) or now - learned >= relearn_s):
            baseline = None
        learned = now if baseline is None else learned
        baseline = baseline_for(watch, RULES, cells, state, now, None if baseline is None else aged(baseline, now))
        if baseline is None:
            raise ValueError("a background needs at least a week before its test")
        end = min(now + REFRESH_S, last)
        view = look(watch, baseline, cells.part(now - NEEDED_S, end), ticks(now, end))
        state, changes, now = over_view(watch, state, view, baseline)
        told.extend(changes)
    return state, told


def aged(baseline: Baseline, now: int) -> Baseline:
    """Return a baseline that is not learnt anew however old it is."""
    return replace(baseline, learned=now)


def pages(told: list[AlertEvent]) -> Iterator[AlertEvent]:
    """Return the changes that wake somebody."""
    return (event for event in told if event.kind.value in ("opened", "stepped") and event.urgency.value == "page")
