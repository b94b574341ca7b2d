"""Inserts: where the statement ends and its data starts, all or nothing per block, once per token."""

from typing import Any

import aiohttp
import pytest
from support.store_process import StoreProcess


async def ask(http: aiohttp.ClientSession, sql: bytes | str, **params: str) -> tuple[bytes, str | None]:
    async with http.post("/", data=sql, params=params) as response:
        return await response.read(), response.headers.get("X-ClickHouse-Exception-Code")


@pytest.fixture
async def table(http: aiohttp.ClientSession, database: str) -> str:
    await ask(
        http,
        "CREATE TABLE t (a Int64, s String) ENGINE = MergeTree ORDER BY a "
        "SETTINGS non_replicated_deduplication_window = 100",
        database=database,
    )
    return "t"


@pytest.mark.parametrize(
    ("query", "body"),
    [
        ("", b"INSERT INTO t VALUES (1, 'VALUES')"),
        ("", b"INSERT INTO t (a, s) /* FORMAT CSV ( */ VALUES (1, 'VALUES')"),
        ("", b"insert into t values(1,'VALUES')"),
        ("INSERT INTO t VALUES", b"(1, 'VALUES')"),
        ("INSERT INTO t FORMAT TSV", b"1\tVALUES\n"),
        ("", b"INSERT INTO t FORMAT TSV\n1\tVALUES\n"),
        ("", b"INSERT INTO t FORMAT TSV\r\n1\tVALUES\n"),
        ("", b"INSERT INTO t -- values\nSETTINGS max_threads = 1 FORMAT CSV 1,VALUES"),
        ("", b'INSERT INTO "t" FORMAT JSONEachRow {"a":1,"s":"VALUES"}'),
        ("INSERT INTO t SELECT 1, 'VALUES'", b""),
        ("", b"INSERT INTO t SELECT * FROM VALUES('a Int64, s String', (1, 'VALUES'))"),
        ("", b"INSERT INTO t SELECT 1, 'VALUES' FORMAT TSV"),
        ("", b"INSERT INTO t WITH x AS (SELECT 1 AS a) SELECT a, 'VALUES' FROM x"),
    ],
)
async def test_a_statement_and_its_data_are_told_apart(
    http: aiohttp.ClientSession, database: str, table: str, query: str, body: bytes
) -> None:
    answer = (
        await ask(http, body, query=query, database=database) if query else await ask(http, body, database=database)
    )
    assert answer == (b"", None)
    assert (await ask(http, "SELECT * FROM t", database=database))[0] == b"1\tVALUES\n"


async def test_data_that_arrives_in_drops_is_read_the_same(
    http: aiohttp.ClientSession, database: str, table: str
) -> None:
    async def drops() -> Any:
        for letter in b'INSERT INTO t (a, s) FORMAT CSV\n1,x\n2,"FORMAT"\n':
            yield bytes([letter])

    async with http.post("/", data=drops(), params={"database": database}) as response:
        assert response.status == 200, await response.text()
    assert (await ask(http, "SELECT * FROM t ORDER BY a", database=database))[0] == b"1\tx\n2\tFORMAT\n"


async def test_a_bad_row_leaves_nothing_of_its_block(http: aiohttp.ClientSession, database: str, table: str) -> None:
    _, code = await ask(http, b"INSERT INTO t FORMAT TSV\n1\ta\n2\tb\nx\tc\n", database=database)
    assert code == "27"
    assert (await ask(http, "SELECT count() FROM t", database=database))[0] == b"0\n"


async def test_the_same_token_writes_once(http: aiohttp.ClientSession, database: str, table: str) -> None:
    for token, rows in (("one", b"1\ta\n"), ("one", b"1\ta\n"), ("two", b"1\ta\n")):
        await ask(http, b"INSERT INTO t FORMAT TSV\n" + rows, database=database, insert_deduplication_token=token)
    assert (await ask(http, "SELECT count() FROM t", database=database))[0] == b"2\n"


async def _boot(http: aiohttp.ClientSession) -> str:
    return (await ask(http, "SELECT boot FROM default.usage_boots ORDER BY number DESC LIMIT 1"))[0].decode().strip()


async def test_a_token_of_an_older_opening_is_refused(http: aiohttp.ClientSession, database: str, table: str) -> None:
    boot = await _boot(http)
    good, old = f"epoch:topic:0:1:2:{boot}", "epoch:topic:0:1:2:0123456789abcdef"
    sql = b"INSERT INTO t FORMAT TSV\n1\ta\n"
    body, code = await ask(http, sql, database=database, insert_deduplication_token=old)
    assert code == "9001"
    assert b"0123456789abcdef" in body
    assert boot.encode() in body
    assert (await ask(http, sql, database=database, insert_deduplication_token=good))[1] is None
    for other in ("", "boot:0123456789abcdef", "a:b:c:d:e:f:g"):
        assert (await ask(http, sql, database=database, insert_deduplication_token=other))[1] is None, other


@pytest.mark.parametrize(
    "sql",
    [
        "INSERT INTO t SETTINGS insert_deduplication_token = '{}' VALUES (1, 'a')",
        "INSERT INTO t SETTINGS insert_deduplication_token = '{}' SELECT 1, 'a'",
        "SET insert_deduplication_token = '{}'",
    ],
)
async def test_an_old_token_hides_nowhere(http: aiohttp.ClientSession, database: str, table: str, sql: str) -> None:
    assert (await ask(http, sql.format("e:t:0:1:2:0123456789abcdef"), database=database))[1] == "9001"


async def test_the_summary_counts_what_was_written(http: aiohttp.ClientSession, database: str, table: str) -> None:
    import json

    async with http.post(
        "/", data="INSERT INTO t VALUES (1, 'a'), (2, 'b')", params={"database": database}
    ) as response:
        assert json.loads(response.headers["X-ClickHouse-Summary"])["written_rows"] == "2"


async def test_an_insert_broken_off_is_not_committed(
    store: StoreProcess, http: aiohttp.ClientSession, database: str, table: str
) -> None:
    async def half() -> Any:
        yield b"INSERT INTO t FORMAT TSV\n1\ta\n"
        raise ConnectionAbortedError

    with pytest.raises((aiohttp.ClientError, ConnectionError)):
        async with http.post("/", data=half(), params={"database": database}):
            pass
    assert (await ask(http, "SELECT count() FROM t", database=database))[0] == b"0\n"
