"""Columns of events and facts, derived from the wire model: Arrow and ClickHouse types, never written twice.

Only position and enrichment columns, which no producer sends, are declared here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from types import NoneType
from typing import Any, Final, Literal, get_args, get_origin

import pyarrow as pa
from annotated_types import Le

from tokentide.schemas.usage_event import FIELDS, UsageEvent, annotations_of
from tokentide.schemas.wire_types import Distinct

CATEGORY: Final = pa.dictionary(pa.int32(), pa.string())
"""A string that repeats: dictionary in Arrow, LowCardinality(String) in ClickHouse."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the facts table.

    Attributes:
        name: snake_case name.
        arrow: type in record batches.
        clickhouse: type in the table, nullability included.
    """

    name: str
    arrow: pa.DataType
    clickhouse: str

    @property
    def nullable(self) -> bool:
        """Tell whether the column may be null; strings never are, absence is ''."""
        return self.clickhouse.startswith("Nullable(")

    @property
    def field(self) -> pa.Field:
        """The Arrow field of this column."""
        return pa.field(self.name, self.arrow, nullable=self.nullable)


def _column(name: str, arrow: pa.DataType, clickhouse: str, nullable: bool = False) -> Column:
    return Column(name, arrow, f"Nullable({clickhouse})" if nullable else clickhouse)


def _category(name: str) -> Column:
    return _column(name, CATEGORY, "LowCardinality(String)")


def _u64(name: str, nullable: bool = False) -> Column:
    return _column(name, pa.uint64(), "UInt64", nullable)


_UNSIGNED: Final = (
    (2**8, pa.uint8(), "UInt8"),
    (2**16, pa.uint16(), "UInt16"),
    (2**32, pa.uint32(), "UInt32"),
)

_SPECIAL: Final[Mapping[str, tuple[Column, ...]]] = {
    "cost_usd": (_u64("cost_nano", nullable=True),),
    "labels": (
        Column("label_paths", pa.list_(pa.string()), "Array(LowCardinality(String))"),
        Column("label_confidences", pa.list_(pa.uint32()), "Array(UInt32)"),
    ),
    "sample_rate": (_u64("sample_weight", nullable=True),),
}
"""Fields stored as additive integers: nano-USD, millionths of confidence, millionths of weight."""


def bare_type(name: str) -> tuple[Any, bool]:
    """Return the Python type of a field without markers and None, and whether it may be absent."""
    field = UsageEvent.model_fields[name]
    options = [part for part in get_args(field.annotation) if part is not NoneType]
    optional = NoneType in get_args(field.annotation)
    inner = options[0] if optional else field.annotation
    return getattr(inner, "__origin__", inner) if hasattr(inner, "__metadata__") else inner, optional


def _event_columns(name: str) -> tuple[Column, ...]:
    if name in _SPECIAL:
        return _SPECIAL[name]
    kind, optional = bare_type(name)
    if kind is str or get_origin(kind) is Literal:
        return (_distinct(name) if has_mark(name, Distinct) else _category(name),)
    if kind is datetime:
        return (_column(name, pa.timestamp("us", "UTC"), "DateTime64(6, 'UTC')"),)
    if kind is bool:
        return (_column(name, pa.bool_(), "Bool", optional),)
    return (_integer(name, optional),)


def has_mark(name: str, mark: type) -> bool:
    """Tell whether a field's annotation carries a marker of this class."""
    return any(isinstance(each, mark) for each in annotations_of(name))


def _distinct(name: str) -> Column:
    return _column(name, pa.string(), "String")


def _integer(name: str, optional: bool) -> Column:
    maximum = next(int(str(mark.le)) for mark in annotations_of(name) if isinstance(mark, Le))
    arrow, clickhouse = next((arrow, sql) for end, arrow, sql in _UNSIGNED if maximum < end)
    return _column(name, arrow, clickhouse, optional)


EVENT_COLUMNS: Final = tuple(column for name in FIELDS for column in _event_columns(name))
EVENT_SCHEMA: Final = pa.schema([column.field for column in EVENT_COLUMNS])
"""Canonical decoded columns; an absent string is ''."""

POSITION_COLUMNS: Final = (
    _category("epoch"),
    _category("topic"),
    _column("partition", pa.uint32(), "UInt32"),
    _u64("offset"),
    _u64("batch_start"),
    _column("received_at", pa.timestamp("ms", "UTC"), "DateTime64(3, 'UTC')"),
    _u64("payload_hash"),
    _column("rules", pa.uint16(), "UInt16"),
    _column("catalogue", pa.uint32(), "UInt32"),
)

ENRICHMENT_COLUMNS: Final = (
    _category("used_gateway"),
    _category("used_tenant"),
    _category("used_model"),
    _category("used_author"),
    _category("used_provider"),
    _category("used_variant"),
    _category("used_byok"),
    _category("used_category"),
    _category("used_bucket"),
    _category("used_sub_tag"),
    Column("used_labels", pa.list_(pa.string()), "Array(LowCardinality(String))"),
    _category("used_country"),
    _category("used_language"),
    _u64("list_cost_nano", nullable=True),
    _column("flags", pa.uint8(), "UInt8"),
)
"""As used, and the list price; flag bits: 0 total mismatch, 1 unknown model, 2 unpriced, 3 capped, 4 no such country.

`used_category`, `used_bucket` and `used_sub_tag` are of the primary label, '' where nothing was classified.
`used_labels` are the classes an event counts for, the primary one first, each as 'category|bucket|sub_tag'.
"""

FACT_COLUMNS: Final = (*POSITION_COLUMNS, *EVENT_COLUMNS, *ENRICHMENT_COLUMNS)
FACT_SCHEMA: Final = pa.schema([column.field for column in FACT_COLUMNS])


def cost_nano(cost: Decimal) -> int:
    """Return a cost of at most 9 decimals as nano-USD."""
    return int(cost.scaleb(9))
