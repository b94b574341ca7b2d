"""Sums of squares per group, exact to 128 bits.

A square of a 64-bit number needs 128 bits and numpy has no such integer, so squares are summed as
four 32-bit limbs (each sum stays below 2⁶⁴ for up to 2³⁰ rows) and carried once at the end.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

U64 = NDArray[np.uint64]

_HALF: Final = np.uint64(32)
_MASK: Final = np.uint64(0xFFFF_FFFF)
_TWO: Final = np.uint64(2)


def sums_of_squares(values: U64, starts: NDArray[np.intp]) -> U64:
    """Return Σx² of each stretch of `values`, modulo 2¹²⁸ (as ClickHouse's UInt128 sums do).

    Args:
        values: shape (n,), groups lying together.
        starts: where each group begins, ascending, shape (g,), g ≥ 1.

    Returns:
        The low and the high word of each sum, uint64, shape (g, 2).
    """
    low, high = values & _MASK, values >> _HALF
    limbs = _limb_sums(low * low, starts)
    if high.any():
        mixed, upper = _limb_sums(low * high, starts), _limb_sums(high * high, starts)
        limbs[1:3] += _TWO * mixed[0:2]
        limbs[2:4] += upper[0:2]
    return _carried(limbs)


def _limb_sums(products: U64, starts: NDArray[np.intp]) -> U64:
    """Sum the lower and the upper 32 bits of each product apart, into limbs 0 and 1 of four."""
    limbs = np.zeros((4, len(starts)), np.uint64)
    limbs[0] = np.add.reduceat(products & _MASK, starts)
    limbs[1] = np.add.reduceat(products >> _HALF, starts)
    return limbs


def _carried(limbs: U64) -> U64:
    for place in range(3):
        limbs[place + 1] += limbs[place] >> _HALF
        limbs[place] &= _MASK
    return np.stack([limbs[0] | limbs[1] << _HALF, limbs[2] | limbs[3] << _HALF], axis=1)
