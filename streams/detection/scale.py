"""How far a series strays from what is expected of it while nothing happens, and from where on that is news."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from tokentide.schemas.alert_rules import CELL_S, Thresholds
from tokentide.streams.detection.cells import Flags, Floats, Seconds
from tokentide.streams.detection.expectation import History, deviations, expected_over
from tokentide.streams.detection.series import Series, cells_of, unlink
from tokentide.streams.detection.week import WEEK_S, middle

_TO_SD: Final = 1.4826
_RARE: Final = 1e-5
_STRIDE: Final = {900: 1, 3_600: 1, 7_200: 2, 21_600: 3, 86_400: 12}
"""Cells between the windows of the past that are looked at: overlapping ones say nearly the same."""
_INCIDENT: Final = 3.0
"""A week whose highest deviation is this many times that of every other week holds an incident nobody told us of."""
_TYPICAL_ERROR: Final = 0.9
_SMALL: Final = 0.01
_BORROWS: Final = 1.5
"""A series is raised to what its neighbours show by at most this factor."""
_NORMAL_RATIO: Final = 1.277
"""0.999 over 0.99 quantile of the size of a normal variable."""
_HEAVIEST: Final = 1.5
_UNSURE: Final = 4.0
_MEMORY_S: Final = 7_200
"""Windows closer than this are taken to say the same, however short they are."""


@dataclass(frozen=True, slots=True)
class Scale:
    """The scatter of one series in one window length; all [k] but where said.

    Attributes:
        window_s: the window.
        pooled: robust standard deviation of left-out residuals of the past, linked.
        process: the part of it that sampling does not explain.
        z_open: how many standard deviations open an alert.
        limit_pp: smallest lasting shift the window shows, percentage points (of a logarithm: percent).
        size: effective number of events of a window, lower decile of the past; a number.
    """

    window_s: int
    pooled: Floats
    process: Floats
    z_open: Floats
    limit_pp: Floats
    size: float

    def sigma(self, error: Floats) -> Floats:
        """Return the standard deviation given the sampling error of the window at hand."""
        return np.asarray(np.maximum(self.pooled, np.sqrt(error**2 + self.process**2)))


def heavy_tails(cells: Series, history: History, level: Floats) -> Floats:
    """Return by how much more than normal ones the steps of each series scatter far out, 1 to 1.5; [k].

    A series that jumps shows it in its steps long before a jump in eight weeks was as large as the largest to come.
    Members of a whole lend each other what they show; hours show what 15 minutes of few requests hide.
    """
    counts = unlink(level, cells.logit) >= _SMALL if cells.logit else np.ones(len(level), np.bool_)
    short, long = (_tail_ratio(cells, history, window) for window in (900, 3_600))
    common = max(_median(short[counts]), _median(long[counts]))
    return np.asarray(np.clip(np.maximum(short, common), 1.0, _HEAVIEST))


def _median(values: Floats) -> float:
    return float(np.median(values)) if values.size else 1.0


def _tail_ratio(cells: Series, history: History, window_s: int) -> Floats:
    """Return the 0.999 over the 0.99 quantile of the steps from window to window, as a multiple of a normal one's."""
    _, gone, _ = deviations(cells, expected_over(cells, history.linked(cells)), window_s)
    apart = cells_of(window_s)
    usable = _all_usable(history, apart, 1)
    steps = np.abs(gone[apart:] - gone[:-apart])[usable[apart:] & usable[:-apart]]
    if not len(steps):
        return np.ones(len(history.level[0]))
    common, rare = np.quantile(steps, [0.99, 0.999], axis=0)
    return np.asarray(rare / np.maximum(common, 1e-12) / _NORMAL_RATIO)


