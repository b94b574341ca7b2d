"""Quantiles of the beta, Student's t and normal distributions, for arrays.

The incomplete beta function is its continued fraction by the modified Lentz algorithm; quantiles are found by
bisection, so they are as good as the function itself (about 1e-12).

Source: Press et al., Numerical Recipes, 3rd ed., 6.4 (continued fraction); Hill, CACM 13 (1970) 617,
algorithm 396 (expansion of t about the normal quantile for many degrees of freedom).
"""

from math import lgamma
from statistics import NormalDist
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

_LOG_GAMMA: Final = np.frompyfunc(lgamma, 1, 1)
_STEPS: Final = 20_000
_CLOSE: Final = 1e-14
_TINY: Final = 1e-300
_HALVINGS: Final = 60
_MANY: Final = 60.0
"""From here on the expansion about the normal quantile is right to 1e-8."""


def normal_quantile(p: float) -> float:
    """Return the value below which a standard normal variable falls with probability `p`."""
    return NormalDist().inv_cdf(p)


def beta_cdf(x: ArrayLike, a: ArrayLike, b: ArrayLike) -> Floats:
    """Return the regularised incomplete beta function I_x(a, b); a, b > 0, 0 <= x <= 1; arrays broadcast."""
    x_, a_, b_ = np.broadcast_arrays(_floats(x), _floats(a), _floats(b))
    # the fraction converges fast below the mean; above it, the mirrored one does
    mirrored = x_ > (a_ + 1) / (a_ + b_ + 2)
    low = np.where(mirrored, 1 - x_, x_)
    first, second = np.where(mirrored, b_, a_), np.where(mirrored, a_, b_)
    tail = np.where(low <= 0, 0.0, _front(low, first, second) * _fraction(low, first, second) / first)
    return np.asarray(np.clip(np.where(mirrored, 1 - tail, tail), 0.0, 1.0))


def _front(x: Floats, a: Floats, b: Floats) -> Floats:
    inside = np.clip(x, _TINY, 1 - 1e-16)
    log_beta = _lgamma(a) + _lgamma(b) - _lgamma(a + b)
    return np.asarray(np.exp(a * np.log(inside) + b * np.log1p(-inside) - log_beta))


def _lgamma(x: Floats) -> Floats:
    return np.asarray(_LOG_GAMMA(x), dtype=np.float64)


def _fraction(x: Floats, a: Floats, b: Floats) -> Floats:
    """Return the continued fraction of I_x(a, b)."""
    d = 1 / _nonzero(1 - (a + b) * x / (a + 1))
    c = np.ones_like(d)
    h = d.copy()
    for m in range(1, _STEPS):
        before = h
        for numerator in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d = 1 / _nonzero(1 + numerator * d)
            c = _nonzero(1 + numerator / c)
            h = h * d * c
        if np.all(np.abs(h - before) <= _CLOSE * np.abs(h)):
            break
    return h


def _nonzero(x: Floats) -> Floats:
    return np.where(np.abs(x) < _TINY, _TINY, x)


def beta_quantile(p: ArrayLike, a: ArrayLike, b: ArrayLike) -> Floats:
    """Return the value below which a Beta(a, b) variable falls with probability `p`; arrays broadcast."""
    p_, a_, b_ = np.broadcast_arrays(_floats(p), _floats(a), _floats(b))
    low, high = np.zeros(p_.shape), np.ones(p_.shape)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        below = beta_cdf(middle, a_, b_) < p_
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    return (low + high) / 2


def t_quantile(p: float, df: ArrayLike) -> Floats:
    """Return the quantile of Student's t, p >= 0.5, for any positive degrees of freedom (whole or not)."""
    freedom = _floats(df)
    few = np.minimum(freedom, _MANY)
    tail = beta_quantile(2 * (1 - p), few / 2, np.full_like(few, 0.5))
    exact = np.sqrt(few * (1 - tail) / np.maximum(tail, _TINY))
    return np.where(freedom < _MANY, exact, _near_normal(normal_quantile(p), np.maximum(freedom, _MANY)))


def _near_normal(z: float, df: Floats) -> Floats:
    terms = (
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160,
    )
    return np.asarray(z + sum(term / df ** (power + 1) for power, term in enumerate(terms)))


def _floats(values: ArrayLike) -> Floats:
    return np.asarray(values, dtype=np.float64)
