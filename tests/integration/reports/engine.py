"""An embedded engine with the two stored levels, declared here so that reports are tested by themselves."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import clickhouse_connect
import pyarrow as pa
from integration.reports.oracle import COUNTS, DIMENSIONS

LEVELS = ("usage_model_10s", "usage_model_1h")
HISTOGRAMS = ("prompt_hist", "completion_hist", "total_hist")


class Engine:
    """Runs SQL as a store does: named parameters in, an Arrow table out."""

    def __init__(self, path: str) -> None:
        self._client = clickhouse_connect.get_client(interface="chdb", path=path)
        for level in LEVELS:
            self._client.command(_ddl(level))

    def query(self, sql: str, parameters: Mapping[str, Any]) -> pa.Table:
        return self._client.query_arrow(sql, parameters=dict(parameters))

    def command(self, sql: str) -> None:
        self._client.command(sql)

    def fill(self, level: str, rows: Sequence[Mapping[str, Any]]) -> None:
        """Replace what a level holds; `bucket` and `received_day` are epoch seconds."""
        self._client.command(f"TRUNCATE TABLE {level}")
        if rows:
            names = ["received_day", "bucket", "received_max", *DIMENSIONS, *COUNTS, *HISTOGRAMS]
            self._client.insert(level, [_cells(row, names) for row in rows], column_names=names)

    def close(self) -> None:
        self._client.close()


def _cells(row: Mapping[str, Any], names: Iterable[str]) -> list[Any]:
    return [_native(name, row[name]) for name in names]


def _native(name: str, value: Any) -> Any:
    if name == "received_day":
        return datetime.fromtimestamp(value, UTC).date()
    if name in ("bucket", "received_max"):
        return datetime.fromtimestamp(value, UTC)
    return value


def _ddl(level: str) -> str:
    columns = [
        "received_day Date",
        "bucket DateTime('UTC')",
        *(f"{name} LowCardinality(String)" for name in DIMENSIONS),
        "received_max SimpleAggregateFunction(max, DateTime64(3, 'UTC'))",
        *(f"{name} SimpleAggregateFunction(sum, UInt64)" for name in COUNTS),
        *(f"{name} SimpleAggregateFunction(sumMap, Map(UInt16, UInt64))" for name in HISTOGRAMS),
    ]
    return (
        f"CREATE TABLE {level} ({', '.join(columns)}) ENGINE = AggregatingMergeTree "
        f"PARTITION BY received_day ORDER BY (bucket, {', '.join(DIMENSIONS)})"
    )