def learn_scale(
    cells: Series, history: History, window_s: int, level: Floats, tails: Floats, rules: Thresholds
) -> Scale:
    """Return the scale of a window length from the residuals of the past, each week left out of its own shape.

    Args:
        cells, history: what was, and what would have been expected.
        window_s: length of the windows.
        level: of now, linked, [k].
        tails: of `heavy_tails`, [k].
        rules: thresholds.
    """
    expected = expected_over(cells, history.linked(cells))
    stride = _STRIDE[window_s]
    windows, gone, _ = deviations(cells, expected, window_s, stride)
    usable = _all_usable(history, cells_of(window_s), stride) & (windows.under[:, 0] > 0)
    error = windows.error
    residual = np.where(usable[:, None], gone, np.nan)
    pooled = _TO_SD * middle(np.abs(residual))
    sampled = middle(np.where(usable[:, None], error, np.nan))
    process = np.sqrt(np.maximum(pooled**2 - sampled**2, 0))
    bare = Scale(window_s, pooled, process, pooled, pooled, 0.0)
    z = residual / np.maximum(bare.sigma(error), 1e-12)
    weeks = (windows.start[-1] - windows.start) // WEEK_S if len(windows.start) else windows.start
    doubt = _doubt(int(np.count_nonzero(usable)) * stride * CELL_S, window_s)
    highest = _highest(z, weeks)
    most = _BORROWS * np.maximum(highest, rules.z_open / rules.z_headroom)
    borrowed = np.minimum(_together(z, level, cells.logit), most)
    shown = np.maximum(rules.z_headroom * highest, borrowed) * np.sqrt(tails)
    z_open = np.maximum(rules.z_open * tails, shown) * doubt
    some = (
        np.nanquantile(np.where(usable[:, None], error, np.nan), _TYPICAL_ERROR, axis=0) if usable.any() else sampled
    )
    limit = limit_pp(level, z_open * bare.sigma(some), cells.logit)
    size = float(np.quantile(windows.size[usable], 1 - _TYPICAL_ERROR)) if usable.any() else 0.0
    return Scale(window_s, pooled, process, z_open, limit, size)


def _together(z: Floats, level: Floats, logit: bool) -> float:
    """Return the highest quantile of all members that count, taken together.

    Eight weeks hold too few extremes of one series to know its 1 - 1e-5 quantile; its neighbours have some more.
    """
    counts = unlink(level, logit) >= _SMALL if logit else np.ones(len(level), np.bool_)
    known = np.abs(z[:, counts])
    known = known[~np.isnan(known)]
    return float(np.quantile(known, 1 - _RARE)) if known.size else 0.0


def _doubt(history_s: int, window_s: int) -> float:
    """Return the factor on z_open for a scale that is itself an estimate, from few independent windows."""
    independent = max(history_s / max(window_s, _MEMORY_S), 1.0)
    return float(1 + _UNSURE / np.sqrt(independent))


def limit_pp(level: Floats, distance: Floats, logit: bool) -> Floats:
    """Return how many points (percent of a logarithm) a linked distance is, in the direction where it is more."""
    here = unlink(level, logit)
    up, down = unlink(level + distance, logit) - here, here - unlink(level - distance, logit)
    return np.asarray(100 * np.maximum(up, down) / (1.0 if logit else here))


def _all_usable(history: History, cells: int, stride: int) -> Flags:
    sums = np.concatenate([[0], np.cumsum(~history.usable)])
    last = np.arange(len(history.usable), cells - 1, -stride)[::-1]
    return np.asarray(sums[last] == sums[last - cells])


def _highest(z: Floats, weeks: Seconds) -> Floats:
    """Return the 1 - 1e-5 quantile of |z|, without a week that stands far above all others; [k]."""
    if not len(z):
        return np.zeros(z.shape[1])
    size = np.nan_to_num(np.abs(z), nan=0.0)
    by_week = np.stack([size[weeks == each].max(axis=0) for each in np.unique(weeks)])
    worst = by_week.argmax(axis=0)
    ordered = np.sort(by_week, axis=0)
    second = ordered[-2] if len(ordered) > 1 else ordered[-1]
    told = len(ordered) > 2
    left_out = (ordered[-1] > _INCIDENT * np.maximum(second, 1e-9)) & told
    kept = np.where(left_out[None, :] & (np.unique(weeks)[worst][None, :] == weeks[:, None]), 0.0, size)
    return np.asarray(np.quantile(kept, 1 - _RARE, axis=0))
