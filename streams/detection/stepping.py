"""A second shift while the first stands: the same tests, against the level the first one left."""

from dataclasses import dataclass, replace
from typing import Final, Self

import numpy as np

from tokentide.schemas.alert_rules import CELL_S
from tokentide.streams.detection.cells import Floats
from tokentide.streams.detection.finding import Finding
from tokentide.streams.detection.gates import windows_used
from tokentide.streams.detection.opening import Pending, candidates, shift_of
from tokentide.streams.detection.series import link, unlink
from tokentide.streams.detection.state import Alert, WatchState
from tokentide.streams.detection.tick import Tick
from tokentide.streams.detection.view import Scores, View

_BEFORE_CELLS: Final = 24


@dataclass(frozen=True, slots=True)
class Step:
    """What became of the standing level: a second shift (told), or a return of some of it (not told)."""

    finding: Finding | None
    returned: bool
    pending: Pending


def search_step(tick: Tick, state: WatchState, alert: Alert) -> Step:
    """Return whether the level that stands since the alert has been left, and in which direction.

    Only windows that begin after the level does are looked at: the others still hold what was before.
    """
    pending: Pending = {}
    returned = False
    for window in windows_used(tick, state):
        if tick.now - window < alert.stands_since:
            continue
        scores, level = tick.view.shifts[window], _Level.of(tick, alert)
        there = tick.seen_as(_since(tick.view.row(tick.at), level, window), 0)
        for member in candidates(there, window, state, pending):
            if _goes_on(scores.gone[tick.at, member], level.gone[member]):
                found = shift_of(there, window, member)
                return Step(replace(found, scores=scores, at=tick.at), False, pending)
            returned = True
    return Step(None, returned, pending)


@dataclass(frozen=True, slots=True)
class _Level:
    """Where the members stand since the alert: how far from their baseline, and how well that is known; [k]."""

    gone: Floats
    sigma: Floats

    @classmethod
    def of(cls, tick: Tick, alert: Alert) -> Self:
        known = alert.reference or {}
        gone = np.asarray([known.get(name, 0.0) for name in tick.view.members])
        shifts = tick.view.shifts
        measured = shifts[max((each for each in shifts if each <= alert.window_s), default=min(shifts))]
        return cls(gone, measured.sigma[tick.at])


def _goes_on(gone: float, reference: float) -> bool:
    return abs(gone) > abs(reference) or gone * reference < 0


def _since(view: View, level: _Level, window: int) -> View:
    """Return the view with the level since the alert in the place of the baseline."""
    scores = view.shifts[window]
    expected = unlink(link(scores.expected, scores.logit) + level.gone, scores.logit)
    gone, sigma = scores.gone - level.gone, np.hypot(scores.sigma, level.sigma)
    relative = 100 * np.expm1(np.clip(gone, -50, 50))
    points = 100 * (scores.current - expected) if scores.logit else relative
    there = replace(scores, expected=expected, gone=gone, sigma=sigma, points=points, z=gone / sigma)
    return replace(view, shifts={**view.shifts, window: there}, own_expected=_volumes_since(view, scores))


def _volumes_since(view: View, scores: Scores) -> Floats:
    """Return expected volumes as they were in the hours before the window."""
    window = view.last(0, scores.window_s // CELL_S)
    before = slice(max(0, window.start - _BEFORE_CELLS), window.start)
    observed, expected = view.cells.amount[before].sum(axis=0), view.own_expected[before].sum(axis=0)
    return np.asarray(
        view.own_expected * np.divide(observed, expected, out=np.ones_like(observed), where=expected > 0)
    )
