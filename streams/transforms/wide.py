"""Products of 64-bit columns, exact far beyond 64 bits, and their sums per group.

A number is a list of 32-bit limbs, the low one first, each in a column of 64 bits, so that the product of two limbs
and the sum of 2³² limbs still fit.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

U64 = NDArray[np.uint64]

_HALF: Final = np.uint64(32)
_MASK: Final = np.uint64(0xFFFF_FFFF)


class Wide:
    """A column of non-negative integers of any width."""

    def __init__(self, limbs: Sequence[U64]) -> None:
        self._limbs = tuple(limbs)

    @classmethod
    def of(cls, values: U64) -> "Wide":
        """Return 64-bit values, shape (n,)."""
        return cls(_halves(values))

    def times(self, values: U64) -> "Wide":
        """Return each number times a 64-bit value, shape (n,)."""
        factors = _halves(values)
        limbs = [np.zeros(len(values), np.uint64) for _ in range(len(self._limbs) + len(factors))]
        for low, limb in enumerate(self._limbs):
            for high, factor in enumerate(factors):
                product = limb * factor
                limbs[low + high] += product & _MASK
                limbs[low + high + 1] += product >> _HALF
        return Wide(_carried(limbs))

    def sums(self, order: NDArray[np.intp], starts: NDArray[np.intp], words: int) -> U64:
        """Return the sum of each stretch of the numbers in `order`, modulo 2^(64 · words).

        Args:
            order: row numbers, the rows of a group together, shape (n,).
            starts: where each group begins in `order`, shape (g,), g ≥ 1.
            words: 64-bit words of a sum.

        Returns:
            The words of each sum, the low one first, shape (g, words).
        """
        limbs = [np.zeros(len(starts), np.uint64) for _ in range(2 * words)]
        for place, limb in enumerate(self._limbs[: 2 * words]):
            limbs[place] = np.add.reduceat(limb[order], starts)
        limbs = _carried(limbs)
        return np.stack([low | high << _HALF for low, high in zip(limbs[::2], limbs[1::2], strict=True)], axis=1)


def _halves(values: U64) -> list[U64]:
    """Return one limb where all values fit one, else two."""
    low, high = values & _MASK, values >> _HALF
    return [low, high] if high.any() else [low]


def _carried(limbs: list[U64]) -> list[U64]:
    """Return limbs below 2³², what is above them added to the next; the last one's excess is dropped."""
    carry = np.zeros_like(limbs[0])
    settled = []
    for limb in limbs:
        whole = limb + carry
        settled.append(whole & _MASK)
        carry = whole >> _HALF
    return settled
