"""Shares and means of a sample: linearised ratio variance, effective n, 95 % interval.

Two samples are known here. *Requests* were classified one by one, each with its own known rate (Poisson
sampling); what is estimated is the figure all requests would give, so at rate 1 nothing is left to chance.
*Accounts* are whole clusters; what is estimated is the figure of the population they are drawn from.
Without accounts the interval of requests is a lower bound on uncertainty: it knows of no clusters.

Everything is computed from additive sums. Stored sums carry micro-weights: see `of_micro`.

Source: Särndal, Swensson and Wretman, Model Assisted Survey Sampling (1992), 3.5 (Poisson sampling), 5.6
(ratios by linearisation), 4.2 (clusters); Kish, Survey Sampling (1965), 11.7 (effective n); Satterthwaite,
Biometrics 2 (1946) 110 (degrees of freedom of a sum of variances).
"""

from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from numpy.typing import ArrayLike

from tokentide.reports.statistics.distributions import Floats
from tokentide.reports.statistics.estimate import Estimate, bounded, part, positive

_MICRO: Final = 1e-6
_ROUNDING: Final = 1e-12
_LEAST: Final = 2.0
_NO_CHANCE: Final = np.zeros(())


@dataclass(frozen=True, slots=True)
class Sampled:
    """Sums over the sampled requests of one group, of an amount x >= 0 (1, tokens, USD); arrays broadcast.

    Attributes:
        n: sampled requests.
        total: sum of w x, with w = 1 / rate.
        square: sum of w² x².
        linear: sum of w x².
    """

    n: Floats
    total: Floats
    square: Floats
    linear: Floats

    @classmethod
    def of_micro(cls, n: ArrayLike, total: ArrayLike, square: ArrayLike, linear: ArrayLike) -> Self:
        """Return the sums from stored ones, whose weights are millionths (squares: millionths²)."""
        return cls(_floats(n), _floats(total) * _MICRO, _floats(square) * _MICRO**2, _floats(linear) * _MICRO)

    def less(self, other: "Sampled") -> "Sampled":
        """Return the sums of what is not in `other`, which is part of this."""
        return Sampled(*(np.maximum(mine - its, 0) for mine, its in zip(_all(self), _all(other), strict=True)))

    @property
    def chance(self) -> Floats:
        """The variance of `total` by Poisson sampling: sum of (w² - w) x²."""
        left = self.square - self.linear
        return np.where(left > _ROUNDING * self.square, left, 0.0)

    @property
    def n_eff(self) -> Floats:
        """How many requests of equal weight and amount would carry as much."""
        return part(self.total**2, self.square)

    @property
    def freedom(self) -> Floats:
        """How well `square` is known, as degrees of freedom."""
        return _freedom(self.n_eff, self.n, 2.0)


@dataclass(frozen=True, slots=True)
class Pair:
    """Sums over units of two amounts, for y / x where y is not simply a part of x; arrays broadcast.

    Attributes:
        n: units: requests, or accounts.
        y, x: weighted totals (of accounts: totals).
        yy, xy, xx: products of each unit's weighted amounts: w² y² and so on (accounts: y², xy, x²).
        sure: the same three products weighted by w instead of w²: what sampling leaves to no chance
            (accounts: nothing).
    """

    n: Floats
    y: Floats
    x: Floats
    yy: Floats
    xy: Floats
    xx: Floats
    sure: tuple[Floats, Floats, Floats] = (_NO_CHANCE, _NO_CHANCE, _NO_CHANCE)


