"""Columns of integers, costs and weights, checked against the bounds of the model."""

from functools import cache
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from annotated_types import Ge, Le

from tokentide.schemas.columns import EVENT_SCHEMA
from tokentide.schemas.usage_event import UsageEvent, annotations_of
from tokentide.schemas.wire_types import COST_PATTERN, MAX_COST_NANO

Doubt = npt.NDArray[np.bool_]

_NANO: Final = 10**9
_DECIMAL_NANO: Final = pa.decimal128(17, 9)


@cache
def bounds(name: str) -> tuple[float, float]:
    """Return the least and the greatest legal value of a numeric field."""
    marks = annotations_of(name)
    low = next(float(str(mark.ge)) for mark in marks if isinstance(mark, Ge))
    high = next(float(str(mark.le)) for mark in marks if isinstance(mark, Le))
    return low, high


@cache
def _filling(name: str) -> int | None:
    """Return what stands for absence: the default, 0 where a value is required (such a row is marked), or null."""
    field = UsageEvent.model_fields[name]
    return 0 if field.is_required() else field.default


def integers(name: str, column: pa.Array, doubt: Doubt) -> pa.Array:
    """Return int64 values in the field's stored type; rows out of range are marked."""
    target, filling = EVENT_SCHEMA.field(name).type, _filling(name)
    if column.null_count == len(column):
        return pa.repeat(pa.scalar(filling, target), len(column))
    low, high = bounds(name)
    if not _within(column, low, high):
        fine = pc.and_(pc.greater_equal(column, int(low)), pc.less_equal(column, int(high))).fill_null(True)
        doubt |= ~fine.to_numpy(zero_copy_only=False)
        column = pc.if_else(fine, column, int(low))
    if column.null_count and filling is not None:
        column = column.fill_null(filling)
    return column.cast(target)


def _within(column: pa.Array, low: float, high: float) -> bool:
    ends = pc.min_max(column).as_py()
    return bool(ends["min"] >= low and ends["max"] <= high)


def costs(column: pa.Array, doubt: Doubt) -> pa.Array:
    """Return costs, numbers or decimal strings of USD, as nano-USD."""
    if column.null_count == len(column):
        return pa.nulls(len(column), pa.uint64())
    absent = column.is_null().to_numpy(zero_copy_only=False)
    nano = _nano_of_texts(column, doubt) if pa.types.is_string(column.type) else _nano_of_numbers(column, doubt)
    return pa.array(nano, mask=absent)


def _nano_of_numbers(column: pa.Array, doubt: Doubt) -> npt.NDArray[np.uint64]:
    usd = column.fill_null(0.0).to_numpy()
    fine = (usd >= 0) & (usd <= MAX_COST_NANO // _NANO)
    doubt |= ~fine
    nano: npt.NDArray[np.uint64] = np.rint(np.where(fine, usd, 0) * _NANO).astype(np.uint64)
    return nano


def _nano_of_texts(column: pa.Array, doubt: Doubt) -> npt.NDArray[np.uint64]:
    fine = pc.fill_null(pc.match_substring_regex(column, COST_PATTERN), False)
    doubt |= ~fine.to_numpy(zero_copy_only=False) & column.is_valid().to_numpy(zero_copy_only=False)
    exact = pc.if_else(fine, column, "0").cast(_DECIMAL_NANO)
    words = np.frombuffer(exact.buffers()[1], np.uint64)
    nano = words[2 * exact.offset : 2 * (exact.offset + len(exact)) : 2]
    doubt |= nano > MAX_COST_NANO
    return nano


def weights(column: pa.Array, doubt: Doubt) -> pa.Array:
    """Return sample rates as integer weights, in millionths."""
    if column.null_count == len(column):
        return pa.nulls(len(column), pa.uint64())
    absent = column.is_null().to_numpy(zero_copy_only=False)
    rate = column.fill_null(1.0).to_numpy()
    low, high = bounds("sample_rate")
    fine = (rate >= low) & (rate <= high)
    doubt |= ~fine
    return pa.array(np.rint(1e6 / np.where(fine, rate, 1.0)).astype(np.uint64), mask=absent)
