"""The interface on the wire: addresses, accounts, headers, statuses, encodings, settings."""

import base64
import gzip
import json
import zlib
from typing import Any

import aiohttp
import lz4.frame
import pytest
import zstandard
from support.store_process import StoreProcess

PACKED: dict[str, Any] = {
    "zstd": (
        zstandard.ZstdCompressor().compress,
        lambda data: zstandard.ZstdDecompressor().decompressobj().decompress(data),
    ),
    "lz4": (lz4.frame.compress, lz4.frame.decompress),
    "gzip": (gzip.compress, gzip.decompress),
    "deflate": (zlib.compress, zlib.decompress),
}  # fmt: skip


async def ask(http: aiohttp.ClientSession, sql: str | bytes = b"", **params: str) -> tuple[int, bytes, Any]:
    async with http.post("/", data=sql, params=params) as response:
        return response.status, await response.read(), response.headers


@pytest.mark.parametrize("path", ["/ping", "/replicas_status"])
async def test_anyone_may_ask_whether_it_is_there(store: StoreProcess, path: str) -> None:
    async with aiohttp.ClientSession(store.url) as stranger, stranger.get(path) as response:
        assert (response.status, await response.text()) == (200, "Ok.\n")


async def test_three_ways_to_say_who_asks(store: StoreProcess) -> None:
    key = store.password
    ways: list[dict[str, Any]] = [
        {"headers": {"Authorization": "Basic " + base64.b64encode(f"default:{key}".encode()).decode()}},
        {"headers": {"X-ClickHouse-User": "default", "X-ClickHouse-Key": key}},
        {"params": {"user": "default", "password": key}},
    ]
    async with aiohttp.ClientSession(store.url) as stranger:
        for way in ways:
            async with stranger.post("/", data="SELECT 1", **way) as response:
                assert await response.text() == "1\n"


@pytest.mark.parametrize(
    "way",
    [
        {},
        {"params": {"user": "default"}},
        {"params": {"user": "admin", "password": "a secret of the tests"}},
        {"headers": {"X-ClickHouse-User": "default", "X-ClickHouse-Key": "guess"}},
        {"headers": {"Authorization": "Basic !!"}},
        {"headers": {"Authorization": "Bearer x"}},
    ],
)
async def test_nobody_else_gets_in(store: StoreProcess, way: dict[str, Any]) -> None:
    async with aiohttp.ClientSession(store.url) as stranger, stranger.post("/", data="SELECT 1", **way) as response:
        assert response.status == 403
        assert response.headers["X-ClickHouse-Exception-Code"] == "516"
        assert "secret" not in await response.text()


async def test_the_query_may_be_in_the_address_in_the_body_or_in_both(http: aiohttp.ClientSession) -> None:
    assert (await ask(http, "SELECT 1"))[1] == b"1\n"
    assert (await ask(http, query="SELECT 2"))[1] == b"2\n"
    assert (await ask(http, "+ 3", query="SELECT 2 -- two"))[1] == b"5\n"
    async with http.get("/", params={"query": "SELECT 4"}) as response:
        assert await response.read() == b"4\n"


async def test_a_get_only_reads(http: aiohttp.ClientSession, database: str) -> None:
    for sql in (
        "CREATE TABLE x (a Int8) ENGINE = Memory",
        "INSERT INTO t VALUES (1)",
        "KILL QUERY WHERE 1",
        "DROP TABLE t",
    ):
        async with http.get(
            "/", params={"query": sql, "database": database, "session_id": f"get {database}"}
        ) as response:
            assert response.headers["X-ClickHouse-Exception-Code"] == "164", sql
            assert response.status == 403


async def test_headers_say_what_clients_read(http: aiohttp.ClientSession) -> None:
    _, _, headers = await ask(http, "SELECT 1 FORMAT JSONEachRow", query_id="mine")
    assert headers["X-ClickHouse-Query-Id"] == "mine"
    assert headers["X-ClickHouse-Format"] == "JSONEachRow"
    assert headers["X-ClickHouse-Timezone"] == "UTC"
    assert len(headers["X-ClickHouse-Exception-Tag"]) == 16
    assert headers["X-ClickHouse-Server-Display-Name"]
    assert all(isinstance(value, str) for value in json.loads(headers["X-ClickHouse-Summary"]).values())


