"""Columns of `alert_events`, derived from the model of a change and its identities, never written twice."""

from datetime import datetime
from enum import StrEnum
from types import NoneType
from typing import Any, Final, get_args

import pyarrow as pa

from tokentide.schemas.alert import AlertEvent
from tokentide.schemas.rollup_columns import RollupColumn

DERIVED: Final = ("alert_id", "change_id", "urgency", "direction")
"""Properties that are stored too, so that a query needs no rule of ours."""

_STAMP: Final = (pa.timestamp("ms", "UTC"), "DateTime64(3, 'UTC')")
_TEXT: Final = (pa.string(), "LowCardinality(String)")
_LONG_TEXT: Final = (pa.string(), "String")
_LONG: Final = ("alert_id", "change_id", "summary")
_OF_TYPE: Final[dict[type, tuple[pa.DataType, str]]] = {
    datetime: _STAMP,
    float: (pa.float64(), "Float64"),
    int: (pa.uint32(), "UInt32"),
    str: _TEXT,
}


def _column(name: str, annotation: Any) -> RollupColumn:
    options = [part for part in get_args(annotation) if part is not NoneType] or [annotation]
    kind = str if issubclass(options[0], StrEnum) else options[0]
    arrow, clickhouse = _LONG_TEXT if name in _LONG else _OF_TYPE[kind]
    return RollupColumn(name, arrow, f"Nullable({clickhouse})" if NoneType in get_args(annotation) else clickhouse)


ALERT_COLUMNS: Final = (
    *(_column(name, str) for name in DERIVED),
    *(_column(name, field.annotation) for name, field in AlertEvent.model_fields.items()),
)
"""Every column of `alert_events`, in order."""

ALERT_SCHEMA: Final = pa.schema(
    [pa.field(each.name, each.arrow, nullable=each.clickhouse.startswith("Nullable")) for each in ALERT_COLUMNS]
)


def alert_row(event: AlertEvent) -> dict[str, Any]:
    """Return the row of a change, one value for each of ALERT_COLUMNS."""
    row = {name: getattr(event, name) for name in (*DERIVED, *AlertEvent.model_fields)}
    return {name: value.value if isinstance(value, StrEnum) else value for name, value in row.items()}
