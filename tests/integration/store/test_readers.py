"""clickhouse-connect's own HTTP client at the readers' address, beside writers that go on writing."""

import asyncio
import threading
from collections.abc import Iterator
from typing import Any

import clickhouse_connect
import pytest
from clickhouse_connect.driver.exceptions import ClickHouseError, DatabaseError, StreamFailureError
from clickhouse_connect.driver.external import ExternalData
from support.store_process import StoreProcess
from support.waiting import until


@pytest.fixture(scope="module")
def database(store: StoreProcess) -> Iterator[str]:
    with store.client() as client:
        client.command("CREATE DATABASE shared")
        client.command("CREATE TABLE shared.t (n UInt64, s LowCardinality(String)) ENGINE = MergeTree ORDER BY n")
        client.command("INSERT INTO shared.t SELECT number, toString(number % 3) FROM numbers(100000)")
        yield "shared"
        client.command("DROP DATABASE shared SYNC")


@pytest.mark.parametrize("method", [False, "lz4", "zstd", "gzip"])
def test_rows_arrow_and_frames_are_read(store: StoreProcess, database: str, method: Any) -> None:
    with store.reader(database, compress=method) as reader:
        assert reader.query("SELECT count(), sum(n) FROM t").first_row == (100_000, 4_999_950_000)
        assert reader.query_arrow("SELECT n FROM t WHERE n < 10 ORDER BY n").to_pydict() == {"n": list(range(10))}
        frame = reader.query_df("SELECT s, count() AS events FROM t GROUP BY s ORDER BY s")
        assert frame["events"].tolist() == [33_334, 33_333, 33_333]
        assert reader.query_np("SELECT n FROM t ORDER BY n LIMIT 3").ravel().tolist() == [0, 1, 2]
        with reader.query_row_block_stream("SELECT n FROM t") as blocks:
            assert sum(len(block) for block in blocks) == 100_000
        with reader.query_arrow_stream("SELECT n FROM t") as batches:
            assert sum(batch.num_rows for batch in batches) == 100_000
        assert reader.raw_query("SELECT 1 AS x", fmt="JSONEachRow") == b'{"x":1}\n'


def test_parameters_settings_and_external_data_work(reader_of_shared: Any) -> None:
    reader = reader_of_shared
    assert reader.query("SELECT {x:String}", parameters={"x": "it's"}).first_row == ("it's",)
    settings = {"max_threads": 2, "max_execution_time": 5}
    assert reader.query("SELECT getSetting('max_threads')", settings=settings).first_row == (2,)
    data = ExternalData(file_name="few.csv", fmt="CSV", structure="n UInt64", data=b"1\n2\n")
    assert reader.query("SELECT count() FROM t WHERE n IN few", external_data=data).first_row == (2,)
    for sql in ("EXPLAIN SELECT 1", "SHOW TABLES", "DESCRIBE TABLE t", "EXISTS TABLE t"):
        assert reader.query(sql).result_rows


@pytest.fixture(scope="module")
def reader_of_shared(store: StoreProcess, database: str) -> Iterator[Any]:
    with store.reader(database) as opened:
        yield opened


@pytest.mark.parametrize(
    ("sql", "code"),
    [
        ("SELEC 1", 62),
        ("SELECT 1 FROM", 62),
        ("SELECT * FROM nothing", 60),
        ("SELECT * FROM default.nothing", 60),
        ("SELECT nothing", 47),
        ("SELECT * FROM no.such", 81),
        ("SELECT throwIf(1)", 395),
        ("DROP TABLE t", 164),
    ],
)
def test_errors_carry_the_code(reader_of_shared: Any, sql: str, code: int) -> None:
    with pytest.raises(DatabaseError) as caught:
        reader_of_shared.raw_query(sql)
    assert caught.value.code == code


def test_an_error_in_the_middle_of_a_stream_is_noticed(reader_of_shared: Any) -> None:
    sql = "SELECT throwIf(number = 800000) FROM numbers(900000) SETTINGS max_threads = 1"

    def read() -> None:
        with reader_of_shared.query_row_block_stream(sql) as blocks:
            for _ in blocks:
                pass

    with pytest.raises(StreamFailureError):
        read()


def test_every_way_of_the_client_to_write_is_refused(reader_of_shared: Any) -> None:
    import pyarrow as pa

    reader = reader_of_shared
    attempts = [
        lambda: reader.insert("t", [[1, "x"]], column_names=["n", "s"], column_type_names=["UInt64", "String"]),
        lambda: reader.insert_arrow("t", pa.table({"n": pa.array([1], pa.uint64()), "s": ["x"]})),
        lambda: reader.raw_insert("t", ["n", "s"], b'{"n":1,"s":"x"}\n', fmt="JSONEachRow"),
        lambda: reader.command("INSERT INTO t VALUES (1, 'x')"),
        lambda: reader.command("CREATE TABLE x (n UInt8) ENGINE = Memory"),
        lambda: reader.command("SET readonly = 0"),
        lambda: reader.command("TRUNCATE TABLE t"),
    ]
    for attempt in attempts:
        with pytest.raises(ClickHouseError):
            attempt()
    assert reader.query("SELECT count() FROM t").first_row == (100_000,)


async def test_the_async_client_reads(store: StoreProcess, database: str) -> None:
    async with await clickhouse_connect.get_async_client(**store.reader_options(database)) as reader:
        answers = await asyncio.gather(*(reader.query(f"SELECT count() + {n} FROM t") for n in range(20)))
    assert [answer.first_row[0] for answer in answers] == [100_000 + n for n in range(20)]


def test_readers_see_what_writers_wrote_while_they_write(store: StoreProcess, database: str) -> None:
    with store.client(database) as writer:
        writer.command("CREATE TABLE growing (n UInt64) ENGINE = MergeTree ORDER BY n")
    stop, written = threading.Event(), [0]

    def write() -> None:
        with store.client(database) as own:
            while not stop.is_set():
                own.insert("growing", [[written[0] + i] for i in range(100)], column_names=["n"])
                written[0] += 100

    thread = threading.Thread(target=write)
    thread.start()
    try:
        with store.reader(database) as reader:
            seen = [0]

            def grown() -> bool:
                before = written[0]
                count, most = reader.query("SELECT count(), max(n) FROM growing").first_row
                # All that was acknowledged before the question, in whole inserts.
                assert before <= count
                assert count % 100 == 0
                assert count == most + 1 or count == 0
                seen.append(count)
                return len(set(seen)) > 5

            asyncio.run(until(grown, 30))
    finally:
        stop.set()
        thread.join(20)
    assert seen == sorted(seen)
