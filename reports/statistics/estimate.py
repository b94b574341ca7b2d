"""An estimate with its interval, and the two ways an interval is drawn from a variance."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from tokentide.reports.statistics.distributions import Floats, t_quantile

LEVEL: Final = 0.95
"""Every interval of the reports covers with this probability."""

_UPPER: Final = (1 + LEVEL) / 2
_TINY: Final = 1e-300
_LEAST_FREEDOM: Final = 1.0


@dataclass(frozen=True, slots=True)
class Estimate:
    """Estimates of one shape, element by element; NaN where there is nothing to divide by.

    Attributes:
        value: the ratio.
        error: its standard error.
        n: units it rests on: classified requests, or accounts.
        n_eff: how many units of equal weight would carry as much (Kish); n where all are alike.
        low: lower end of the 95 % interval.
        high: upper end of the 95 % interval.
    """

    value: Floats
    error: Floats
    n: Floats
    n_eff: Floats
    low: Floats
    high: Floats


def part(a: Floats, b: Floats) -> Floats:
    """Return a / b, NaN where b is not positive."""
    shape = np.broadcast_shapes(a.shape, b.shape)
    return np.asarray(np.divide(a, b, out=np.full(shape, np.nan), where=b > 0))


def bounded(value: Floats, variance: Floats, unit: Floats, freedom: Floats) -> tuple[Floats, Floats]:
    """Return a Wilson interval of a share whose variance is not binomial.

    The binomial n is replaced by value * (1 - value) / variance, the normal quantile by Student's t.

    Args:
        value: the share, 0 to 1.
        variance: of the share.
        unit: squared relative spread of the whole, the variance a share has per value * (1 - value) if its
            parts are alike; stands in where the share is 0 or 1 and shows no variance of its own.
        freedom: degrees of freedom of the variance.

    Source: Dean and Pagano, J. Surv. Stat. Methodol. 3 (2015) 484 (Wilson intervals in surveys);
        Korn and Graubard, Surv. Methodol. 24 (1998) 193 (effective n by t).
    """
    spread = value * (1 - value)
    inverse_n = np.where(variance > 0, part(variance, spread), unit)
    k = t_quantile(_UPPER, np.maximum(freedom, _LEAST_FREEDOM)) ** 2 * inverse_n
    middle = (value + k / 2) / (1 + k)
    half = np.sqrt(np.maximum(spread * k + k * k / 4, 0)) / (1 + k)
    return np.clip(middle - half, 0, value), np.clip(middle + half, value, 1)


def positive(value: Floats, variance: Floats, freedom: Floats) -> tuple[Floats, Floats]:
    """Return the interval of a positive ratio, symmetric in its logarithm; [0, 0] where it is 0."""
    relative = np.sqrt(np.maximum(variance, 0)) / np.maximum(value, _TINY)
    factor = np.exp(np.minimum(t_quantile(_UPPER, np.maximum(freedom, _LEAST_FREEDOM)) * relative, 700.0))
    return value / factor, value * factor
