"""Two hashes per event: of its id, and of everything else it says.

The payload hash is taken over canonical values, so key order, aliases and whitespace do not matter; a field that is
absent adds nothing, so a later version with more fields gives old events the same hash.
"""

from collections.abc import Iterable
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import xxhash

Hashes = npt.NDArray[np.uint64]

_MIX: Final = (np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB))
_LEFT_OUT: Final = frozenset({"event_id", "label_paths", "label_confidences"})


def event_id_hash(events: pa.RecordBatch) -> Hashes:
    """Return XXH3-64 of each event_id, as ClickHouse's `xxh3()` computes it; shape (n,)."""
    return _strings(events.column("event_id"))


def payload_hash(events: pa.RecordBatch) -> Hashes:
    """Return a 64-bit hash of every field but event_id; shape (n,)."""
    total = np.zeros(events.num_rows, np.uint64)
    for name, column in zip(events.schema.names, events.columns, strict=True):
        if name not in _LEFT_OUT:
            _add(total, name, column)
    _add_labels(total, events.column("label_paths"), events.column("label_confidences"))
    return _mixed(total)


def _add(total: Hashes, name: str, column: pa.Array) -> None:
    if column.null_count == len(column):
        return
    values, present = _words(column)
    salted = _mixed(values + _salt(name))
    total += salted if present is None else salted * present


def _words(column: pa.Array) -> tuple[Hashes, Hashes | None]:
    """Return one 64-bit word per value, and 1 where there is a value (None: everywhere)."""
    if pa.types.is_dictionary(column.type):
        codes = column.indices.to_numpy()
        words = _strings(column.dictionary)
        filled = np.array([text != "" for text in column.dictionary.to_pylist()], np.uint64)
        return words[codes], None if filled.all() else filled[codes]
    if pa.types.is_string(column.type):
        present = (np.diff(_offsets(column)) > 0).astype(np.uint64)
        return _strings(column), None if present.all() else present
    return _numbers(column)


def _numbers(column: pa.Array) -> tuple[Hashes, Hashes | None]:
    present = None
    if column.null_count:
        present = column.is_valid().to_numpy(zero_copy_only=False).astype(np.uint64)
        column = column.fill_null(False if pa.types.is_boolean(column.type) else 0)
    if pa.types.is_timestamp(column.type):
        column = column.cast(pa.int64())
    return column.to_numpy(zero_copy_only=False).astype(np.uint64), present


def _add_labels(total: Hashes, paths: pa.ListArray, confidences: pa.ListArray) -> None:
    ends = _offsets(paths).astype(np.int64)
    counts = np.diff(ends)
    if not counts.any():
        return
    nth = np.arange(ends[-1] - ends[0]) - np.repeat(ends[:-1] - ends[0], counts)
    words = _mixed(_strings(paths.flatten()) + _salt("labels")) + nth.astype(np.uint64)
    words = _mixed(words) + confidences.flatten().to_numpy().astype(np.uint64)
    sums = np.concatenate([np.zeros(1, np.uint64), np.cumsum(_mixed(words), dtype=np.uint64)])
    total += sums[ends[1:] - ends[0]] - sums[ends[:-1] - ends[0]]


def _offsets(column: pa.Array) -> npt.NDArray[np.int32]:
    whole = np.frombuffer(column.buffers()[1], np.int32)
    return whole[column.offset : column.offset + len(column) + 1]


def _strings(column: pa.Array) -> Hashes:
    digest = xxhash.xxh3_64_intdigest
    texts: Iterable[str] = column.to_pylist()
    return np.fromiter((digest(text) for text in texts), np.uint64, len(column))


def _salt(name: str) -> np.uint64:
    return np.uint64(xxhash.xxh3_64_intdigest(name))


def _mixed(words: Hashes) -> Hashes:
    """Return the words scrambled by the finaliser of splitmix64, so that sums of them do not cancel."""
    mixed = words ^ (words >> np.uint64(30))
    mixed *= _MIX[0]
    mixed ^= mixed >> np.uint64(27)
    mixed *= _MIX[1]
    mixed ^= mixed >> np.uint64(31)
    return mixed
