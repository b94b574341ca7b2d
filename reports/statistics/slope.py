"""Slope of one quantity over another on log-log axes, with errors that do not assume equal spread.

Source: MacKinnon and White, J. Econometrics 29 (1985) 305 (HC1, HC3); Long and Ervin, Am. Stat. 54 (2000) 217
(HC3 for fewer than 250 points).
"""

from dataclasses import dataclass
from functools import cache
from typing import Final, Literal

import numpy as np
from numpy.typing import ArrayLike

from tokentide.reports.statistics.distributions import Floats, t_quantile

LEAST_POINTS: Final = 3


@dataclass(frozen=True, slots=True)
class Slope:
    """A fitted line log y = intercept + slope log x.

    Attributes:
        slope: y changes by this many percent per percent of x; None with fewer than three points or one x.
        error: robust standard error of the slope; low, high: its 95 % interval by Student's t, n - 2.
        intercept: natural logarithm of y at x = 1.
        n: points fitted.
        excluded: points without a logarithm (zero, negative, missing), which are in no figure here.
    """

    slope: float | None
    error: float | None
    low: float | None
    high: float | None
    intercept: float | None
    n: int
    excluded: int


def log_log(x: ArrayLike, y: ArrayLike, kind: Literal["HC1", "HC3"] = "HC3") -> Slope:
    """Fit log y on log x by least squares with heteroscedasticity-robust errors.

    Args:
        x: for example a price; y: for example tokens; of one length.
        kind: HC3 (default) holds for small n too; HC1 is what most tables print.
    """
    x_, y_ = np.asarray(x, np.float64), np.asarray(y, np.float64)
    fit = np.isfinite(x_) & np.isfinite(y_) & (x_ > 0) & (y_ > 0)
    n, excluded = int(fit.sum()), int((~fit).sum())
    log_x, log_y = np.log(x_[fit]), np.log(y_[fit])
    if n < LEAST_POINTS or np.ptp(log_x) == 0:
        return Slope(None, None, None, None, None, n, excluded)
    centred = log_x - log_x.mean()
    spread = float(centred @ centred)
    slope = float(centred @ log_y) / spread
    error = _error(centred, log_y - log_y.mean() - slope * centred, spread, kind)
    half = _t(n - 2) * error
    intercept = float(log_y.mean() - slope * log_x.mean())
    return Slope(slope, error, slope - half, slope + half, intercept, n, excluded)


@cache
def _t(freedom: int) -> float:
    return float(t_quantile(0.975, freedom))


def _error(centred: Floats, residuals: Floats, spread: float, kind: Literal["HC1", "HC3"]) -> float:
    n = centred.size
    if kind == "HC1":
        scaled, factor = residuals, n / (n - 2)
    else:
        leverage = 1 / n + centred**2 / spread
        # a point that alone fixes the line has no residual to scale
        scaled, factor = residuals / np.maximum(1 - leverage, 1e-12), 1.0
    return float(np.sqrt(factor * np.sum((centred * scaled) ** 2)) / spread)
