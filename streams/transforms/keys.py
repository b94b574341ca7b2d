"""Rows to groups: several key columns to one integer per row, and the rows of each group together."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from tokentide.streams.transforms.facts import codes_of

I64 = NDArray[np.int64]

_KEY_MAX: Final = 1 << 62


@dataclass(frozen=True, slots=True)
class Factor:
    """One key column as ranks: equal values share a rank, ranks rise as values do.

    Attributes:
        ranks: shape (n,), in 0..cardinality − 1.
        cardinality: an upper bound of the ranks, at least 1.
    """

    ranks: I64
    cardinality: int


@dataclass(frozen=True, slots=True)
class Groups:
    """Rows grouped by equal keys, groups in ascending order of the key.

    Attributes:
        order: row numbers, the rows of a group together, shape (n,).
        starts: where each group begins in `order`, shape (g,).
        group: group number of each row, shape (n,).
    """

    order: NDArray[np.intp]
    starts: NDArray[np.intp]
    group: I64

    def __len__(self) -> int:
        """Return the number of groups."""
        return len(self.starts)


def text_factor(column: pa.DictionaryArray) -> tuple[Factor, list[str]]:
    """Return the ranks of a dictionary-encoded text column and the sorted texts they stand for.

    The order of the dictionary depends on the order of the rows; the ranks do not.
    """
    texts = column.dictionary.to_pylist()
    ranked = sorted(set(texts))
    rank_of = {text: rank for rank, text in enumerate(ranked)}
    ranks = np.array([rank_of[text] for text in texts], np.int64)
    return Factor(ranks[codes_of(column)], max(1, len(ranked))), ranked


def number_factor(values: I64) -> Factor:
    """Return a factor of an integer column: its distance from the least value."""
    ranks = values - values.min()
    return Factor(ranks, int(ranks.max()) + 1)


def grouped(factors: Sequence[Factor]) -> Groups:
    """Group rows (at least one) by the tuple of their ranks, the first factor leading the order."""
    key = _combined(factors)
    order = np.argsort(key, kind="stable")
    ascending = key[order]
    opens = np.ones(len(key), np.bool_)
    opens[1:] = ascending[1:] != ascending[:-1]
    group = np.empty(len(key), np.int64)
    group[order] = np.cumsum(opens) - 1
    return Groups(order, np.flatnonzero(opens), group)


def _combined(factors: Sequence[Factor]) -> I64:
    key, span = factors[0].ranks, factors[0].cardinality
    for factor in factors[1:]:
        if span > _KEY_MAX // factor.cardinality:
            distinct, key = np.unique(key, return_inverse=True)
            span = len(distinct)
        key, span = key * factor.cardinality + factor.ranks, span * factor.cardinality
    return key
