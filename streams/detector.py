"""The shift detector over a store: close cells, decide every watch, write what was decided.

Everything it knows it reads from the store, and everything it writes is named by what it is, so a restart,
a second leader for a moment, a replay or a rebuild changes nothing. It knows no Faust; `detector_timer` runs it.
"""

import logging
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from tokentide.schemas.alert import AlertEvent, name_alert
from tokentide.schemas.alert_rules import CELL_S, AlertRules, Watch
from tokentide.sinks.clickhouse.alert_actions import Action, ActionKind, read_actions
from tokentide.sinks.clickhouse.alert_cells import (
    CellSpan,
    cells_from_facts,
    first_fact,
    kept_span,
    moment,
    read_cells,
    read_folded,
    read_new,
    unit_of,
    watches_seen,
    write_cells,
)
from tokentide.sinks.clickhouse.alert_closing import closed_before, record_early
from tokentide.sinks.clickhouse.alert_rows import (
    LimitRow,
    Standing,
    read_changes,
    read_standings,
    record_changes,
    record_limits,
    record_standings,
)
from tokentide.sinks.clickhouse.store import Store
from tokentide.streams.detection.baseline import KEEP_S, REBUILD_S, RELEARN_S
from tokentide.streams.detection.cells import Cells
from tokentide.streams.detection.machine import acknowledge
from tokentide.streams.detection.power import power
from tokentide.streams.detection.state import WatchState
from tokentide.streams.detector_cells import dense
from tokentide.streams.detector_watch import LEVEL_S, RECENT_S, History, WatchRun

logger = logging.getLogger(__name__)

_CHUNK_S: Final = 86_400
_PATIENT_CHUNK_S: Final = 7_200
"""Seconds of cells worked out from facts at a time, without and with a limit to a run."""
_MANY_TICKS: Final = 24
"""So many ticks at once are decided on cells read once: old cells of each baseline are cut from these."""


@dataclass(slots=True)
class Detected:
    """What a run did.

    Attributes:
        until: end of the last closed cell, unix seconds; None while none is.
        changes: of alerts, in order of time.
        ticks: decided, of all watches together.
        early: events more than 60 s ahead of the broker, by gateway.
        cpu_s: processor time of the thread.
    """

    until: int | None = None
    changes: list[AlertEvent] = field(default_factory=list)
    ticks: int = 0
    early: dict[str, int] = field(default_factory=dict)
    cpu_s: float = 0.0


