"""Reading columns of facts, alike whether they were just made or read back from the store.

ClickHouse returns the same values in other Arrow clothes (dictionaries, large strings, binary,
chunks); grouping must not notice.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

U64 = NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class Numbers:
    """A nullable column of non-negative integers.

    Attributes:
        values: 0 where null, shape (n,).
        known: where not null, or None if every row is.
    """

    values: U64
    known: NDArray[np.bool_] | None


class Facts:
    """Columns of facts by name, as numpy arrays or dictionary-encoded text."""

    def __init__(self, facts: pa.RecordBatch | pa.Table) -> None:
        self._facts = facts
        self.rows: int = facts.num_rows

    def numbers(self, name: str) -> Numbers:
        """Return an unsigned column with its nulls apart."""
        column = self._column(name)
        known = None if column.null_count == 0 else column.is_valid().to_numpy(zero_copy_only=False)
        if known is not None:
            column = column.fill_null(pa.scalar(0, pa.uint8()).cast(column.type))
        return Numbers(column.to_numpy(zero_copy_only=False).astype(np.uint64), known)

    def times(self, name: str, unit: str) -> NDArray[np.int64]:
        """Return a time column as integers in `unit` since 1970, rounded down."""
        column = self._column(name)
        scale = {"s": 1, "ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}
        have = scale[column.type.unit]
        ticks: NDArray[np.int64] = column.view(pa.int64()).to_numpy(zero_copy_only=False)
        want = scale[unit]
        return ticks * (want // have) if want >= have else ticks // (have // want)

    def text(self, name: str) -> pa.DictionaryArray:
        """Return a text column as codes and the distinct texts; a null is the empty text."""
        column = self._column(name)
        if not pa.types.is_dictionary(column.type):
            column = column.dictionary_encode()
        texts = column.dictionary.cast(pa.string())
        if column.null_count or texts.null_count:
            return pc.fill_null(texts.take(column.indices), "").dictionary_encode()
        return pa.DictionaryArray.from_arrays(column.indices, texts)

    def equals(self, name: str, word: str) -> NDArray[np.bool_]:
        """Tell which rows of a text column are a word."""
        column = self.text(name)
        return np.array([text == word for text in column.dictionary.to_pylist()], np.bool_)[codes_of(column)]

    def texts(self, name: str) -> tuple[NDArray[np.int64], pa.Array]:
        """Return a column of lists of text as the length of each, shape (n,), and all texts in order."""
        column = self._column(name)
        lengths: NDArray[np.int64] = pc.list_value_length(column).to_numpy(zero_copy_only=False).astype(np.int64)
        return lengths, column.flatten().cast(pa.string())

    def listed_numbers(self, name: str) -> NDArray[np.int64]:
        """Return all numbers of a column of lists, in order."""
        values: NDArray[np.int64] = self._column(name).flatten().to_numpy(zero_copy_only=False).astype(np.int64)
        return values

    def take(self, rows: NDArray[np.int64], names: Sequence[str]) -> "Facts":
        """Return some of the rows, in their order, with some of the columns."""
        return Facts(self._facts.select(list(names)).take(pa.array(rows)))

    def _column(self, name: str) -> pa.Array:
        column = self._facts.column(name)
        if not isinstance(column, pa.ChunkedArray):
            return column
        return column.combine_chunks() if column.num_chunks != 1 else column.chunk(0)


def codes_of(column: pa.DictionaryArray) -> NDArray[np.int64]:
    """Return the place of each row's text in the dictionary of a column without nulls, shape (n,)."""
    codes: NDArray[np.int64] = column.indices.to_numpy(zero_copy_only=False).astype(np.int64)
    return codes


def coded(codes: NDArray[np.int64], texts: list[str]) -> pa.DictionaryArray:
    """Return `texts[codes]`, each distinct text once in the dictionary."""
    places = {text: place for place, text in enumerate(dict.fromkeys(texts))}
    place_of = np.array([places[text] for text in texts], np.int32)
    return pa.DictionaryArray.from_arrays(pa.array(place_of[codes]), pa.array(list(places), pa.string()))
