"""How long things last when some of them have not ended yet: the Kaplan-Meier estimate.

Source: Kaplan and Meier, JASA 53 (1958) 457; Greenwood (1926), the variance; Kalbfleisch and Prentice, The
Statistical Analysis of Failure Time Data, 2nd ed. (2002), 1.4 (interval on the log(-log) scale).
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tokentide.reports.statistics.distributions import Floats, normal_quantile

_Z: Final = normal_quantile(0.975)


@dataclass(frozen=True, slots=True)
class Survival:
    """The curve after each time at which something ended; arrays of one length.

    Attributes:
        time: distinct times of endings, ascending.
        at_risk: subjects observed up to that time and not ended before.
        ended: endings at that time.
        surviving: estimated part that lasts longer.
        low, high: 95 % interval of `surviving`; NaN where it is 1 or 0.
        n: all subjects; censored: those not seen to end.
        longest: the longest time any subject was observed.
    """

    time: Floats
    at_risk: NDArray[np.int64]
    ended: NDArray[np.int64]
    surviving: Floats
    low: Floats
    high: Floats
    n: int
    censored: int
    longest: float

    @property
    def median(self) -> float | None:
        """The first time by which half have ended; None if more than half last longer than observed."""
        reached = np.flatnonzero(self.surviving <= 0.5 + 1e-12)
        return float(self.time[reached[0]]) if reached.size else None

    def mean_until(self, horizon: float) -> float:
        """Return the restricted mean: time expected before the end or the horizon, whichever is first.

        Args:
            horizon: at most `longest`; beyond it nothing was observed.
        """
        inner = self.time < horizon
        edges = np.concatenate(([0.0], self.time[inner], [horizon]))
        heights = np.concatenate(([1.0], self.surviving[inner]))
        return float(np.sum(np.diff(edges) * heights))


def kaplan_meier(times: ArrayLike, ended: ArrayLike) -> Survival:
    """Estimate survival from times until the end, or until observation stopped (right censoring).

    Args:
        times: how long each subject was observed, not negative.
        ended: whether it ended then; one that did not counts as at risk at its own time.
    """
    duration, event = np.asarray(times, np.float64), np.asarray(ended, bool)
    time = np.unique(duration[event])
    deaths = np.array([np.sum(event & (duration == moment)) for moment in time], np.int64)
    at_risk = np.array([np.sum(duration >= moment) for moment in time], np.int64)
    surviving: Floats = np.cumprod(1 - deaths / np.maximum(at_risk, 1), dtype=np.float64)
    low, high = _interval(surviving, deaths, at_risk)
    longest = float(duration.max()) if duration.size else 0.0
    return Survival(time, at_risk, deaths, surviving, low, high, int(duration.size), int(np.sum(~event)), longest)


def _interval(surviving: Floats, deaths: NDArray[np.int64], at_risk: NDArray[np.int64]) -> tuple[Floats, Floats]:
    inner = (surviving > 0) & (surviving < 1)
    safe = np.where(inner, surviving, 0.5)
    left = np.maximum(at_risk - deaths, 1)
    greenwood = np.cumsum(deaths / (at_risk * left))
    width = np.exp(_Z * np.sqrt(greenwood) / np.abs(np.log(safe)))
    return np.where(inner, safe**width, np.nan), np.where(inner, safe ** (1 / width), np.nan)
