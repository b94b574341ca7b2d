"""SQL over facts and the worker's grouping give the same rollups, integer for integer, histograms included."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import clickhouse_connect
import pyarrow as pa
import pytest
from clickhouse_connect.driver.client import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.fact_rows import TYPES, Row, added_up, bin_of, expected_rollups, rows, table
from support.stored_facts import TODAY_MS, keyed, span
from support.stored_facts import facts as made_facts

from tokentide.sinks.clickhouse.recompute import LEVELS, histogram_index, rows_from_facts, unequal_buckets
from tokentide.streams.transforms.group import group

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
    kinds = {"string": "LowCardinality(String)", "uint8": "UInt8", "uint16": "UInt16", "uint32": "UInt32"}
    kinds |= {"uint64": "UInt64", "timestamp[ms, tz=UTC]": "DateTime64(3, 'UTC')"}
    kinds["timestamp[us, tz=UTC]"] = "DateTime64(6, 'UTC')"
    columns = [f"{f.name} {_nullable(f.name, kinds[str(f.type)])}" for f in empty.schema]
    client.command(f"CREATE TABLE usage_events ({', '.join(columns)}) ENGINE = Memory")
    yield client
    client.close()


def _nullable(name: str, kind: str) -> str:
    always = {"prompt_tokens", "completion_tokens", "attempt"}
    return f"Nullable({kind})" if kind.startswith("UInt") and name not in always else kind


def computed(engine: Client, facts: list[Row], level: Any) -> dict[tuple[Any, ...], dict[str, Any]]:
    engine.command("TRUNCATE TABLE usage_events")
    engine.insert_arrow("usage_events", pa.table(table(facts)))
    found = pa.ipc.open_file(engine.raw_query(rows_from_facts(level, "1"), fmt="Arrow")).read_all()
    return added_up([keyed(row) for row in found.to_pylist()])


@given(FACTS)
@EXAMPLES
def test_ten_second_rows_from_sql_equal_a_count_row_by_row(engine: Client, facts: list[Row]) -> None:
    assert computed(engine, facts, LEVELS[0]) == expected_rollups(facts)


@given(FACTS)
@EXAMPLES
def test_hourly_rows_from_sql_equal_a_count_row_by_row(engine: Client, facts: list[Row]) -> None:
    hours = [{(d, at - at % 3600, *key): row} for (d, at, *key), row in expected_rollups(facts).items()]
    assert computed(engine, facts, LEVELS[1]) == added_up(hours)


@given(FACTS)
@settings(EXAMPLES, max_examples=15)
def test_fingerprints_of_facts_and_of_their_grouping_are_equal(engine: Client, facts: list[Row]) -> None:
    computed(engine, facts, LEVELS[0])
    level = pa.table(group(table(facts)))
    store_level(engine, level.select([name for name in level.column_names if name not in {"family", *_LEDGER}]))
    assert _unequal(engine) == 0


def store_level(engine: Client, level: pa.Table) -> None:
    engine.command("DROP TABLE IF EXISTS usage_model_10s")
    engine.command(f"CREATE TABLE usage_model_10s ({_columns(level.column_names)}) ENGINE = Memory")
    engine.insert_arrow("usage_model_10s", level)


def test_a_fingerprint_tells_any_changed_column(engine: Client) -> None:
    """The level as the worker grouped it is equal; with any one column off by one it is not."""
    facts = made_facts(span(0, 30), TODAY_MS)
    computed(engine, [{name: fact[name] for name in TYPES} for fact in facts], LEVELS[0])
    level = pa.table(group(table(facts)))
    names = [name for name in level.column_names if name not in {"family", *_LEDGER}]
    for changed in ["", *names]:
        store_level(engine, _off_by_one(level.select(names), changed))
        assert (_unequal(engine) > 0) == bool(changed), changed


def _off_by_one(level: pa.Table, name: str) -> pa.Table:
    """The level with the first row of one column changed as little as its type allows."""
    values = {column: level[column].to_pylist() for column in level.column_names}
    if name:
        values[name][0] = _other(values[name][0])
    return pa.table(values, schema=level.schema)


def _other(value: Any) -> Any:
    if isinstance(value, bytes):
        return (int.from_bytes(value, "little") + 1).to_bytes(16, "little")
    if isinstance(value, datetime):
        return value + timedelta(milliseconds=1000)
    if isinstance(value, date):
        return value + timedelta(days=1)
    if isinstance(value, list):
        return [*value, (3455, 1)]
    return value + "x" if isinstance(value, str) else value + 1


_LEDGER = {"epoch", "topic", "partition", "batch_start", "batch_end", "received", "stored", "duplicates"}
_LEDGER |= {"conflicts", "dead", "dropped", "append_time_min", "append_time_max", "rules", "catalogue"}


def _columns(names: list[str]) -> str:
    kinds = {"received_day": "Date", "bucket": "DateTime('UTC')", "received_max": "DateTime64(3, 'UTC')"}
    dims = ("gateway", "tenant", "model", "author", "provider", "variant", "byok")
    kinds |= dict.fromkeys(dims, "LowCardinality(String)")

    def kind(name: str) -> str:
        measure = "UInt128" if name.endswith("_sq") else "UInt64"
        return "Map(UInt16, UInt64)" if name.endswith("_hist") else kinds.get(name, measure)

    return ", ".join(f"{name} {kind(name)}" for name in names)


def _unequal(engine: Client) -> int:
    answer = engine.raw_query(f"SELECT count() FROM ({unequal_buckets(LEVELS[0], '1', '1')})", fmt="TabSeparated")
    return int(answer)


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
