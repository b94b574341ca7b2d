"""Events, one object each, as columns: how the slow path meets the fast one."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

import pyarrow as pa

from tokentide.schemas.columns import EVENT_COLUMNS, EVENT_SCHEMA, Column, cost_nano
from tokentide.schemas.usage_event import UsageEvent

MILLIONTHS: Final = 1_000_000


def millionths(share: float) -> int:
    """Return a confidence as whole millionths, half to even."""
    return round(share * MILLIONTHS)


def weight(rate: float | None) -> int | None:
    """Return the integer weight, in millionths, of an event sampled at `rate`."""
    return None if rate is None else round(MILLIONTHS / rate)


def _nano(cost: Decimal | None) -> int | None:
    return None if cost is None else cost_nano(cost)


_DERIVED: Final[Mapping[str, Callable[[UsageEvent], object]]] = {
    "cost_nano": lambda event: _nano(event.cost_usd),
    "label_paths": lambda event: [label.path for label in event.labels],
    "label_confidences": lambda event: [millionths(label.confidence) for label in event.labels],
    "sample_weight": lambda event: weight(event.sample_rate),
}


def event_batch(events: Sequence[UsageEvent]) -> pa.RecordBatch:
    """Return events as one batch in EVENT_SCHEMA, in order."""
    return pa.record_batch([_array(column, events) for column in EVENT_COLUMNS], schema=EVENT_SCHEMA)


def _array(column: Column, events: Sequence[UsageEvent]) -> pa.Array:
    values: list[Any]
    if column.name in _DERIVED:
        values = [_DERIVED[column.name](event) for event in events]
    else:
        values = [getattr(event, column.name) for event in events]
    if pa.types.is_dictionary(column.arrow):
        return pa.array([value or "" for value in values], pa.string()).dictionary_encode()
    if pa.types.is_string(column.arrow):
        return pa.array([value or "" for value in values], pa.string())
    return pa.array(values, column.arrow)
