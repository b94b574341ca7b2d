"""Many tests at once: how many of the findings may be false.

Source: Benjamini and Hochberg, J. R. Stat. Soc. B 57 (1995) 289.
"""

import numpy as np
from numpy.typing import ArrayLike

from tokentide.reports.statistics.distributions import Floats


def adjusted(p_values: ArrayLike) -> Floats:
    """Return Benjamini-Hochberg adjusted p-values: those at most q are findings at false discovery rate q.

    Args:
        p_values: one per test made, significant or not; 1-dimensional.
    """
    p = np.asarray(p_values, np.float64)
    if p.size == 0:
        return p
    order = np.argsort(p, kind="stable")
    scaled = p[order] * p.size / np.arange(1, p.size + 1)
    found = np.empty_like(p)
    found[order] = np.minimum(np.minimum.accumulate(scaled[::-1])[::-1], 1.0)
    return found
