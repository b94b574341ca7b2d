"""Sums of columns per group, as Arrow columns: counts modulo 2⁶⁴, squares modulo 2¹²⁸, histogram counts."""

from typing import Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from tokentide.streams.transforms.facts import Numbers
from tokentide.streams.transforms.histogram import indices
from tokentide.streams.transforms.keys import Groups
from tokentide.streams.transforms.squares import sums_of_squares
from tokentide.streams.transforms.wide import Wide

U64 = NDArray[np.uint64]
Rows = NDArray[np.bool_] | None

_HISTOGRAM_STRIDE: Final = 1 << 16


class Sums:
    """Adds columns of rows up per group; every result has one row per group."""

    def __init__(self, groups: Groups) -> None:
        self._groups = groups

    def count(self, rows: Rows) -> pa.Array:
        """Count the rows where true, or all."""
        group = self._groups.group if rows is None else self._groups.group[rows]
        return pa.array(np.bincount(group, minlength=len(self._groups)).astype(np.uint64))

    def total(self, values: U64) -> pa.Array:
        """Sum values, shape (n,)."""
        return pa.array(np.add.reduceat(values[self._groups.order], self._groups.starts))

    def squares(self, values: U64) -> pa.Array:
        """Sum squared values, 16 bytes each."""
        return _bytes(sums_of_squares(values[self._groups.order], self._groups.starts))

    def wide(self, values: Wide, words: int) -> pa.Array:
        """Sum numbers wider than 64 bits, `words` · 8 bytes each."""
        return _bytes(values.sums(self._groups.order, self._groups.starts, words))

    def codes(self, codes: NDArray[np.int64], width: int) -> NDArray[np.uint64]:
        """Count the rows of each code below `width`, shape (g, width)."""
        counts = np.bincount(self._groups.group * width + codes, minlength=len(self._groups) * width)
        return counts.reshape(-1, width).astype(np.uint64)

    def histogram(self, column: Numbers) -> pa.Array:
        """Count the known values of each bin, bins ascending."""
        rows = slice(None) if column.known is None else column.known
        cells = self._groups.group[rows] * _HISTOGRAM_STRIDE + indices(column.values[rows])
        cells, counts = np.unique(cells, return_counts=True)
        edges = np.arange(len(self._groups) + 1, dtype=np.int64) * _HISTOGRAM_STRIDE
        return pa.MapArray.from_arrays(
            pa.array(np.searchsorted(cells, edges).astype(np.int32)),
            pa.array((cells % _HISTOGRAM_STRIDE).astype(np.uint16)),
            pa.array(counts.astype(np.uint64)),
        )


def _bytes(words: U64) -> pa.Array:
    """Return numbers of several words, the low one first, as fixed-size binary."""
    buffer = pa.py_buffer(np.ascontiguousarray(words, "<u8"))
    return pa.Array.from_buffers(pa.binary(8 * words.shape[1]), len(words), [None, buffer])
