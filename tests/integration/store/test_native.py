"""The Native format with a protocol revision: the engine's own blocks of every type are stepped over exactly."""

from typing import Any

import pytest

from tokentide.sinks.store.errors import StoreError
from tokentide.sinks.store.native import revised
from tokentide.sinks.store.native_types import read_type

PLAIN = [
    "Int8", "UInt256", "Float32", "Bool", "Date32", "DateTime('Europe/Berlin')", "DateTime64(6)",
    "Decimal(9, 2)", "Decimal(18, 2)", "Decimal(38, 2)", "Decimal(76, 2)", "UUID", "IPv4", "IPv6", "String",
    "FixedString(7)", "Enum8('a, (' = 1, 'b''' = 2)", "Enum16('x' = 1000)",
]  # fmt: skip
COMPOUND = [
    "Nullable({})",
    "Array({})",
    "Array(Array(Nullable({})))",
    "Tuple({}, String)",
    "Tuple(`a, (name` {}, b Array(String))",
    "Map(String, {})",
    "Array(Tuple(x {}, y Nullable(String)))",
]
LOW = [
    "LowCardinality(String)", "LowCardinality(Nullable(String))", "Array(LowCardinality(String))",
    "Map(LowCardinality(String), LowCardinality(Nullable(String)))", "Tuple(LowCardinality(String), UInt8)",
    "Array(Array(LowCardinality(Nullable(String))))", "Tuple(a Array(LowCardinality(String)), b Int8)",
]  # fmt: skip
GEO = ["Point", "Ring", "Polygon", "MultiPolygon", "LineString", "MultiLineString"]


def blocks_of(client: Any, structure: str, rows: int) -> bytes:
    sql = f"SELECT * FROM generateRandom($${structure}$$, 1, 20, 3) LIMIT {rows}"
    found: bytes = client.raw_query(sql, fmt="Native", settings={"max_block_size": 100})
    return found


def added(data: bytes) -> int:
    """Return how many bytes a revision adds, having found every column's end."""
    return len(revised(data)) - len(data)


@pytest.mark.parametrize("shape", ["{}", *COMPOUND])
def test_every_type_is_stepped_over(client: Any, shape: str) -> None:
    kinds = [kind for kind in PLAIN if shape != "Nullable({})" or not kind.startswith("Enum8(")]
    structure = ", ".join(f"c{n} {shape.replace('{}', kind)}" for n, kind in enumerate(kinds))
    for rows in (1, 50):
        assert added(blocks_of(client, structure, rows)) == 8 + len(kinds)


@pytest.mark.parametrize("rows", [1, 50, 350])
def test_dictionaries_and_shapes_are_stepped_over(client: Any, rows: int) -> None:
    kinds = LOW + GEO
    structure = ", ".join(f"c{n} {kind}" for n, kind in enumerate(kinds))
    blocks, rest = divmod(added(blocks_of(client, structure, rows)), 8 + len(kinds))
    assert rest == 0
    assert blocks >= 1


def test_long_texts_and_large_dictionaries_are_stepped_over(client: Any) -> None:
    sql = (
        "SELECT repeat('x', number * 200) AS a, toLowCardinality(toString(number)) AS b, toIntervalDay(5) AS c, "
        "NULL AS d, [] AS e, toBFloat16(1) AS f FROM numbers(70000) LIMIT 300"
    )
    data = client.raw_query(sql, fmt="Native")
    blocks, rest = divmod(added(data), 8 + 6)
    assert rest == 0
    assert blocks >= 1


@pytest.mark.parametrize(
    "kind", ["AggregateFunction(sum, UInt64)", "Dynamic", "JSON", "Variant(String, UInt8)", "New(x)"]
)
def test_what_cannot_be_stepped_over_is_told(kind: str) -> None:
    with pytest.raises(StoreError) as caught:
        read_type(kind)
    assert kind in caught.value.text
