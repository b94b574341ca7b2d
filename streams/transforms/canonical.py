"""Wire columns to canonical event columns, with a mark on every row that a rule of the model may refuse.

A marked row is not refused here: it is read alone, and the model decides and says why. So these checks may be too
strict but never too lax; a property test holds them to the model.
"""

from collections.abc import Callable
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from tokentide.schemas.columns import EVENT_SCHEMA, has_mark
from tokentide.schemas.usage_event import ALIASES, FIELDS, SCHEMA_MAJOR, SUBSETS, UsageEvent
from tokentide.schemas.wire_types import Distinct
from tokentide.streams.transforms.labels import labels
from tokentide.streams.transforms.numbers import costs, integers, weights
from tokentide.streams.transforms.texts import categories, distinct_texts
from tokentide.streams.transforms.times import times

Doubt = npt.NDArray[np.bool_]


def canonical(table: pa.Table) -> tuple[pa.RecordBatch, Doubt]:
    """Return the table's rows in EVENT_SCHEMA and a mark, shape (n,), on those that must be read alone."""
    doubt = np.zeros(table.num_rows, np.bool_)
    arrays: dict[str, pa.Array] = {}
    for name in FIELDS:
        column = _under_one_name(table, name, doubt)
        arrays |= _canonical_column(name, column, doubt)
    _mark_other_schema(arrays, doubt)
    _mark_subsets(arrays, doubt)
    return pa.record_batch([arrays[name] for name in EVENT_SCHEMA.names], schema=EVENT_SCHEMA), doubt


def _under_one_name(table: pa.Table, name: str, doubt: Doubt) -> pa.Array:
    """Return a field's column with its aliases merged in; a row that uses two names is marked."""
    column = _whole(table, name)
    for alias in _ALIASES_OF.get(name, ()):
        other = _whole(table, alias)
        if other.null_count == len(other):
            continue
        if column.null_count < len(column):
            doubt |= _valid(column) & _valid(other)
        column = pc.coalesce(column, other)
    return column


def _canonical_column(name: str, column: pa.Array, doubt: Doubt) -> dict[str, pa.Array]:
    if UsageEvent.model_fields[name].is_required() and column.null_count:
        doubt |= ~_valid(column)
    if name == "labels":
        paths, confidences = labels(column, doubt)
        return {"label_paths": paths, "label_confidences": confidences}
    if name in _DERIVED:
        stored, convert = _DERIVED[name]
        return {stored: convert(column, doubt)}
    target = EVENT_SCHEMA.field(name).type
    if has_mark(name, Distinct):
        return {name: distinct_texts(name, column, doubt)}
    if pa.types.is_dictionary(target):
        return {name: categories(name, column, doubt)}
    return {name: column if pa.types.is_boolean(target) else integers(name, column, doubt)}


def _mark_other_schema(arrays: dict[str, pa.Array], doubt: Doubt) -> None:
    doubt |= arrays["schema_version"].to_numpy() != SCHEMA_MAJOR


def _mark_subsets(arrays: dict[str, pa.Array], doubt: Doubt) -> None:
    for part, whole, _ in SUBSETS:
        if arrays[part].null_count < len(doubt):
            more = pc.fill_null(pc.greater(arrays[part], arrays[whole]), False)
            doubt |= more.to_numpy(zero_copy_only=False)


def _whole(table: pa.Table, name: str) -> pa.Array:
    column = table.column(name).combine_chunks()
    return column if isinstance(column, pa.Array) else column.chunk(0)


def _valid(column: pa.Array) -> Doubt:
    valid: Doubt = column.is_valid().to_numpy(zero_copy_only=False)
    return valid


_ALIASES_OF: Final = {
    name: tuple(alias for alias, canonical_name in ALIASES.items() if canonical_name == name)
    for name in dict.fromkeys(ALIASES.values())
}
_DERIVED: Final[dict[str, tuple[str, Callable[[pa.Array, Doubt], pa.Array]]]] = {
    "event_time": ("event_time", times),
    "cost_usd": ("cost_nano", costs),
    "sample_rate": ("sample_weight", weights),
}
