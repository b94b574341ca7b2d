"""When a deviation is large enough and sure enough."""

from typing import Final

import numpy as np

from tokentide.schemas.alert_rules import Thresholds, Track
from tokentide.streams.detection.baseline import Baseline
from tokentide.streams.detection.cells import Flags
from tokentide.streams.detection.state import WatchState
from tokentide.streams.detection.tick import Tick
from tokentide.streams.detection.view import Scores

FULL: Final = 1.0
PARTLY: Final = 2 / 3
"""A step between two ticks has filled a 15-minute window to at least two thirds when it is seen first."""
_MARGIN: Final = 2.0
"""A change of exactly the threshold measures less than it every other time: two standard deviations are given."""
_LEAST: Final = 0.75
"""… but not below this part of the threshold."""
_HEADROOM: Final = 1.4
_SMALL: Final = 0.01
"""A member whose share is expected to be smaller has no say in which window is judged."""


def holds(scores: Scores, track: Track, part: float) -> Flags:
    """Return where a deviation opens an alert, or for part < 1 where it may be about to; [m, k]."""
    points = np.maximum(track.delta_pp - _MARGIN * scores.sigma_points, _LEAST * track.delta_pp)
    linked = np.maximum(track.delta_logit - _MARGIN * scores.sigma, _LEAST * track.delta_logit)
    large = (np.abs(scores.points) >= part * points) & (np.abs(scores.gone) >= part * linked)
    return np.asarray(large & (np.abs(scores.z) >= part * scores.z_open) & scores.seen[:, None])


def track_of(rules: Thresholds, window_s: int) -> tuple[str, Track]:
    """Return the name and the thresholds a window is held to: the slow ones are those of the slow window alone."""
    return ("slow", rules.slow) if window_s == rules.slow.window_s else ("fast", rules.fast)


def judged_window(rules: Thresholds, baseline: Baseline) -> int:
    """Return the shortest window that can show `worst_limit_pp`, else the longest there is."""
    scales = baseline.watched.scales
    fit = [window for window, scale in sorted(scales.items()) if window >= rules.fast.window_s]
    for window in fit:
        enough = scales[window].size >= rules.n_eff
        if enough and _HEADROOM * watch_limit(baseline, window) <= rules.worst_limit_pp:
            return window
    return fit[-1] if fit else rules.fast.window_s


def watch_limit(baseline: Baseline, window_s: int) -> float:
    """Return the smallest shift that any member that counts can show in a window, percentage points."""
    limit = baseline.watched.scales[window_s].limit_pp
    return float(limit[_counts(baseline)].max(initial=0.0))


def _counts(baseline: Baseline) -> Flags:
    if len(baseline.members) < 3:
        return np.asarray(np.arange(len(baseline.members)) == 0)
    share = 1 / (1 + np.exp(-baseline.watched.expectation.level))
    return share >= _SMALL


def windows_used(tick: Tick, state: WatchState) -> list[int]:
    """Return the windows that may open an alert now, shortest first: up to the judged one, and the slow.

    A window that reaches back into an alert, or over the start of a new level, shows what has been told.
    """
    view, rules = tick.view, tick.rules
    longest = max(tick.judged, rules.slow.window_s)
    kept = [each for each in sorted(view.shifts) if rules.fast.window_s <= each <= longest]
    told = max([*(last for _, last in state.excluded), *state.breaks], default=0)
    return [each for each in kept if view.shifts[each].size[tick.at] >= rules.n_eff and tick.now - each >= told]
