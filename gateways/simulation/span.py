"""Stretches of time with one latent mix, and how many events fall into each."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tokentide.gateways.simulation.curves import DAY_S, WEEK_S
from tokentide.gateways.simulation.mix import Mix

HOUR_S: Final = 3600
_MONDAY: Final = 3 * DAY_S


@dataclass(frozen=True, slots=True)
class Span:
    """[start_s, end_s) with a number of events of one mix.

    Attributes:
        events: how many.
        mix: what they are like.
        swing: how strongly the hour of the day and the weekend show, 0 to 1.
    """

    start_s: int
    end_s: int
    events: int
    mix: Mix
    swing: float

    @property
    def month(self) -> str:
        """The calendar month (UTC) the span lies in, YYYY-MM."""
        return datetime.fromtimestamp(self.start_s, UTC).strftime("%Y-%m")


def edges(start_s: int, end_s: int, step_s: int = WEEK_S) -> Iterator[tuple[int, int]]:
    """Yield the parts of [start, end) between steps of the calendar (weeks from Monday) and the ends of months."""
    at = start_s
    while at < end_s:
        step_end = (at + _MONDAY) // step_s * step_s + step_s - _MONDAY
        stop = min(step_end, _next_month(at), end_s)
        yield at, stop
        at = stop


def _next_month(at_s: int) -> int:
    here = datetime.fromtimestamp(at_s, UTC).replace(day=1, hour=0, minute=0, second=0)
    return int((here + timedelta(days=32)).replace(day=1).timestamp())


def apportioned(total: int, weights: Sequence[float]) -> list[int]:
    """Return whole numbers in proportion to weights that add up to `total` (largest remainders)."""
    exact = np.asarray(weights, np.float64) * total / float(sum(weights))
    whole = np.floor(exact).astype(np.int64)
    order = np.argsort(-(exact - whole), kind="stable")
    whole[order[: total - int(whole.sum())]] += 1
    return [int(count) for count in whole]


def hourly(start_s: int, end_s: int, swing: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the hours' edges and the share of traffic before each edge, both of shape (hours + 1,)."""
    inner = np.arange(start_s // HOUR_S * HOUR_S + HOUR_S, end_s, HOUR_S, dtype=np.float64)
    marks = np.concatenate(([float(start_s)], inner, [float(end_s)]))
    middle = (marks[1:] + marks[:-1]) / 2
    busy = 1 + swing * np.sin(2 * np.pi * (middle / DAY_S - 0.375))
    weekend = ((middle / DAY_S + 3) % 7) >= 5
    density = busy * np.where(weekend, 1 - 0.4 * swing, 1.0) * np.diff(marks)
    return marks, np.concatenate(([0.0], density.cumsum() / density.sum()))
