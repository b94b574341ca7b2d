"""From the worker's rollup insert to an answer: real migrations, levels, views and store."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from integration.reports import oracle

from tokentide.reports import Request, run
from tokentide.schemas.rollup_columns import ROLLUP_COLUMNS, ROLLUP_SCHEMA
from tokentide.sinks.clickhouse.migrate import migrate
from tokentide.sinks.clickhouse.opening import open_store
from tokentide.sinks.clickhouse.store import Store

# received days must be recent: the 10-second level forgets them after 14 days
START = int(datetime.now(UTC).timestamp()) // 86_400 * 86_400 - 7 * 86_400


@pytest.fixture(scope="module")
def events() -> list[oracle.Event]:
    return oracle.random_events(seed=4, count=600, start=START, span=2 * 86_400)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory, events: list[oracle.Event]) -> Iterator[Store]:
    folder: Path = tmp_path_factory.mktemp("store") / "data"
    with open_store(f"chdb://{folder}") as opened:
        migrate(opened)
        for place in range(3):
            rows = [_row(row) for row in oracle.rollup(events[place::3], 10)]
            opened.insert("usage_rollups_in", pa.Table.from_pylist(rows, ROLLUP_SCHEMA), _token(opened, place))
        yield opened


def _token(store: Store, place: int) -> str:
    return f"epoch:topic:0:{place}:{place + 1}:{store.boot}"


def _row(row: dict[str, Any]) -> dict[str, Any]:
    """A row of family `model`; what the oracle does not know is zero."""
    return {column.name: _value(column.arrow, row.get(column.name)) for column in ROLLUP_COLUMNS} | {
        "family": "model",
        "received_day": datetime.fromtimestamp(row["received_day"], UTC).date(),
        "bucket": datetime.fromtimestamp(row["bucket"], UTC),
        "received_max": datetime.fromtimestamp(row["received_max"], UTC),
    }


def _value(kind: pa.DataType, found: Any) -> Any:
    if pa.types.is_map(kind):
        return list((found or {}).items())
    if pa.types.is_integer(kind):
        return found or 0
    if pa.types.is_string(kind):
        return found or ""
    if pa.types.is_date(kind):
        return date(1970, 1, 1)
    return bytes(kind.byte_width) if pa.types.is_fixed_size_binary(kind) else datetime(1970, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize("bucket", ["10s", "1m", "1h", "1d", "1w", "all"])
def test_buckets_through_the_store_equal_the_oracle(store: Store, events: list[oracle.Event], bucket: str) -> None:
    cells = oracle.by_bucket(events, bucket, lambda event: event.dims["author"])
    rows = run(store.query, Request("token-share-by-author", bucket=bucket)).rows
    assert oracle.differences(oracle.composition(cells, "tokens"), rows, "author") == []
    rows = run(store.query, Request("sequence-length", by="author", bucket=bucket)).rows
    assert oracle.differences(oracle.lengths(cells), rows, "author") == []


def test_windows_through_the_store_equal_the_oracle(store: Store, events: list[oracle.Event]) -> None:
    found = run(store.query, Request("tool-call-rate", by="author", window="24h", every="15m"))
    times = [oracle.seconds(row) for row in found.rows]
    cells = oracle.by_window(events, times, 86_400, lambda event: event.dims["author"])
    assert oracle.differences(oracle.tool_calls(cells, "requests"), found.rows, "author") == []
    assert found.level == "10-second rollups"
    assert found.as_of is not None


def test_the_migrated_views_answer(store: Store, events: list[oracle.Event]) -> None:
    sql = (
        "SELECT * FROM rolling_tool_call_rate(window_s = 604800, every_s = 86400, from_s = {low:UInt32}, "
        "to_s = {high:UInt32}, by = '', unit = 'requests', top = 5)"
    )
    rows = store.rows(sql, {"low": START, "high": START + 7 * 86_400})
    assert [row["n"] for row in rows][-1] == len(events)