def share(group: Sampled, whole: Sampled) -> Estimate:
    """Estimate a group's part of the whole, group included, from sampled requests."""
    rest = whole.less(group)
    value = part(group.total, whole.total)
    # a request in the group pulls by 1 - value, any other by value
    inside = (1 - value) ** 2 * part(group.chance, whole.total**2)
    # not rest.chance: what rounding leaves of a difference of large sums is no chance
    outside = value**2 * part(np.maximum(whole.chance - group.chance, 0), whole.total**2)
    variance = (inside + outside) * _few(whole.n)
    freedom = _satterthwaite(inside, group.freedom, outside, rest.freedom)
    freedom = np.where(inside + outside > 0, freedom, whole.freedom)
    low, high = bounded(value, variance, part(whole.chance, whole.total**2), freedom)
    return Estimate(value, np.sqrt(variance), group.n + 0 * value, whole.n_eff + 0 * value, low, high)


def share_of_clusters(pair: Pair) -> Estimate:
    """Estimate y / x, a share (0 to 1), from clusters: each account's own totals and their products."""
    value, variance, n_eff = _linearised(pair)
    # few large clusters draw the value to themselves: their residuals are smaller than their deviations
    variance = variance / np.maximum(1 - 1 / n_eff, 0.5) ** 2
    rest = np.maximum(pair.xx - 2 * pair.xy + pair.yy, 0)
    # what pulls up by 1 - value and what pulls down by value, as in `share`
    inside, outside = (1 - value) ** 2 * pair.yy, value**2 * rest
    freedom = _satterthwaite(
        inside,
        _freedom(part(pair.y**2, pair.yy), pair.n, 1.5) - 1,
        outside,
        _freedom(part((pair.x - pair.y) ** 2, rest), pair.n, 1.5) - 1,
    )
    low, high = bounded(value, variance, 1 / n_eff, freedom)
    return Estimate(value, np.sqrt(variance), pair.n + 0 * value, n_eff, low, high)


def ratio(pair: Pair) -> Estimate:
    """Estimate y / x, any positive ratio (a mean length, a price), from sampled requests or from accounts."""
    value, variance, _ = _linearised(pair)
    n_eff = part(pair.y**2, pair.yy)
    ends = positive(value, variance, _freedom(n_eff, pair.n, 2.0))
    # one unit says nothing about the next
    low, high = (np.where(pair.n > 1, end, np.nan) for end in ends)
    return Estimate(value, np.sqrt(variance), pair.n + 0 * value, n_eff, low, high)


def _linearised(pair: Pair) -> tuple[Floats, Floats, Floats]:
    """Return value, variance and Kish's n of x, from the residuals y - value * x."""
    value = part(pair.y, pair.x)
    yy, xy, xx = (all_ - sure for all_, sure in zip((pair.yy, pair.xy, pair.xx), pair.sure, strict=True))
    residuals = np.maximum(yy - 2 * value * xy + value**2 * xx, 0)
    variance = part(residuals, pair.x**2) * _few(pair.n)
    return value, variance, part(pair.x**2, pair.xx)


def _few(n: Floats) -> Floats:
    """Return n / (n - 1): residuals about a fitted value are too small."""
    return n / np.maximum(n - 1, 1)


def _freedom(n_eff: Floats, n: Floats, power: float) -> Floats:
    """Return the degrees of freedom of a sum of squares whose terms are as unlike as n_eff says.

    n where all are alike. A heavy tail that makes n_eff a part of n makes the sum of squares less certain
    still; the powers are those at which intervals of log-normal amounts cover as they should (see the tests).
    """
    return np.nan_to_num(n * part(n_eff, n) ** power)


def _satterthwaite(a: Floats, free_a: Floats, b: Floats, free_b: Floats) -> Floats:
    """Return the degrees of freedom of the sum of two variances."""
    unsure = a**2 / np.maximum(free_a, _LEAST) + b**2 / np.maximum(free_b, _LEAST)
    return np.nan_to_num(part((a + b) ** 2, unsure))


def _all(sums: Sampled) -> tuple[Floats, Floats, Floats, Floats]:
    return sums.n, sums.total, sums.square, sums.linear


def _floats(values: ArrayLike) -> Floats:
    return np.asarray(values, dtype=np.float64)
