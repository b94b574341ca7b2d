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
_EXPLAINS: Final = 0.6
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
    moved = observed - _common(observed, expected) * expected
    found = int(_most(moved, observed, expected, view.judged))
    return Driver(found, _relative(observed[found], expected[found]), total)


def _common(observed: Floats, expected: Floats) -> float:
    """Return the factor that members share: the median of those that matter, 1 where they are few."""
    notable = expected >= _NOTABLE * expected.sum()
    if np.count_nonzero(notable) < _MANY:
        return 1.0
    return float(np.median(observed[notable] / expected[notable]))


def _most(moved: Floats, observed: Floats, expected: Floats, judged: Flags) -> int:
    size = np.where(judged, np.abs(moved), -1.0)
    explains = size >= _EXPLAINS * size.max()
    surprise = _surprise(observed / max(observed.sum(), 1e-300), expected / max(expected.sum(), 1e-300))
    return int(np.argmax(np.where(explains, surprise, -1.0)))


def _surprise(now: Floats, before: Floats) -> Floats:
    """Return each member's part of the Jensen-Shannon divergence."""
    middle = np.maximum((now + before) / 2, 1e-300)
    left = before * np.log(np.maximum(before, 1e-300) / middle)
    return np.asarray((left + now * np.log(np.maximum(now, 1e-300) / middle)) / 2)


def _relative(observed: float, expected: float) -> float:
    return float(min(observed / max(expected, 1e-9) - 1, 1e6))
