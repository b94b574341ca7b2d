"""Intervals of counted proportions and the exact test of paired ones; arrays broadcast.

Source: Clopper and Pearson, Biometrika 26 (1934) 404; Wilson, JASA 22 (1927) 209; McNemar, Psychometrika 12
(1947) 153; Newcombe, Stat. Med. 17 (1998) 857 and 873 (comparisons used in the tests).
"""

from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from tokentide.reports.statistics.distributions import Floats, beta_cdf, beta_quantile, normal_quantile

_TAIL: Final = 0.025
_Z: Final = normal_quantile(1 - _TAIL)


def wilson(successes: ArrayLike, trials: ArrayLike) -> tuple[Floats, Floats]:
    """Return the 95 % score interval: covers 95 % on average; (NaN, NaN) without trials."""
    x, n = _counts(successes, trials)
    p = np.divide(x, n, out=np.full(x.shape, np.nan), where=n > 0)
    k = _Z**2 / np.maximum(n, 1)
    middle, half = (p + k / 2) / (1 + k), np.sqrt(p * (1 - p) * k + k * k / 4) / (1 + k)
    return np.clip(middle - half, 0.0, p), np.clip(middle + half, p, 1.0)


def clopper_pearson(successes: ArrayLike, trials: ArrayLike) -> tuple[Floats, Floats]:
    """Return the exact 95 % interval: covers at least 95 % always; (NaN, NaN) without trials."""
    x, n = _counts(successes, trials)
    low = np.where(x > 0, beta_quantile(_TAIL, np.maximum(x, 1), n - x + 1), 0.0)
    high = np.where(x < n, beta_quantile(1 - _TAIL, x + 1, np.maximum(n - x, 1)), 1.0)
    return np.where(n > 0, low, np.nan), np.where(n > 0, high, np.nan)


def binomial_at_least(successes: ArrayLike, trials: ArrayLike, p: float) -> Floats:
    """Return the probability of so many successes or more, each trial succeeding with probability `p`."""
    x, n = _counts(successes, trials)
    return np.where(x <= 0, 1.0, beta_cdf(p, np.maximum(x, 1), np.maximum(n - x, 0) + 1))


def mcnemar_rise(gained: ArrayLike, lost: ArrayLike) -> Floats:
    """Return the one-sided exact p-value of a rise between two paired yes/no answers.

    Args:
        gained: pairs that went from no to yes.
        lost: pairs that went from yes to no; pairs that answer alike say nothing.
    """
    return binomial_at_least(gained, np.asarray(gained) + np.asarray(lost), 0.5)


def _counts(successes: ArrayLike, trials: ArrayLike) -> tuple[Floats, Floats]:
    x, n = np.broadcast_arrays(np.asarray(successes, np.float64), np.asarray(trials, np.float64))
    return x, n
