"""An embedded engine with the stored levels as the cubes declare them, so that reports are tested by themselves."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import clickhouse_connect
import pyarrow as pa
from integration.reports.oracle import COUNTS, DIMENSIONS

from tokentide.reports.dimensions import model_groups
from tokentide.schemas.rollup import ACCOUNT_DIMENSIONS, ACCOUNT_MEASURES, CUBES, Cube, Kind

_STAMP = "DateTime64(3, 'UTC')"
_LEDGER = (
    f"CREATE TABLE usage_topics (topic String, cluster_id String, epoch String, partitions UInt32, "
    f"created_at {_STAMP}) ENGINE = MergeTree ORDER BY topic",
    f"CREATE TABLE usage_watermarks (epoch String, topic String, partition UInt32, append_time {_STAMP}, "
    f"observed_at {_STAMP}) ENGINE = MergeTree ORDER BY topic",
    f"CREATE TABLE usage_batches (received_day Date, epoch String, topic String, partition UInt32, "
    f"append_time_max {_STAMP}) ENGINE = MergeTree ORDER BY topic",
    "CREATE TABLE usage_sealed (level String, received_day Date, source UInt64, stored UInt64) "
    "ENGINE = MergeTree ORDER BY level",
)
_MODELS = (
    "CREATE TABLE models (slug String, author String, name String, author_country String, "
    "open_weights Nullable(Bool), params_total_b Nullable(Decimal(9, 3)), params_active_b Nullable(Decimal(9, 3)), "
    "reasoning Nullable(Bool), tool_call Nullable(Bool), release_date Nullable(Date), prompt_pico Nullable(UInt64), "
    "completion_pico Nullable(UInt64), cached_pico Nullable(UInt64)) ENGINE = MergeTree ORDER BY slug"
)
_PLACES = "CREATE TABLE places (code String, name String, continent String) ENGINE = MergeTree ORDER BY code"
LEVELS = ("usage_model_10s", "usage_model_1h")
HISTOGRAMS = ("prompt_hist", "completion_hist", "total_hist")


class Engine:
    """Runs SQL as a store does: named parameters in, an Arrow table out."""

    def __init__(self, path: str) -> None:
        self._client = clickhouse_connect.get_client(interface="chdb", path=path)
        for family, cube in CUBES.items():
            for size in ("10s", "1h", "1d_sealed"):
                self._client.command(_ddl(f"usage_{family}_{size}", cube))
        for statement in (*_LEDGER, _MODELS, _PLACES, _accounts()):
            self._client.command(statement)
        self._client.command(f"CREATE VIEW model_groups AS {model_groups()}")

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


def _accounts() -> str:
    columns = [
        "received_day Date",
        "day Date",
        *(f"{name} String" for name in ACCOUNT_DIMENSIONS),
        *(f"{measure.name} SimpleAggregateFunction(sum, {measure.kind})" for measure in ACCOUNT_MEASURES),
    ]
    columns.append("account UInt64 MATERIALIZED cityHash64(account_key_id, account_hash)")
    keys = f"day, {', '.join(ACCOUNT_DIMENSIONS)}"
    return (
        f"CREATE TABLE usage_accounts_1d ({', '.join(columns)}) ENGINE = AggregatingMergeTree "
        f"PARTITION BY received_day ORDER BY ({keys})"
    )


_MERGED = {Kind.COUNT: "sum", Kind.SQUARE: "sum", Kind.WIDE: "sum", Kind.HISTOGRAM: "sumMap"}


def _ddl(level: str, cube: Cube) -> str:
    columns = [
        "received_day Date",
        "bucket DateTime('UTC')",
        *(f"{name} LowCardinality(String)" for name in cube.dimensions),
        "received_max SimpleAggregateFunction(max, DateTime64(3, 'UTC'))",
        *(
            f"{measure.name} SimpleAggregateFunction({_MERGED[measure.kind]}, {measure.kind})"
            for measure in cube.measures
        ),
    ]
    return (
        f"CREATE TABLE {level} ({', '.join(columns)}) ENGINE = AggregatingMergeTree "
        f"PARTITION BY received_day ORDER BY (bucket, {', '.join(cube.dimensions)})"
    )
