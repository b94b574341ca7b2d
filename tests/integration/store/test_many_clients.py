"""Twenty clients at once, reading and writing: nothing is lost, doubled or mixed up."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pyarrow as pa
from support.store_process import StoreProcess

CLIENTS = 20
INSERTS = 8
ROWS = 500


def test_twenty_clients_mix_reads_and_writes(store: StoreProcess, client: Any, database: str) -> None:
    window = "SETTINGS non_replicated_deduplication_window = 10000"
    client.command(f"CREATE TABLE t (who UInt32, n UInt32) ENGINE = MergeTree ORDER BY (who, n) {window}")
    client.command(f"CREATE TABLE sums (who UInt32, n UInt64) ENGINE = SummingMergeTree ORDER BY who {window}")
    client.command("CREATE MATERIALIZED VIEW mv TO sums AS SELECT who, toUInt64(count()) AS n FROM t GROUP BY who")

    def work(who: int) -> int:
        seen = 0
        with store.client(database) as own:
            for turn in range(INSERTS):
                first = turn * ROWS
                numbers = pa.array(range(first, first + ROWS), pa.uint32())
                rows = pa.table({"who": pa.array([who] * ROWS, pa.uint32()), "n": numbers})
                token = {"insert_deduplication_token": f"{who}/{turn}"}
                own.insert_arrow("t", rows, settings=token)
                if turn % 3 == who % 3:
                    own.insert_arrow("t", rows, settings=token)
                mine = own.query(
                    "SELECT count(), max(n) FROM t WHERE who = {w:UInt32}", parameters={"w": who}
                ).first_row
                assert mine == (first + ROWS, first + ROWS - 1)
                seen += len(own.query(f"SELECT {who}, number FROM numbers(100)").result_rows)
        return seen

    with ThreadPoolExecutor(CLIENTS) as threads:
        assert list(threads.map(work, range(CLIENTS))) == [100 * INSERTS] * CLIENTS
    assert client.query("SELECT count(), uniqExact(who, n) FROM t").first_row == (CLIENTS * INSERTS * ROWS,) * 2
    assert client.query("SELECT sum(n), count() FROM (SELECT who, sum(n) AS n FROM sums GROUP BY who)").first_row == (
        CLIENTS * INSERTS * ROWS,
        CLIENTS,
    )
