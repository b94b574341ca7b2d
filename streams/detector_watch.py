"""One watch from tick to tick: its recent cells, its baseline, renewed each hour and day, and its state.

Pure but for `history`, which brings old cells; the same whether cells come from the store or from the truth.
"""

from collections.abc import Callable
from typing import Final

import numpy as np

from tokentide.schemas.alert import AlertEvent
from tokentide.schemas.alert_rules import CELL_S, Thresholds, Watch
from tokentide.streams.detection.baseline import (
    KEEP_S,
    REBUILD_S,
    RELEARN_S,
    Baseline,
    baseline_for,
    build_baseline,
)
from tokentide.streams.detection.cells import Cells
from tokentide.streams.detection.gates import judged_window
from tokentide.streams.detection.machine import advance, step
from tokentide.streams.detection.state import WatchState
from tokentide.streams.detection.tick import Tick
from tokentide.streams.detection.view import look

LEVEL_S: Final = 8 * 86_400
"""Cells that a refreshed level looks at, and a day."""
RECENT_S: Final = 26 * 3600
"""What a tick looks at, and an hour."""
MISSED_S: Final = 24 * 3600
"""Ticks further back than this are not decided any more: who was not there then cannot page now."""

History = Callable[[int, int, tuple[str, ...]], Cells]
"""From two seconds to the cells between them. With names: of these members and `other`; without: of whoever is
large, and of everybody in the last week."""


class WatchRun:
    """Decides tick after tick on one watch.

    Args:
        watch: what is watched.
        thresholds: of all watches.
        state: where an earlier run left off.
        history: old cells for the baseline.
        renew_s: how long a baseline serves.

    Attributes:
        state: where this run stands.
        baseline: what is normal; None while too little is known.
        history: where old cells come from.
        recent: the cells it was last advanced on, if whoever drives it keeps them here.
    """

    def __init__(
        self,
        watch: Watch,
        thresholds: Thresholds,
        state: WatchState,
        history: History,
        renew_s: int = REBUILD_S,
    ) -> None:
        self.watch = watch
        self.state = state
        self.baseline: Baseline | None = None
        self.recent: Cells | None = None
        self._thresholds = thresholds
        self.history = history
        self._renew_s = renew_s
        self._built_for = -1

    def advance(self, recent: Cells, until: int) -> list[AlertEvent]:
        """Decide every tick that is due and return the changes.

        Args:
            recent: cells that reach from RECENT_S before the first tick due to `until`.
            until: end of the last closed cell.
        """
        changes: list[AlertEvent] = []
        now = self.first_due(until)
        while now <= until:
            self._renew(now)
            last = min(until, (now // self._renew_s + 1) * self._renew_s - CELL_S)
            found = self._decide(recent.part(now - RECENT_S, last), range(now, last + 1, CELL_S))
            changes += found
            now = self.state.tick + CELL_S
        return changes

    def first_due(self, until: int) -> int:
        """Return the first tick that is still to be decided."""
        return max(self.state.tick + CELL_S, until - MISSED_S + CELL_S)

    def _decide(self, recent: Cells, ticks: range) -> list[AlertEvent]:
        """Decide ticks by one baseline, until its level starts anew."""
        if self.baseline is None or len(ticks) == 1:
            self.state, found = step(
                self.watch, self._thresholds, self.state, recent.part(0, ticks[0]), self.baseline, ticks[0]
            )
            return list(found)
        changes: list[AlertEvent] = []
        view = look(self.watch, self.baseline, recent, np.asarray(ticks, np.int64))
        judged = judged_window(self._thresholds, self.baseline)
        for at in range(len(ticks)):
            tick = Tick(self.watch, self._thresholds, self.baseline, view, at, judged)
            self.state, found = advance(tick, self.state)
            changes += found
            if self.baseline.stale(self.state):
                break
        return changes

    def _renew(self, now: int) -> None:
        """Refresh the levels when an hour begins, relearn when a day does, or at once when the level starts anew.

        Both are done for the full hour and the full day, so that a worker that begins in between does the same.
        """
        due = now // self._renew_s * self._renew_s
        is_stale = self.baseline is not None and self.baseline.stale(self.state)
        if due == self._built_for and not is_stale:
            return
        anew = is_stale or any(each > due for each in self.state.breaks)
        self.baseline = self._learned(now if anew else due, now if anew else due // RELEARN_S * RELEARN_S)
        self._built_for = due

    def _learned(self, due: int, learnt: int) -> Baseline | None:
        before = self.baseline
        if before is None or before.stale(self.state) or before.learned < learnt:
            before = self._learn(learnt) or (self._learn(due) if due > learnt else None)
        if before is None or before.built >= due:
            return before
        week = self.history(max(due - LEVEL_S, before.since), due, before.members)
        return baseline_for(self.watch, self._thresholds, week, self.state, due, before)

    def _learn(self, upto: int) -> Baseline | None:
        cells = self.history(upto - KEEP_S, upto, ())
        return build_baseline(self.watch, self._thresholds, cells, self.state, upto)
