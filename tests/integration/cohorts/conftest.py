"""An engine with the account table, as the contract of the store words it, and nothing else."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import clickhouse_connect
import pyarrow as pa
import pytest

KEYS = ("gateway", "tenant", "account_key_id", "account_hash", "model", "variant", "category", "app")
SUMS = ("attempts", "requests", "tokens", "cost_nano", "unpriced", "tool_call_tokens", "tool_call_requests", "w")
WIDE = ("wt", "wc")


class Engine:
    def __init__(self, path: str) -> None:
        self._client = clickhouse_connect.get_client(interface="chdb", path=path)
        columns = [
            "received_day Date",
            "day Date",
            *(f"{name} {'String' if name == 'account_hash' else 'LowCardinality(String)'}" for name in KEYS),
            *(f"{name} SimpleAggregateFunction(sum, UInt64)" for name in SUMS),
            *(f"{name} SimpleAggregateFunction(sum, UInt128)" for name in WIDE),
            "account UInt64 MATERIALIZED cityHash64(account_key_id, account_hash)",
        ]
        self._client.command(
            f"CREATE TABLE usage_accounts_1d ({', '.join(columns)}) ENGINE = AggregatingMergeTree "
            f"PARTITION BY received_day ORDER BY (day, {', '.join(KEYS)})"
        )

    def query(self, sql: str, parameters: Mapping[str, Any]) -> pa.Table:
        return self._client.query_arrow(sql, parameters=dict(parameters))

    def fill(self, rows: Sequence[Mapping[str, Any]]) -> None:
        self._client.command("TRUNCATE TABLE usage_accounts_1d")
        names = ["received_day", "day", *KEYS, *SUMS, *WIDE]
        settings = {"max_partitions_per_insert_block": 0}
        if rows:
            self._client.insert(
                "usage_accounts_1d", [[row[name] for name in names] for row in rows], names, settings=settings
            )

    def close(self) -> None:
        self._client.close()


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    opened = Engine(str(tmp_path_factory.mktemp("cohorts") / "store"))
    yield opened
    opened.close()