async def test_only_results_have_a_format(http: aiohttp.ClientSession, database: str) -> None:
    for sql in ("CREATE TABLE t (a Int8) ENGINE = Memory", "INSERT INTO t SELECT 1", "DROP TABLE t"):
        status, body, headers = await ask(http, sql, database=database)
        assert (status, body, headers.get("X-ClickHouse-Format")) == (200, b"", None), sql
    for sql in ("SHOW TABLES", "EXPLAIN SELECT 1", "EXISTS TABLE t", "DESCRIBE TABLE system.one"):
        assert (await ask(http, sql))[2]["X-ClickHouse-Format"] == "TabSeparated", sql


async def test_a_format_in_the_query_wins_over_the_default(http: aiohttp.ClientSession) -> None:
    assert (await ask(http, "SELECT 1, 'a'", default_format="CSV"))[1] == b'1,"a"\n'
    assert (await ask(http, "SELECT 1, 'a' FORMAT TSV", default_format="CSV"))[1] == b"1\ta\n"
    assert (await ask(http, "SELECT 1 AS format, 'FORMAT CSV' -- FORMAT JSON"))[1] == b"1\tFORMAT CSV\n"


@pytest.mark.parametrize("fmt", ["JSON", "CSVWithNames", "ArrowStream", "Parquet", "JSONCompact", "XML", "Pretty"])
async def test_formats_with_head_and_foot_are_one_document(http: aiohttp.ClientSession, fmt: str) -> None:
    status, body, _ = await ask(
        http, f"SELECT number FROM numbers(200000) ORDER BY number LIMIT 70000, 3 FORMAT {fmt}"
    )
    assert status == 200
    if fmt == "JSON":
        assert [row["number"] for row in json.loads(body)["data"]] == [70000, 70001, 70002]
    if fmt == "CSVWithNames":
        assert body == b'"number"\n70000\n70001\n70002\n'


@pytest.mark.parametrize("encoding", PACKED)
@pytest.mark.parametrize("fmt", ["TSV", "JSON"])
async def test_answers_are_compressed_as_asked(http: aiohttp.ClientSession, encoding: str, fmt: str) -> None:
    sql = f"SELECT number FROM numbers(300000) ORDER BY number FORMAT {fmt}"
    plain = (await ask(http, sql))[1]
    async with http.post(
        "/", data=sql, params={"enable_http_compression": "1"}, headers={"Accept-Encoding": encoding}
    ) as response:
        assert response.headers["Content-Encoding"] == encoding
        unpacked = PACKED[encoding][1](await response.read())
    if fmt == "TSV":
        assert unpacked == plain
    else:
        assert json.loads(unpacked)["data"] == json.loads(plain)["data"]


async def test_nothing_is_compressed_unasked(http: aiohttp.ClientSession) -> None:
    async with http.post("/", data="SELECT 1", headers={"Accept-Encoding": "gzip, zstd"}) as response:
        assert "Content-Encoding" not in response.headers
        assert await response.read() == b"1\n"


@pytest.mark.parametrize("encoding", PACKED)
async def test_bodies_come_compressed(http: aiohttp.ClientSession, database: str, encoding: str) -> None:
    await ask(http, "CREATE TABLE t (n UInt64) ENGINE = MergeTree ORDER BY n", database=database)
    body = "INSERT INTO t FORMAT TSV\n" + "".join(f"{n}\n" for n in range(100_000))
    async with http.post(
        "/",
        data=PACKED[encoding][0](body.encode()),
        params={"database": database},
        headers={"Content-Encoding": encoding},
    ) as response:
        assert response.status == 200, await response.text()
    assert (await ask(http, "SELECT count(), sum(n) FROM t", database=database))[1] == b"100000\t4999950000\n"