class Detector:
    """Decides on one store by one set of rules.

    Args:
        store: open and migrated.
        rules: what is watched and when it is told.
        renew_s: how long a baseline serves.
        stopping: asked between watches; a run then ends early, with what it has decided written.
        patience_s: seconds after which a run stops working out old cells and leaves the rest to the next one:
            weeks of facts take hours, and whoever runs must be seen to run. None: it works out all of them.
    """

    def __init__(
        self,
        store: Store,
        rules: AlertRules,
        renew_s: int = REBUILD_S,
        stopping: Callable[[], bool] = lambda: False,
        patience_s: float | None = None,
    ) -> None:
        self._store = store
        self._rules = rules
        self._renew_s = renew_s
        self._stopping = stopping
        self._patience_s = patience_s
        self._runs: dict[str, WatchRun] = {}
        self._closed_to: int | None = None
        self._new: tuple[CellSpan, pa.Table] | None = None

    def run(self, until: int | None = None) -> Detected:
        """Close what can be closed, decide what is due, and write it.

        Args:
            until: decide no cell that ends later, unix seconds.
        """
        began, done = time.thread_time(), Detected()
        closed = closed_before(self._store)
        if closed is not None:
            done.until = closed if until is None else min(closed, until // CELL_S * CELL_S)
            self._close(done)
            self._decide(done)
        done.cpu_s = time.thread_time() - began
        return done

    def standing(self) -> Mapping[str, int]:
        """Return how many alerts of each class stand."""
        counts: dict[str, int] = {}
        for run in self._runs.values():
            if run.state.alert is not None:
                kind = run.state.alert.alert_class.value
                counts[kind] = counts.get(kind, 0) + 1
        return counts

    def _close(self, done: Detected) -> None:
        """Work out the cells that have closed since the last run, a day at a time."""
        start = None if done.until is None else self._next_cell(done.until)
        began, step = time.monotonic(), _CHUNK_S if self._patience_s is None else _PATIENT_CHUNK_S
        while start is not None and done.until is not None and start < done.until and not self._must_pause(began):
            span = CellSpan(start, min(start + step, done.until))
            write_cells(self._store, cells_from_facts(self._store, self._rules.enabled, span), span)
            for gateway, count in record_early(self._store, span).items():
                done.early[gateway] = done.early.get(gateway, 0) + count
            self._closed_to = start = span.end
        if start is not None and done.until is not None and start < done.until:
            done.until = None  # decided once all that is past is known

    def _must_pause(self, began: float) -> bool:
        late = self._patience_s is not None and time.monotonic() - began > self._patience_s
        return late or self._stopping()

    def _next_cell(self, until: int) -> int | None:
        """Return where the next cell begins: after those that are kept, else at the first fact of eight weeks."""
        if self._closed_to is not None:
            return self._closed_to
        ticks = [int(each.tick.timestamp()) for each in read_standings(self._store).values()]
        kept = kept_span(self._store)
        ends = [*ticks, *([kept.end] if kept is not None else [])]
        first = first_fact(self._store)
        return max(ends) if ends else None if first is None else max(first, until - KEEP_S)

    def _decide(self, done: Detected) -> None:
        until = done.until
        if until is None:
            return
        seen = watches_seen(self._store)
        known = {} if self._runs else read_standings(self._store)
        standings, limits = [], []
        for watch in self._rules.enabled:
            if self._stopping():
                break
            if watch.name not in seen:
                standings.append(_off(watch, until))
                continue
            run = self._runs.get(watch.name) or self._begin(watch, known)
            if run.state.tick < until:
                limits += self._advance(run, until, done)
                standings.append(standing_of(run))
        changes = sorted([*done.changes, *self._accepted(until)], key=lambda change: (change.at, change.watch))
        done.changes = changes
        # Changes first: a state that knows of an alert nobody was told of would never tell it.
        record_changes(self._store, changes)
        record_standings(self._store, [*standings, *(standing_of(self._runs[each.watch]) for each in changes)])
        record_limits(self._store, limits)

    def _begin(self, watch: Watch, known: Mapping[str, Standing]) -> WatchRun:
        standing = known.get(watch.name)
        state = WatchState.from_json(standing.state) if standing is not None and standing.state else WatchState()
        run = WatchRun(watch, self._rules.thresholds, state, self._history_of(watch), self._renew_s)
        self._runs[watch.name] = run
        return run

    def _advance(self, run: WatchRun, until: int, done: Detected) -> list[LimitRow]:
        """Decide the ticks of one watch that are due; return its limits if its baseline is new."""
        first, before = run.first_due(until), run.baseline
        due = (until - first) // CELL_S + 1
        run.history = self._history_of(run.watch) if due < _MANY_TICKS else self._cut_of(run.watch, first, until)
        run.recent = self._recent(run, first, until)
        done.changes += run.advance(run.recent, until)
        done.ticks += due
        return [] if run.baseline is before else limits_of(run, self._rules, until)

    def _recent(self, run: WatchRun, first: int, until: int) -> Cells:
        """Return the cells that the due ticks look at: those of the last run, and what has closed since."""
        kept = run.recent
        if kept is None or kept.end != first - CELL_S:
            return self._cells(run.watch, CellSpan(first - RECENT_S, until))
        span = CellSpan(kept.end, until)
        rows = self._new_rows(span)
        own = pc.and_(pc.equal(rows["watch"], run.watch.name), pc.equal(rows["unit"], unit_of(run.watch)))
        return kept.then(dense(run.watch.name, rows.filter(own), span)).part(first - RECENT_S, until)

    def _new_rows(self, span: CellSpan) -> pa.Table:
        """Read what has just closed once for all watches."""
        if self._new is None or self._new[0] != span:
            self._new = (span, read_new(self._store, span))
        return self._new[1]

    def _cells(self, watch: Watch, span: CellSpan) -> Cells:
        return dense(watch.name, read_cells(self._store, watch, span), span)

    def _history_of(self, watch: Watch) -> History:
        def history(first: int, last: int, members: tuple[str, ...]) -> Cells:
            if members:
                return self._folded(watch, CellSpan(first, last), members)
            week = CellSpan(max(first, last - LEVEL_S), last)
            newer = self._cells(watch, week)
            large = newer.folded(watch.top).members
            return self._folded(watch, CellSpan(first, week.start), large).then(newer)

        return history

    def _folded(self, watch: Watch, span: CellSpan, members: tuple[str, ...]) -> Cells:
        return dense(watch.name, read_folded(self._store, watch, span, members), span).over(members)

    def _cut_of(self, watch: Watch, first: int, until: int) -> History:
        """Read once what many baselines will look at."""
        everything = self._cells(watch, CellSpan(first - KEEP_S - RELEARN_S, until))
        return cut_of(everything)

    def _accepted(self, until: int) -> list[AlertEvent]:
        """Close the alerts whose level somebody has accepted."""
        asked = read_actions(self._store, moment(until - KEEP_S))
        return [change for action in asked for change in self._accept(action, until)]

    def _accept(self, action: Action, until: int) -> Iterable[AlertEvent]:
        run = self._runs.get(action.watch)
        if action.kind is not ActionKind.ACCEPT or run is None or open_alert(run) != action.alert_id:
            return ()
        last = [each for each in read_changes(self._store) if each.alert_id == action.alert_id]
        if not last:
            return ()
        run.state, changes = acknowledge(run.watch, run.state, until, last[-1], accept_level=True)
        return changes


def cut_of(everything: Cells) -> History:
    """Return the history that cells in memory are."""

    def history(first: int, last: int, members: tuple[str, ...]) -> Cells:
        cells = everything.part(first, last)
        return cells.over(members) if members else cells

    return history


def open_alert(run: WatchRun) -> str:
    """Return the name of the alert of a watch that stands, or ''."""
    alert = run.state.alert
    return "" if alert is None else name_alert(run.watch.name, datetime.fromtimestamp(alert.opened_at, UTC))


def standing_of(run: WatchRun) -> Standing:
    """Return where a watch stands, as it is stored."""
    state = run.state
    return Standing(
        run.watch.name, moment(state.tick), state.status.value, state.reason, open_alert(run), state.to_json()
    )


def limits_of(run: WatchRun, rules: AlertRules, until: int) -> list[LimitRow]:
    """Return what the series of a watch can show."""
    if run.baseline is None:
        return []
    return [
        LimitRow(
            limit.watch,
            limit.member,
            limit.window_s,
            moment(until),
            limit.limit_pp,
            limit.n_eff,
            limit.value,
            limit.judged,
        )
        for limit in power(run.watch, rules.thresholds, run.baseline)
    ]


def _off(watch: Watch, until: int) -> Standing:
    return Standing(watch.name, moment(until), "off", f"no event carries what {watch.name} is told by", "", "")
