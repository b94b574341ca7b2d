"""Sums of many request lengths without drawing each: pools of sums of 1 to 15 times 1, 16, 256, … requests.

A cell with n requests takes one entry for each hexadecimal digit of n; sums and sums of squares belong together, so
heavy tails show in both as they would request by request.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_BASE = 16
_LEVELS = 5
_ENTRIES = 16_384


@dataclass(frozen=True, slots=True)
class Pool:
    """Sums of lengths; `sums` and `squares` are [level, digit, entry]."""

    sums: Floats
    squares: Floats

    @classmethod
    def of(cls, lengths: Floats, rng: np.random.Generator) -> "Pool":
        """Return the pools of lengths drawn from a sample."""
        one, one_sq = lengths, lengths**2
        sums, squares = np.zeros((2, _LEVELS, _BASE, _ENTRIES))
        for level in range(_LEVELS):
            for digit in range(1, _BASE):
                at = rng.integers(0, len(one), (digit, _ENTRIES))
                sums[level, digit], squares[level, digit] = one[at].sum(axis=0), one_sq[at].sum(axis=0)
            at = rng.integers(0, len(one), (_BASE, 4 * _ENTRIES))
            one, one_sq = one[at].sum(axis=0), one_sq[at].sum(axis=0)
        return cls(sums, squares)

    def draw(self, counts: NDArray[np.int64], rng: np.random.Generator) -> tuple[Floats, Floats]:
        """Return sums and sums of squares of so many lengths, element by element."""
        total, total_sq = np.zeros((2, *counts.shape))
        left = np.minimum(counts, _BASE**_LEVELS - 1)
        for level in range(_LEVELS):
            digit, left = left % _BASE, left // _BASE
            if not digit.any():
                continue
            at = rng.integers(0, _ENTRIES, counts.shape)
            total += self.sums[level, digit, at]
            total_sq += self.squares[level, digit, at]
        return total, total_sq


def lognormal(mean: float, design_effect: float, rng: np.random.Generator, size: int = 262_144) -> Floats:
    """Return lengths whose design effect (mean square over squared mean) is as given."""
    sigma = np.sqrt(np.log(design_effect))
    return np.asarray(np.maximum(1.0, mean * np.exp(sigma * rng.standard_normal(size) - sigma**2 / 2)))
