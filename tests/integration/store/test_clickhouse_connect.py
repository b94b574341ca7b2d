"""clickhouse-connect's own HTTP client meets a ClickHouse server in front of it."""

import datetime
import io
from decimal import Decimal
from typing import Any

import clickhouse_connect
import pyarrow as pa
import pytest
from clickhouse_connect.driver.exceptions import DatabaseError, ProgrammingError, StreamFailureError
from clickhouse_connect.driver.external import ExternalData
from support.store_process import StoreProcess

EPOCH = datetime.datetime(2026, 2, 3, 4, 5, 6, 789000, datetime.UTC)
COLUMNS = (
    "n UInt64, s String, t DateTime64(3, 'UTC'), d Decimal(18, 4), "
    "a Array(String), m Map(String, UInt8), o Nullable(Int32)"
)
ROWS = [
    (1, "plain", EPOCH, Decimal("1.5000"), ["x", ""], {"k": 1}, None),
    (2**64 - 1, "quote ' tab \t line \n ü 漢", EPOCH, Decimal("-0.0001"), [], {}, -7),
]


@pytest.fixture
def table(client: Any) -> str:
    client.command(f"CREATE TABLE t ({COLUMNS}) ENGINE = MergeTree ORDER BY n")
    return "t"


def test_rows_of_every_kind_of_column_come_back_as_they_went_in(client: Any, table: str) -> None:
    client.insert(table, ROWS, column_names=["n", "s", "t", "d", "a", "m", "o"])
    # The client gives times of UTC columns without their zone.
    expected = [(*row[:2], row[2].replace(tzinfo=None), *row[3:]) for row in ROWS]
    assert client.query("SELECT * FROM t ORDER BY n").result_rows == expected


@pytest.mark.parametrize("method", [False, "lz4", "zstd", "gzip"])
def test_every_compression_of_the_client_works_in_both_directions(
    store: StoreProcess, client: Any, database: str, table: str, method: Any
) -> None:
    with store.client(database, compress=method) as compressing:
        compressing.insert(table, [(n, "s" * 100) for n in range(10_000)], column_names=["n", "s"])
        found = compressing.query("SELECT n, s FROM t ORDER BY n").result_columns
    assert list(found[0]) == list(range(10_000))
    assert set(found[1]) == {"s" * 100}


def test_arrow_goes_in_and_out(client: Any, table: str) -> None:
    rows = pa.table({"n": pa.array([3, 1, 2], pa.uint64()), "s": ["c", "a", "b"]})
    client.insert_arrow(table, rows)
    assert client.query_arrow("SELECT n, s FROM t ORDER BY n").to_pydict() == {"n": [1, 2, 3], "s": ["a", "b", "c"]}
    with client.query_arrow_stream("SELECT n FROM t ORDER BY n") as batches:
        assert [n for batch in batches for n in batch["n"].to_pylist()] == [1, 2, 3]


@pytest.mark.parametrize("compression", [None, "gzip", "zstd", "lz4"])
def test_raw_data_goes_in_and_out(client: Any, table: str, compression: str | None) -> None:
    import gzip

    import lz4.frame
    import zstandard

    data = b'{"n":1,"s":"FORMAT Native"}\n\n{"n":2,"s":"); DROP TABLE t; --"}\n'
    pack: Any = {
        None: bytes, "gzip": gzip.compress, "zstd": zstandard.ZstdCompressor().compress, "lz4": lz4.frame.compress
    }[compression]  # fmt: skip
    client.raw_insert(table, ["n", "s"], pack(data), fmt="JSONEachRow", compression=compression)
    assert (
        client.raw_query("SELECT n, s FROM t ORDER BY n", fmt="CSV")
        == b'1,"FORMAT Native"\n2,"); DROP TABLE t; --"\n'
    )
    with io.BufferedReader(client.raw_stream("SELECT n FROM t ORDER BY n", fmt="TSV")) as stream:
        assert stream.read() == b"1\n2\n"


def test_blank_lines_in_data_are_data(client: Any) -> None:
    """The engine's own query call would end the insert there and run the rest as SQL."""
    client.command("CREATE TABLE lines (s String) ENGINE = Memory")
    client.raw_insert("lines", ["s"], b"first\n\nDROP TABLE lines\n\nlast\n", fmt="LineAsString")
    assert client.query("SELECT groupArray(s) FROM lines").first_row[0] == [
        "first",
        "",
        "DROP TABLE lines",
        "",
        "last",
    ]


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("String", "tab \t line \n quote ' back \\ ü"),
        ("Array(String)", ["a'b", "", "c\td"]),
        ("Nullable(Int64)", None),
        ("DateTime64(3, 'UTC')", EPOCH.replace(tzinfo=None)),
        ("Tuple(UInt8, String)", (7, "x")),
    ],
)
def test_query_parameters_arrive_unchanged(client: Any, kind: str, value: Any) -> None:
    found = client.query(f"SELECT {{x:{kind}}}", parameters={"x": value}).first_row[0]
    if isinstance(found, datetime.datetime):
        found = found.replace(tzinfo=None)
    assert found == value


