"""Arrow schema and ClickHouse types of rollup rows, derived from `schemas.rollup`, never written twice.

One union table, `usage_rollups_in`, takes the rows of every family: a row leaves the columns of the other
families neutral (zero, empty), and a family shares the columns whose names it shares.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import pyarrow as pa

from tokentide.schemas.rollup import (
    ACCOUNT_DIMENSIONS,
    ACCOUNT_MEASURES,
    CUBES,
    MODEL_DIMENSIONS,
    Cube,
    Family,
    Kind,
    Measure,
)

_TEXT: Final = "LowCardinality(String)"
_STAMP: Final = "DateTime64(3, 'UTC')"
_ARROW_OF_KIND: Final = {
    Kind.COUNT: pa.uint64(),
    # UInt128 and UInt256 travel as their bytes, least significant first.
    Kind.SQUARE: pa.binary(16),
    Kind.WIDE: pa.binary(32),
    Kind.HISTOGRAM: pa.map_(pa.uint16(), pa.uint64()),
}
_MERGED_BY: Final = {Kind.COUNT: "sum", Kind.SQUARE: "sum", Kind.WIDE: "sum", Kind.HISTOGRAM: "sumMap"}


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


@dataclass(frozen=True, slots=True)
class MergedColumn:
    """A column of a stored level that is no key, and the function that merges its values."""

    column: RollupColumn
    function: str

    @property
    def stored(self) -> RollupColumn:
        """Return the column as a level declares it."""
        kind = f"SimpleAggregateFunction({self.function}, {self.column.clickhouse})"
        return RollupColumn(self.column.name, self.column.arrow, kind)


@dataclass(frozen=True, slots=True)
class Shape:
    """What the rows of a stored level consist of.

    Attributes:
        time: the column of event time that leads the sort key.
        dimensions: the other keys but the received day.
        merged: what adds up, or keeps the latest or earliest.
    """

    time: RollupColumn
    dimensions: tuple[RollupColumn, ...]
    merged: tuple[MergedColumn, ...]

    @property
    def keys(self) -> tuple[RollupColumn, ...]:
        """Return what a level groups by."""
        return (RECEIVED_DAY, self.time, *self.dimensions)

    @property
    def columns(self) -> tuple[RollupColumn, ...]:
        """Return every column as a level declares it, in order."""
        return (*self.keys, *(merged.stored for merged in self.merged))

    @property
    def dimension_names(self) -> tuple[str, ...]:
        """Return the names of the dimensions."""
        return tuple(column.name for column in self.dimensions)


def _text(name: str) -> RollupColumn:
    return RollupColumn(name, pa.string(), _TEXT)


def _count(name: str) -> RollupColumn:
    return RollupColumn(name, pa.uint64(), "UInt64")


def _stamp(name: str) -> RollupColumn:
    return RollupColumn(name, pa.timestamp("ms", "UTC"), _STAMP)


def _number(name: str, arrow: pa.DataType, clickhouse: str) -> RollupColumn:
    return RollupColumn(name, arrow, clickhouse)


def _measure(measure: Measure) -> RollupColumn:
    return RollupColumn(measure.name, _ARROW_OF_KIND[measure.kind], measure.kind.value)


def _summed(measures: Iterable[Measure]) -> Iterator[MergedColumn]:
    return (MergedColumn(_measure(measure), _MERGED_BY[measure.kind]) for measure in measures)


RECEIVED_DAY: Final = RollupColumn("received_day", pa.date32(), "Date")
"""Day (UTC) of `received_at`; of a ledger row the day of `append_time_max`."""

BUCKET: Final = RollupColumn("bucket", pa.timestamp("s", "UTC"), "DateTime('UTC')")
"""Start of the interval of event time a row sums."""

RECEIVED_MAX: Final = _stamp("received_max")
"""Latest `received_at` of the rows summed: when the bucket was last revised."""


def _shape_of(cube: Cube) -> Shape:
    latest = MergedColumn(RECEIVED_MAX, "max")
    return Shape(BUCKET, tuple(map(_text, cube.dimensions)), (latest, *_summed(cube.measures)))


SHAPES: Final[Mapping[Family, Shape]] = {family: _shape_of(cube) for family, cube in CUBES.items()}
"""Rows of the stored levels of each family (`usage_model_10s`, `usage_model_1h`, …)."""

_NOT_REPEATED: Final = ("account_hash",)

ACCOUNT_SHAPE: Final = Shape(
    RollupColumn("day", pa.date32(), "Date"),
    tuple(
        RollupColumn(name, pa.string(), "String") if name in _NOT_REPEATED else _text(name)
        for name in ACCOUNT_DIMENSIONS
    ),
    (
        *_summed(ACCOUNT_MEASURES),
        MergedColumn(_stamp("first_event"), "min"),
        MergedColumn(_stamp("last_event"), "max"),
    ),
)
"""Rows of `usage_accounts_1d`; `day` (UTC) is of event time."""

KEY_COLUMNS: Final = SHAPES[Family.MODEL].keys
"""What a stored level of the model family groups by."""

LEVEL_COLUMNS: Final = SHAPES[Family.MODEL].columns
"""Columns of a stored level of the model family: keys, then what merges."""

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


def _union(names: Iterable[RollupColumn]) -> tuple[RollupColumn, ...]:
    """Return each column once, where it comes first; one name with two types is a defect.

    Raises:
        ValueError: two families give one name to columns of different types.
    """
    found: dict[str, RollupColumn] = {}
    for column in names:
        if found.setdefault(column.name, column) != column:
            raise ValueError(f"{column.name} has two types in usage_rollups_in")
    return tuple(found.values())


def _dimensions() -> Iterator[RollupColumn]:
    yield from map(_text, MODEL_DIMENSIONS)
    for shape in SHAPES.values():
        yield from shape.dimensions


def _measures() -> Iterator[RollupColumn]:
    for shape in SHAPES.values():
        yield from (merged.column for merged in shape.merged)


ROLLUP_COLUMNS: Final = (
    _text("family"),
    RECEIVED_DAY,
    BUCKET,
    *_union(_dimensions()),
    *_union(_measures()),
    *LEDGER_COLUMNS,
)
"""Every column of `usage_rollups_in`, in order."""

ROLLUP_SCHEMA: Final = pa.schema([pa.field(column.name, column.arrow, nullable=False) for column in ROLLUP_COLUMNS])
"""Arrow schema of the block of one rollup insert."""
