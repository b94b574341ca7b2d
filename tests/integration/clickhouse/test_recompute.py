"""SQL over facts and the worker's grouping give the same rollups, integer for integer, histograms included."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import clickhouse_connect
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from clickhouse_connect.driver.client import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.fact_rows import DIMENSIONS, TYPES, Row, added_up, bin_of, expected_accounts, rows, table
from support.stored_facts import EXPECTED, TODAY_MS, added_accounts, keyed, span
from support.stored_facts import facts as made_facts

from tokentide.sinks.clickhouse.recompute import LEVELS, histogram_index, rows_from_facts, unequal_buckets
from tokentide.streams.transforms.group import group

BY_TABLE = {level.table: level for level in LEVELS}
FACTS = st.lists(rows(), min_size=1, max_size=25)
EXAMPLES = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """An engine with a facts table of the columns that grouping reads, and one level."""
    path: Path = tmp_path_factory.mktemp("recompute")
    client = clickhouse_connect.get_client(interface="chdb", path=str(path))
    empty = table([])
    kinds = {"list<item: string>": "Array(LowCardinality(String))", "bool": "Bool"}
    kinds |= {"string": "LowCardinality(String)", "uint8": "UInt8", "uint16": "UInt16", "uint32": "UInt32"}
    kinds |= {"uint64": "UInt64", "timestamp[ms, tz=UTC]": "DateTime64(3, 'UTC')"}
    kinds["timestamp[us, tz=UTC]"] = "DateTime64(6, 'UTC')"
    columns = [f"{f.name} {_nullable(f.name, kinds[str(f.type)])}" for f in empty.schema]
    client.command(f"CREATE TABLE usage_events ({', '.join(columns)}) ENGINE = Memory")
    yield client
    client.close()


def _nullable(name: str, kind: str) -> str:
    always = {"prompt_tokens", "completion_tokens", "attempt"}
    return f"Nullable({kind})" if kind.startswith(("UInt", "Bool")) and name not in always else kind


def computed(engine: Client, facts: list[Row], level: Any) -> dict[tuple[Any, ...], dict[str, Any]]:
    engine.command("TRUNCATE TABLE usage_events")
    engine.insert_arrow("usage_events", pa.table(table(facts)))
    found = pa.ipc.open_file(engine.raw_query(rows_from_facts(level, "1"), fmt="Arrow")).read_all()
    return added_up([keyed(row, level.cube) for row in found.to_pylist()])


@pytest.mark.parametrize("family", EXPECTED)
@given(FACTS)
@EXAMPLES
def test_ten_second_rows_from_sql_equal_a_count_row_by_row(engine: Client, family: str, facts: list[Row]) -> None:
    assert computed(engine, facts, BY_TABLE[f"usage_{family}_10s"]) == EXPECTED[family](facts)


@pytest.mark.parametrize("family", EXPECTED)
@given(FACTS)
@EXAMPLES
def test_hourly_rows_from_sql_equal_a_count_row_by_row(engine: Client, family: str, facts: list[Row]) -> None:
    hours = [{(d, at - at % 3600, *key): row} for (d, at, *key), row in EXPECTED[family](facts).items()]
    assert computed(engine, facts, BY_TABLE[f"usage_{family}_1h"]) == added_up(hours)


@pytest.mark.parametrize("family", EXPECTED)
@given(FACTS)
@settings(EXAMPLES, max_examples=15)
def test_fingerprints_of_facts_and_of_their_grouping_are_equal(engine: Client, family: str, facts: list[Row]) -> None:
    computed(engine, facts, BY_TABLE[f"usage_{family}_10s"])
    store_level(engine, grouped_level(facts, family), family)
    assert _unequal(engine, family) == 0


def grouped_level(facts: list[Row], family: str) -> pa.Table:
    """The rows of one family as the worker groups them, with the columns of its levels."""
    rows = pa.table(group(table(facts)))
    rows = rows.filter(pc.equal(rows["family"], family))
    return rows.select([column.name for column in BY_TABLE[f"usage_{family}_10s"].shape.columns])


def store_level(engine: Client, level: pa.Table, family: str) -> None:
    name = f"usage_{family}_10s"
    engine.command(f"DROP TABLE IF EXISTS {name}")
    engine.command(f"CREATE TABLE {name} ({_columns(level.schema, family)}) ENGINE = Memory")
    if level.num_rows:
        engine.insert_arrow(name, level)


@pytest.mark.parametrize("family", EXPECTED)
def test_a_fingerprint_tells_any_changed_column(engine: Client, family: str) -> None:
    """The level as the worker grouped it is equal; with any one column off by one it is not."""
    facts = made_facts(span(0, 30), TODAY_MS)
    computed(engine, [{name: fact[name] for name in TYPES} for fact in facts], BY_TABLE[f"usage_{family}_10s"])
    level = grouped_level(facts, family)
    for changed in ["", *level.column_names]:
        store_level(engine, _off_by_one(level, changed), family)
        assert (_unequal(engine, family) > 0) == bool(changed), changed


def _off_by_one(level: pa.Table, name: str) -> pa.Table:
    """The level with the first row of one column changed as little as its type allows."""
    values = {column: level[column].to_pylist() for column in level.column_names}
    if name:
        values[name][0] = _other(values[name][0])
    return pa.table(values, schema=level.schema)


def _other(value: Any) -> Any:
    if isinstance(value, bytes):
        return (int.from_bytes(value, "little") + 1).to_bytes(len(value), "little")
    if isinstance(value, datetime):
        return value + timedelta(milliseconds=1000)
    if isinstance(value, date):
        return value + timedelta(days=1)
    if isinstance(value, list):
        return [*value, (3455, 1)]
    return value + "x" if isinstance(value, str) else value + 1


def _columns(schema: pa.Schema, family: str) -> str:
    kinds = {"received_day": "Date", "bucket": "DateTime('UTC')", "received_max": "DateTime64(3, 'UTC')"}
    kinds |= dict.fromkeys(DIMENSIONS[family], "LowCardinality(String)")
    by_type = {pa.binary(16): "UInt128", pa.binary(32): "UInt256", pa.uint64(): "UInt64"}

    def kind(field: pa.Field) -> str:
        return kinds.get(field.name) or by_type.get(field.type, "Map(UInt16, UInt64)")

    return ", ".join(f"{field.name} {kind(field)}" for field in schema)


def _unequal(engine: Client, family: str) -> int:
    unequal = unequal_buckets(BY_TABLE[f"usage_{family}_10s"], "1", "1")
    return int(engine.raw_query(f"SELECT count() FROM ({unequal})", fmt="TabSeparated"))


@given(FACTS)
@EXAMPLES
def test_accounts_from_sql_equal_a_count_row_by_row(engine: Client, facts: list[Row]) -> None:
    engine.command("TRUNCATE TABLE usage_events")
    engine.insert_arrow("usage_events", pa.table(table(facts)))
    sql = rows_from_facts(BY_TABLE["usage_accounts_1d"], "1")
    found = pa.ipc.open_file(engine.raw_query(sql, fmt="Arrow")).read_all()
    assert added_accounts(found.to_pylist()) == expected_accounts(facts)


def test_every_bin_edge_has_the_index_its_binary_digits_give(engine: Client) -> None:
    edges = {0, 1, 127, 128, 129, 255, 256, 2**32, 2**32 - 2, 2**33 - 1}
    edges |= {2**power + step for power in range(7, 33) for step in (-1, 0, 1)}
    edges |= {(128 + mantissa) << 20 for mantissa in range(128)}
    values = sorted(edges)
    column = ", ".join(f"toUInt64({value})" for value in values)
    answer = engine.raw_query(
        f"SELECT {histogram_index('v')} FROM (SELECT arrayJoin([{column}]) AS v) ORDER BY v", fmt="TabSeparated"
    )
    assert [int(line) for line in answer.split()] == [bin_of(value) for value in values]
