"""Two usual ways to alert on shares, on the same traffic: distance from the long-run share, and week over week."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tokentide.streams.detection.cells import Cells

Floats = NDArray[np.float64]

WINDOWS = {"15m": 3, "1h": 12, "2h": 24}
TICKS = (1, 2, 3)
DISTANCES = np.arange(1.0, 61.0)
"""Thresholds tried, percentage points."""
_WEEK = 2016
_REST = 288
"""A rival, too, tells a composition at most once a day."""

RIVALS = ("fixed", "week_over_week")


def configurations() -> list[str]:
    """Return every rival, window and number of ticks in a row that is tried."""
    return [f"{rival}:{window}:{ticks}" for rival in RIVALS for window in WINDOWS for ticks in TICKS]


def distances(cells: Cells, usual: Floats, first: int, judged: int) -> dict[str, Floats]:
    """Return for each configuration how far the farthest member stood, at the end of each cell from a second on.

    Args:
        cells: a week of history, or more, and the test.
        usual: long-run share of each member.
        first: start of the test.
        judged: how many members are judged (1 of a ratio).
    """
    late = slice(int(np.searchsorted(cells.start, first)) - 2, None)
    found = {}
    for window, size in WINDOWS.items():
        share = _share(cells, size)
        before = np.full_like(share, np.nan)
        before[_WEEK:] = share[:-_WEEK]
        far = {"fixed": np.abs(share - usual), "week_over_week": np.abs(share - before)}
        for rival, values in far.items():
            most = 100 * np.nan_to_num(values[late, :judged]).max(axis=1)
            found |= {f"{rival}:{window}:{ticks}": _held(most, ticks) for ticks in TICKS}
    return found


def _share(cells: Cells, size: int) -> Floats:
    sums = np.concatenate([np.zeros((1, cells.amount.shape[1])), np.cumsum(cells.amount, axis=0)])
    low = np.maximum(np.arange(1, len(sums)) - size, 0)
    window = sums[1:] - sums[low]
    return np.asarray(window / np.maximum(window.sum(axis=1, keepdims=True), 1e-300))


def _held(values: Floats, ticks: int) -> Floats:
    """Return what has been kept up for so many ticks in a row, from the third value on."""
    return np.min([values[2 - back : len(values) - back] for back in range(ticks)], axis=0)


def false_pages(held: dict[str, Floats]) -> dict[str, list[int]]:
    """Return for each configuration how many pages each distance would have sent."""
    return {name: [_pages(values, distance) for distance in DISTANCES] for name, values in held.items()}


def _pages(values: Floats, distance: float) -> int:
    above = np.flatnonzero(values >= distance)
    count, quiet_until = 0, -1
    for at in above:
        if at > quiet_until:
            count += 1
            quiet_until = at + _REST
    return count


def tune(
    curves: list[dict[str, list[int]]], weeks: int, allowed: float, trials: list[dict[str, Any]]
) -> dict[str, Any]:
    """Return for each rival the configuration that sees most at no more than the allowed false pages a week.

    Args:
        curves: `false_pages` of every quiet watch.
        weeks: how many weeks that were, all watches of a gateway together.
        allowed: false pages a week.
        trials: steps, with `rivals` of each.
    """
    return {rival: max(_options(rival, curves, weeks, allowed, trials), key=_sees) for rival in RIVALS}


def _sees(option: dict[str, Any]) -> tuple[float, float]:
    return option["recall"], -option["distance_pp"]


def _options(
    rival: str, curves: list[dict[str, list[int]]], weeks: int, allowed: float, trials: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    options = []
    for name in (each for each in configurations() if each.startswith(rival)):
        pages = np.sum([curve[name] for curve in curves], axis=0) / weeks
        quiet = np.flatnonzero(pages <= allowed)
        distance = float(DISTANCES[quiet[0]] if quiet.size else DISTANCES[-1])
        seen = [trial["rivals"][name]["slow"] >= distance for trial in trials]
        options.append({"configuration": name, "distance_pp": distance, "recall": round(float(np.mean(seen)), 4)})
    return options