def test_a_name_may_be_a_parameter(client: Any, table: str) -> None:
    client.insert(table, ROWS[:1], column_names=["n", "s", "t", "d", "a", "m", "o"])
    assert client.query("SELECT {c:Identifier} FROM {t:Identifier}", parameters={"c": "s", "t": "t"}).first_row == (
        "plain",
    )


def test_external_data_joins_a_query(client: Any) -> None:
    data = ExternalData(
        file_name="wanted.csv", fmt="CSV", structure=["n UInt64", "s String"], data=b"1,one\n3,three\n"
    )
    found = client.query("SELECT s FROM wanted WHERE n IN (SELECT number FROM numbers(3))", external_data=data)
    assert found.result_rows == [("one",)]
    assert client.command("EXISTS TEMPORARY TABLE wanted") == 0


def test_long_parameters_go_as_a_form(client: Any) -> None:
    numbers = list(range(20_000))
    assert client.query("SELECT length({x:Array(UInt64)})", parameters={"x": numbers}).first_row == (20_000,)


def test_settings_hold_for_their_query_only(client: Any) -> None:
    sql = "SELECT getSetting('max_threads'), getSetting('max_block_size')"
    before = client.query(sql).first_row
    assert client.query(sql, settings={"max_threads": 3, "max_block_size": 1234}).first_row == (3, 1234)
    assert client.query(sql).first_row == before


def test_empty_answers_name_their_columns(client: Any) -> None:
    assert client.query("SELECT 1 AS a, 'x' AS b LIMIT 0").column_names == ("a", "b")
    assert client.query("SELECT 1 AS a WHERE 0").result_rows == []
    assert client.query_arrow("SELECT 1 AS a WHERE 0").num_rows == 0


def test_totals_follow_the_rows(client: Any) -> None:
    text = client.raw_query(
        "SELECT number % 2, count() FROM numbers(10) GROUP BY 1 WITH TOTALS ORDER BY 1", fmt="TSV"
    )
    assert text == b"0\t5\n1\t5\n\n0\t10\n"


@pytest.mark.parametrize(
    ("sql", "code"),
    [("SELEC 1", 62), ("SELECT * FROM nothing", 60), ("SELECT nothing", 47), ("SELECT * FROM no.such", 81)],
)
def test_errors_carry_the_code(client: Any, sql: str, code: int) -> None:
    with pytest.raises(DatabaseError) as caught:
        client.command(sql)
    assert caught.value.code == code


def test_an_unknown_setting_is_told(store: StoreProcess, database: str) -> None:
    with pytest.raises((DatabaseError, ProgrammingError), match="no_such_setting"):
        store.client(database).query("SELECT 1", settings={"no_such_setting": 1})


def test_a_wrong_password_is_refused(store: StoreProcess) -> None:
    with pytest.raises(DatabaseError) as caught:
        clickhouse_connect.get_client(**{**store.options(), "password": "guess"})
    assert caught.value.code == 516


def test_an_error_in_the_middle_of_a_stream_is_noticed(client: Any) -> None:
    seen = 0

    def read() -> None:
        nonlocal seen
        sql = "SELECT throwIf(number = 2500000) FROM numbers(3000000) SETTINGS max_threads = 1"
        with client.query_row_block_stream(sql) as blocks:
            for block in blocks:
                seen += len(block)

    with pytest.raises(StreamFailureError) as caught:
        read()
    assert caught.value.code == 395
    assert 0 < seen < 2_500_000


async def test_the_async_client_reads_writes_and_streams(store: StoreProcess, database: str) -> None:
    async with await clickhouse_connect.get_async_client(**store.options(database)) as client:
        await client.command("CREATE TABLE t (n UInt64, s String) ENGINE = MergeTree ORDER BY n")
        await client.insert("t", [(n, str(n)) for n in range(1000)], column_names=["n", "s"])
        assert (await client.query("SELECT sum(n), count() FROM t")).first_row == (499_500, 1000)
        async with await client.query_row_block_stream("SELECT n FROM t ORDER BY n") as blocks:
            assert [row[0] async for block in blocks for row in block] == list(range(1000))
        with pytest.raises(DatabaseError):
            await client.query("SELECT * FROM nothing")
