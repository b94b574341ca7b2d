"""A column of label lists: paths cut to the taxonomy, confidences in millionths."""

from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from tokentide.schemas import taxonomy
from tokentide.schemas.wire_types import MAX_LABELS
from tokentide.streams.transforms.event_batch import MILLIONTHS

Doubt = npt.NDArray[np.bool_]

_CONFIDENCE: Final = pa.uint32()


def labels(column: pa.Array, doubt: Doubt) -> tuple[pa.Array, pa.Array]:
    """Return (paths, confidences), two lists per row; rows with an illegal label are marked."""
    counts = pc.list_value_length(column).fill_null(0).to_numpy()
    offsets = np.concatenate([np.zeros(1, np.int32), np.cumsum(counts, dtype=np.int32)])
    entries = column.flatten()
    doubt |= counts > MAX_LABELS
    parents = np.repeat(np.arange(len(column)), counts)
    paths, unknown = _paths(pc.struct_field(entries, 0))
    confidences, illegal = _confidences(pc.struct_field(entries, 1))
    doubt[parents[unknown | illegal]] = True
    ends = pa.array(offsets)
    return pa.ListArray.from_arrays(ends, paths), pa.ListArray.from_arrays(ends, confidences)


def _paths(column: pa.Array) -> tuple[pa.Array, Doubt]:
    encoded = column.dictionary_encode()
    known = [taxonomy.cut(path) for path in encoded.dictionary.to_pylist()] + [None]
    codes = encoded.indices.fill_null(len(known) - 1).to_numpy()
    unknown = np.array([path is None for path in known])[codes]
    words = pa.array([path or "" for path in known], pa.string())
    return words.take(pa.array(codes)), unknown


def _confidences(column: pa.Array) -> tuple[pa.Array, Doubt]:
    shares = column.fill_null(-1.0).to_numpy()
    fine = (shares >= 0) & (shares <= 1)
    return pa.array(np.rint(np.where(fine, shares, 0) * MILLIONTHS), _CONFIDENCE), ~fine
