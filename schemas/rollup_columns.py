"""Arrow schema and ClickHouse types of a rollup row, derived from `schemas.rollup`, never written twice.

One union table, `usage_rollups_in`, takes the rows of every family: a row of family `model` leaves the
ledger columns at zero, a row of family `batch` leaves bucket, dimensions and measures at zero.
"""

from dataclasses import dataclass
from typing import Final

import pyarrow as pa

from tokentide.schemas.rollup import MODEL_DIMENSIONS, MODEL_MEASURES, Kind

_TEXT: Final = "LowCardinality(String)"
_STAMP: Final = "DateTime64(3, 'UTC')"
_ARROW_OF_KIND: Final = {
    Kind.COUNT: pa.uint64(),
    # UInt128 travels as its 16 bytes, least significant first.
    Kind.SQUARE: pa.binary(16),
    Kind.HISTOGRAM: pa.map_(pa.uint16(), pa.uint64()),
}
_MERGED_BY: Final = {Kind.COUNT: "sum", Kind.SQUARE: "sum", Kind.HISTOGRAM: "sumMap"}


@dataclass(frozen=True, slots=True)
class RollupColumn:
    """One column of a rollup row: its name, Arrow type on the way in and ClickHouse type."""

    name: str
    arrow: pa.DataType
    clickhouse: str

    @property
    def definition(self) -> str:
        """Return the column as it is declared in `CREATE TABLE`."""
        return f"`{self.name}` {self.clickhouse}"


def _text(name: str) -> RollupColumn:
    return RollupColumn(name, pa.string(), _TEXT)


def _count(name: str) -> RollupColumn:
    return RollupColumn(name, pa.uint64(), "UInt64")


def _stamp(name: str) -> RollupColumn:
    return RollupColumn(name, pa.timestamp("ms", "UTC"), _STAMP)


def _number(name: str, arrow: pa.DataType, clickhouse: str) -> RollupColumn:
    return RollupColumn(name, arrow, clickhouse)


RECEIVED_DAY: Final = RollupColumn("received_day", pa.date32(), "Date")
"""Day (UTC) of `received_at`; of a ledger row the day of `append_time_max`."""

KEY_COLUMNS: Final = (
    RECEIVED_DAY,
    RollupColumn("bucket", pa.timestamp("s", "UTC"), "DateTime('UTC')"),
    *(_text(name) for name in MODEL_DIMENSIONS),
)
"""What a stored level groups by."""

RECEIVED_MAX: Final = _stamp("received_max")
"""Latest `received_at` of the rows summed: when the bucket was last revised."""

MEASURE_COLUMNS: Final = tuple(
    RollupColumn(measure.name, _ARROW_OF_KIND[measure.kind], measure.kind.value) for measure in MODEL_MEASURES
)

LEDGER_COLUMNS: Final = (
    _text("epoch"),
    _text("topic"),
    _number("partition", pa.uint32(), "UInt32"),
    _count("batch_start"),
    _count("batch_end"),
    _count("received"),
    _count("stored"),
    _count("duplicates"),
    _count("conflicts"),
    _number("dead", pa.map_(pa.string(), pa.uint64()), "Map(LowCardinality(String), UInt64)"),
    _count("dropped"),
    _stamp("append_time_min"),
    _stamp("append_time_max"),
    _number("rules", pa.uint16(), "UInt16"),
    _number("catalogue", pa.uint32(), "UInt32"),
)
"""The balance of one batch: received = stored + duplicates + sum(dead) + dropped; `dead` has the conflicts too."""

ROLLUP_COLUMNS: Final = (_text("family"), *KEY_COLUMNS, RECEIVED_MAX, *MEASURE_COLUMNS, *LEDGER_COLUMNS)
"""Every column of `usage_rollups_in`, in order."""

ROLLUP_SCHEMA: Final = pa.schema([pa.field(column.name, column.arrow, nullable=False) for column in ROLLUP_COLUMNS])
"""Arrow schema of the block of one rollup insert."""


def _merged(column: RollupColumn, function: str) -> RollupColumn:
    stored = f"SimpleAggregateFunction({function}, {column.clickhouse})"
    return RollupColumn(column.name, column.arrow, stored)


LEVEL_COLUMNS: Final = (
    *KEY_COLUMNS,
    _merged(RECEIVED_MAX, "max"),
    *(
        _merged(column, _MERGED_BY[measure.kind])
        for column, measure in zip(MEASURE_COLUMNS, MODEL_MEASURES, strict=True)
    ),
)
"""Columns of a stored level (`usage_model_10s`, `usage_model_1h`): keys, then what merges."""


def merge_expression(column: RollupColumn) -> str:
    """Return the SQL that merges a non-key column of a level or of the incoming rows over a group."""
    for measure in MODEL_MEASURES:
        if measure.name == column.name:
            return f"{_MERGED_BY[measure.kind]}(`{column.name}`)"
    return f"max(`{column.name}`)"
