"""Who moved: the member whose own volume left its own baseline most.

A share falls when its member loses volume or when another gains; only the volumes can tell which. What all members
have in common (a busier hour than usual) is no member's doing and is taken out first.

Source: Bhagwan et al., Adtributor, NSDI 2014 (explanatory power and surprise).
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from tokentide.schemas.alert_rules import CELL_S
from tokentide.streams.detection.cells import Flags, Floats
from tokentide.streams.detection.view import View

_NOTABLE: Final = 0.01
_MANY: Final = 4
_STRAYS: Final = 0.5
_EXPLAINS: Final = 0.4
"""A candidate explains at least this part of what the largest mover explains."""


@dataclass(frozen=True, slots=True)
class Driver:
    """The member that moved.

    Attributes:
        at: its index.
        change: of its own volume, relative to its own baseline.
        total_change: of the total volume, likewise.
    """

    at: int
    change: float
    total_change: float


def name_driver(view: View, at: int, window_s: int) -> Driver:
    """Return the driver of the change a window shows."""
    cells = view.last(at, window_s // CELL_S)
    observed, expected = view.cells.amount[cells].sum(axis=0), view.own_expected[cells].sum(axis=0)
    total = float(observed.sum() / max(expected.sum(), 1e-300)) - 1
    common = _common(observed, expected)
    moved = view.judged & _share_moved(view, at, window_s)
    found = _most(observed - common * expected, _unusual(view, at, window_s, common), moved)
    return Driver(found, _relative(observed[found], expected[found]), total)


def _share_moved(view: View, at: int, window_s: int) -> Flags:
    """Return the members whose share strays at least half as unusually as the one that strays most."""
    if window_s not in view.shifts:
        return np.ones(len(view.members), np.bool_)
    scores = view.shifts[window_s]
    stray = np.where(view.judged, np.abs(scores.z[at]) / scores.z_open, 0.0)
    return np.asarray(stray >= _STRAYS * stray.max())


def _unusual(view: View, at: int, window_s: int, common: float) -> Floats:
    """Return by how many of its usual deviations each member's own volume has left the common course."""
    window = max((each for each in view.volumes if each <= window_s), default=min(view.volumes))
    scores = view.volumes[window]
    return np.asarray(np.abs((scores.gone[at] - np.log(max(common, 1e-9))) / scores.sigma[at]))


def _common(observed: Floats, expected: Floats) -> float:
    """Return the factor that members share: the median of those that matter, 1 where they are few."""
    notable = expected >= _NOTABLE * expected.sum()
    if np.count_nonzero(notable) < _MANY:
        return 1.0
    return float(np.median(observed[notable] / expected[notable]))


def _most(moved: Floats, unusual: Floats, judged: Flags) -> int:
    size = np.where(judged, np.abs(moved), -1.0)
    explains = size >= _EXPLAINS * size.max()
    return int(np.argmax(np.where(explains, unusual, -1.0)))


def _relative(observed: float, expected: float) -> float:
    return float(min(observed / max(expected, 1e-9) - 1, 1e6))
