"""Dimension caps: the first 2,000 distinct values of a dimension per received day, then `other`.

Which values are first is decided in offset order, per partition, and only by written facts: a batch
is capped on trial, and the state advances from the facts once they are stored (or read back, or
restored after a restart), all by the same `learn`. So a batch that is retried, or finished by another
worker, is capped alike. The absent text and `other` itself take no place.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from tokentide.schemas.rollup import CAPPED_DIMENSIONS
from tokentide.streams.transforms.facts import Facts, codes_of

I64 = NDArray[np.int64]

OTHER: Final = "other"
_FREE_OF_CHARGE: Final = frozenset({"", OTHER})
_DAYS_KEPT: Final = 2
_DAY_MS: Final = 86_400_000


class DimensionCaps:
    """Values each dimension of one partition has used, by received day (days since 1970).

    Only the two newest days are kept: received times of a partition do not decrease.

    Args:
        limit: distinct values of a dimension and day before `other`.
    """

    def __init__(self, limit: int = 2_000) -> None:
        self.limit = limit
        self._used: defaultdict[tuple[int, str], set[str]] = defaultdict(set)

    def trial(self) -> "CapTrial":
        """Return what one batch is capped with; this state does not change by it."""
        return CapTrial(self)

    def restore(self, day: int, dimension: str, values: Iterable[str]) -> None:
        """Take in values a dimension used on a day, as stored facts hold them."""
        self._used[day, dimension].update(set(values) - _FREE_OF_CHARGE)
        self._forget_old_days()

    def learn(self, facts: pa.RecordBatch | pa.Table) -> None:
        """Take in every value that written facts used (their `used_*` columns)."""
        columns = Facts(facts)
        if columns.rows == 0:
            return
        days = columns.times("received_at", "ms") // _DAY_MS
        for dimension in CAPPED_DIMENSIONS:
            column = columns.text(f"used_{dimension}")
            texts, codes = column.dictionary.to_pylist(), codes_of(column)
            for day in np.unique(days).tolist():
                self.restore(day, dimension, (texts[code] for code in np.unique(codes[days == day]).tolist()))

    def used(self, day: int, dimension: str) -> frozenset[str]:
        """Return the values that hold a place."""
        return frozenset(self._used.get((day, dimension), ()))

    def _forget_old_days(self) -> None:
        newest = max(day for day, _ in self._used)
        for key in [key for key in self._used if key[0] <= newest - _DAYS_KEPT]:
            del self._used[key]


class CapTrial:
    """One batch under the caps: new values take places here, and nowhere else.

    Attributes:
        capped: values replaced by `other`, counted per dimension (rows, not distinct values).
    """

    def __init__(self, caps: DimensionCaps) -> None:
        self._limit = caps.limit
        self._caps = caps
        self._added: defaultdict[tuple[int, str], set[str]] = defaultdict(set)
        self.capped: Counter[str] = Counter()

    def apply(
        self, days: I64, dimension: str, column: pa.DictionaryArray
    ) -> tuple[pa.DictionaryArray, NDArray[np.bool_]]:
        """Return the column as used, and where it was capped.

        Args:
            days: received day of each row, in offset order, shape (n,).
            dimension: one of CAPPED_DIMENSIONS.
            column: the values of the rows, shape (n,).
        """
        texts, codes = column.dictionary.to_pylist(), codes_of(column)
        capped = np.zeros(len(codes), np.bool_)
        for day in np.unique(days).tolist():
            rows = days == day
            over = self._over(day, dimension, texts, _in_order_of_appearance(codes[rows], len(texts)))
            if over:
                capped |= rows & np.isin(codes, over)
        if not capped.any():
            return column, capped
        self.capped[dimension] += int(capped.sum())
        return _with_other(codes, texts, capped), capped

    def _over(self, day: int, dimension: str, texts: list[str], order: list[int]) -> list[int]:
        """Give each value a place while there are any; return the codes that got none."""
        used, added = self._caps.used(day, dimension), self._added[day, dimension]
        over = []
        for code in order:
            text = texts[code]
            if text in used or text in added or text in _FREE_OF_CHARGE:
                continue
            if len(used) + len(added) < self._limit:
                added.add(text)
            else:
                over.append(code)
        return over


def _in_order_of_appearance(codes: I64, cardinality: int) -> list[int]:
    first = np.full(cardinality, len(codes), np.int64)
    # Of several writes to one place the last stays: going backwards, that is the first row of a code.
    first[codes[::-1]] = np.arange(len(codes) - 1, -1, -1)
    order: I64 = np.argsort(first, kind="stable")
    return [int(code) for code in order[: np.count_nonzero(first < len(codes))]]


def _with_other(codes: I64, texts: list[str], capped: NDArray[np.bool_]) -> pa.DictionaryArray:
    """Return the column with `other` in place of what was capped; a dictionary must not have a word twice."""
    words = texts if OTHER in texts else [*texts, OTHER]
    replaced = np.where(capped, words.index(OTHER), codes).astype(np.int32)
    return pa.DictionaryArray.from_arrays(pa.array(replaced), pa.array(words, pa.string()))
