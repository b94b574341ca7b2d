"""A column of event times: RFC 3339 text or unix ms, to µs UTC."""

from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from pydantic_core import PydanticCustomError

from tokentide.schemas.wire_types import END_MS, TIME_PATTERN, read_time

Doubt = npt.NDArray[np.bool_]

INSTANT: Final = pa.timestamp("us", "UTC")


def times(column: pa.Array, doubt: Doubt) -> pa.Array:
    """Return the instants; rows without a legal one are marked and read 1970."""
    if pa.types.is_string(column.type):
        micros = _micros_of_texts(column, doubt)
    else:
        micros = column.fill_null(0).to_numpy()
        micros = np.where((micros >= 0) & (micros < END_MS), micros, -1) * 1000
    fine = (micros >= 0) & (micros < END_MS * 1000)
    doubt |= ~fine
    return pa.array(np.where(fine, micros, 0), pa.int64()).cast(INSTANT)


def _micros_of_texts(column: pa.Array, doubt: Doubt) -> npt.NDArray[np.int64]:
    fine = pc.fill_null(pc.match_substring_regex(column, TIME_PATTERN), False)
    if pc.all(fine).as_py() is False:
        doubt |= ~fine.to_numpy(zero_copy_only=False)
        column = pc.if_else(fine, column, "1970-01-01T00:00:00Z")
    try:
        micros: npt.NDArray[np.int64] = column.cast(INSTANT).cast(pa.int64()).to_numpy()
    except pa.ArrowInvalid:
        return np.array([_micros(text) for text in column.to_pylist()], np.int64)
    return micros


def _micros(text: str) -> int:
    """Return µs since 1970, or -1 when there is no such date."""
    try:
        return pa.scalar(read_time(text), INSTANT).value  # type: ignore[no-any-return]
    except PydanticCustomError:
        return -1