async def test_a_body_that_is_not_what_it_says_is_refused(http: aiohttp.ClientSession) -> None:
    for encoding in (*PACKED, "br"):
        async with http.post("/", data=b"SELECT 1", headers={"Content-Encoding": encoding}) as response:
            assert response.status == 500, encoding
            assert (await response.text()).startswith("Code: ")


@pytest.mark.parametrize(
    ("kind", "text", "shown"),
    [
        ("Map(String, UInt8)", "{'a':1,'b\\'':2}", "{'a':1,'b\\'':2}"),
        ("String", "a\\tb", "a\\tb"),
        ("Nullable(String)", "\\N", "\\N"),
        ("Array(UInt8)", "[1,2]", "[1,2]"),
    ],
)
async def test_parameters_are_read_by_the_engine(
    http: aiohttp.ClientSession, kind: str, text: str, shown: str
) -> None:
    assert (await ask(http, f"SELECT {{p:{kind}}}", param_p=text))[1].decode() == shown + "\n"


@pytest.mark.parametrize(
    ("sql", "status", "code"),
    [
        ("SELECT * FROM missing", 404, "60"),
        ("SELECT * FROM missing.t", 404, "81"),
        ("SELEC 1", 400, "62"),
        ("", 400, "62"),
        ("-- nothing", 400, "62"),
        ("SELECT 1; SELECT 2", 400, "62"),
        ("SELECT sleepEachRow(1) FROM numbers(3) SETTINGS max_execution_time = 0.1, max_block_size = 1", 408, "159"),
        ("SELECT throwIf(1)", 500, "395"),
    ],
)
async def test_errors_have_their_status_and_code(
    http: aiohttp.ClientSession, sql: str, status: int, code: str
) -> None:
    found, body, headers = await ask(http, sql)
    assert (found, headers["X-ClickHouse-Exception-Code"]) == (status, code)
    assert body.startswith(f"Code: {code}. DB::Exception: ".encode())
    assert b"(version 26." in body


async def test_unknown_and_bad_settings_are_the_clients_fault(http: aiohttp.ClientSession) -> None:
    assert (await ask(http, "SELECT 1", no_such_setting="1"))[0] == 400
    assert (await ask(http, "SELECT 1", max_threads="many"))[0] in {400, 500}
    assert (await ask(http, "SELECT 1", **{"odd name'": "1"}))[1] == b"1\n"


async def test_a_late_error_ends_the_answer_with_a_tail(http: aiohttp.ClientSession) -> None:
    sql = "SELECT throwIf(number = 2500000) FROM numbers(3000000) SETTINGS max_threads = 1"
    status, body, headers = await ask(http, sql)
    assert status == 200
    tag = headers["X-ClickHouse-Exception-Tag"]
    head, _, rest = body.partition(f"\r\n__exception__\r\n{tag}\r\n".encode())
    text = rest[: rest.rindex(f" {tag}\r\n__exception__\r\n".encode())]
    error, _, length = text.rpartition(b"\n")
    assert set(head) == {ord("0"), ord("\n")}
    assert error.startswith(b"Code: 395. DB::Exception: ")
    assert int(length) == len(error) + 1


async def test_who_waits_for_the_end_gets_the_status_of_the_end(http: aiohttp.ClientSession) -> None:
    sql = "SELECT throwIf(number = 250000) FROM numbers(300000) SETTINGS max_threads = 1"
    status, body, _ = await ask(http, sql, wait_end_of_query="1")
    assert status == 500
    assert body.startswith(b"Code: 395")


async def test_pages_of_other_origins_do_not_reach_a_store_without_password(tmp_path: Any) -> None:
    with StoreProcess.start(tmp_path / "open", password="") as store:
        async with aiohttp.ClientSession(store.url) as anyone:
            async with anyone.post("/", data="SELECT 1") as response:
                assert response.status == 200
            async with anyone.post("/", data="SELECT 1", headers={"Origin": "https://example.org"}) as response:
                assert response.status == 403
        assert store.stop() == 0
