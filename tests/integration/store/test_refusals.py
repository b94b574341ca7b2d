"""No statement reaches files, other hosts or the process; none is refused for words in quotes or comments."""

from pathlib import Path
from typing import Any

import aiohttp
import pytest
from support.store_process import StoreProcess

SECRET = "the content of a file outside"


async def ask(http: aiohttp.ClientSession, sql: str, **params: str) -> tuple[bytes, str | None]:
    async with http.post("/", data=sql, params=params) as response:
        return await response.read(), response.headers.get("X-ClickHouse-Exception-Code")


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    path = tmp_path / "outside.csv"
    path.write_text(SECRET + "\n")
    return path


READS = [
    "SELECT * FROM file('{}', 'LineAsString')",
    "SELECT file('{}')",
    "SELECT `file`('{}')",
    "SELECT \"file\"('{}')",
    "SELECT `fi\\x6ce`('{}')",
    "SELECT file /* ( */ -- '\n ('{}')",
    "SELECT arrayMap(file, ['{}'])",
    "SELECT * APPLY file FROM (SELECT '{}')",
    "SELECT * APPLY(file) FROM (SELECT '{}')",
    "SELECT 1, /* ' */ file('{}') -- '",
    "SELECT $$'$$, file('{}'), $x$'$x$",
    "SELECT ‘'’, file('{}')",
    "SELECT * FROM '{}'",
    "SELECT * FROM `{}`",
    'SELECT * FROM default."{}"',
    "SELECT * FROM system.one, '{}'",
    "DESCRIBE TABLE file('{}')",
    "EXPLAIN SELECT * FROM file('{}', 'LineAsString')",
    "CREATE VIEW leak AS SELECT * FROM file('{}', 'LineAsString')",
    "CREATE TABLE leak (s String DEFAULT file('{}')) ENGINE = Memory",
    "CREATE TABLE leak (s String) ENGINE = File(LineAsString, '{}')",
    "CREATE TABLE leak ENGINE = Memory AS SELECT * FROM `{}`",
    "CREATE DATABASE leak ENGINE = Filesystem('{}')",
    "CREATE FUNCTION leak AS x -> file('{}')",
    "CREATE DICTIONARY leak (a UInt64) PRIMARY KEY a SOURCE(FILE(path '{}' format 'TSV')) LAYOUT(FLAT()) LIFETIME(0)",
    "ATTACH TABLE leak FROM '{}' (s String) ENGINE = Log",
    "INSERT INTO leak FROM INFILE '{}' FORMAT LineAsString",
    "INSERT INTO leak SELECT file('{}')",
    "SELECT * FROM filesystem('{}')",
    "SELECT * FROM icebergLocal('{}')",
    "SELECT * FROM sqlite('{}', 't')",
    "SELECT * FROM eval('SELECT 1') -- {}",
    "SELECT * FROM python(self) -- {}",
    "SELECT * FROM executable('cat', 'TSV', 's String', (SELECT '{}'))",
]


@pytest.mark.parametrize("sql", READS)
async def test_no_statement_reads_a_file(http: aiohttp.ClientSession, database: str, outside: Path, sql: str) -> None:
    body, code = await ask(http, sql.replace("{}", str(outside)), database=database)
    assert SECRET.encode() not in body
    assert code is not None, body


@pytest.mark.parametrize("sql", ["SELECT * FROM {f:Identifier}", "SELECT arrayMap({g:Identifier}, [{f:String}])"])
async def test_no_parameter_reads_a_file(http: aiohttp.ClientSession, outside: Path, sql: str) -> None:
    body, code = await ask(http, sql, param_f=str(outside), param_g="file")
    assert SECRET.encode() not in body
    assert code is not None


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT 1 INTO OUTFILE '{}'",
        "SELECT 1 INTO/**/OUTFILE $${}$$",
        "INSERT INTO FUNCTION file('{}', 'TSV', 'a UInt8') SELECT 1",
        "INSERT INTO TABLE FUNCTION file('{}', 'TSV', 'a UInt8') VALUES (1)",
        "CREATE TABLE leak (s String) ENGINE = File(TSV, '{}')",
        "BACKUP DATABASE default TO File('{}')",
        "CREATE DATABASE leak ENGINE = SQLite('{}')",
        "CREATE TABLE leak (a Int8) ENGINE = MergeTree ORDER BY a SETTINGS disk = disk(type = local, path = '{}/')",
    ],
)
async def test_no_statement_writes_a_file(
    http: aiohttp.ClientSession, database: str, tmp_path: Path, sql: str
) -> None:
    target = tmp_path / "written"
    _, code = await ask(http, sql.replace("{}", str(target)), database=database)
    assert code is not None
    assert not target.exists()


@pytest.mark.parametrize(
    "call",
    [
        "url('http://127.0.0.1:1/', 'TSV', 's String')",
        "s3('http://127.0.0.1:1/bucket/key', 'TSV', 's String')",
        "remote('127.0.0.1:1', 'system.one')",
        "remoteSecure('127.0.0.1:1', 'system.one')",
        "cluster('default', 'system.one')",
        "mysql('127.0.0.1:1', 'd', 't', 'u', 'p')",
        "postgresql('127.0.0.1:1', 'd', 't', 'u', 'p')",
        "mongodb('127.0.0.1:1', 'd', 't', 'u', 'p', 's String')",
        "redis('127.0.0.1:1', 'a', 'a String')",
        "azureBlobStorage('http://127.0.0.1:1/', 'c', 'p')",
        "jdbc('a', 'b', 'c')",
        "URL('http://127.0.0.1:1/')",
    ],
)
async def test_no_statement_reaches_another_host(http: aiohttp.ClientSession, call: str) -> None:
    for sql in (f"SELECT * FROM {call}", f"INSERT INTO FUNCTION {call} SELECT 1", f"DESCRIBE {call}"):
        assert (await ask(http, sql))[1] in {"497", "62", "46"}, sql


@pytest.mark.parametrize(
    "engine",
    [
        "URL('http://127.0.0.1:1/')",
        "Kafka",
        "S3('http://127.0.0.1:1/b/k')",
        "Executable('x', 'TSV')",
        "Distributed('c', 'd', 't')",
        "EmbeddedRocksDB(0, '/tmp/x')",
        "Buffer('d', 't', 1, 1, 1, 1, 1, 1, 1)",
    ],
)
async def test_dangerous_engines_are_refused_by_the_engine(
    http: aiohttp.ClientSession, database: str, engine: str
) -> None:
    assert (await ask(http, f"CREATE TABLE x (a Int8) ENGINE = {engine}", database=database))[1] == "497"


@pytest.mark.parametrize(
    "sql",
    [
        "SYSTEM SHUTDOWN",
        "SYSTEM KILL",
        "CREATE USER u",
        "GRANT ALL ON *.* TO default",
        "CREATE NAMED COLLECTION c AS a = 1",
        "SET input_format_record_errors_file_path = '/tmp/x'",
        "SET format_avro_schema_registry_url = 'http://127.0.0.1'",
        "RESTORE DATABASE a FROM File('x')",
        "SELECT addressToLine(1)",
        "SELECT demangle('x')",
    ],
)
async def test_nobody_steers_the_process(http: aiohttp.ClientSession, sql: str) -> None:
    assert (await ask(http, sql))[1] in {"497", "452"}
    assert (await ask(http, "SELECT 1"))[0] == b"1\n"


@pytest.mark.parametrize(
    ("sql", "answer"),
    [
        ("SELECT 'file(''x'')', 'url(', '/not/there' -- file('x')", "file(\\'x\\')\turl(\t/not/there\n"),
        ("SELECT 1 /* FROM INFILE 'x' file('y') */", "1\n"),
        ("SELECT t.file, `url` FROM (SELECT 1 AS `f`, 2 AS url) AS t(file, url)", None),
        ("SELECT s3 FROM (SELECT 7 AS s3)", "7\n"),
        ("SELECT * FROM numbers(2)", "0\n1\n"),
        ("SELECT outfile FROM (SELECT 5 AS outfile)", "5\n"),
        ("SELECT count() FROM system.one WHERE 'Arts/Comics' != '/Computers/Programming'", "1\n"),
        ("SELECT format('{}-{}', 'a', 'b')", "a-b\n"),
        ("SELECT ';', 1 -- ; DROP TABLE x\n;", ";\t1\n"),
        ("SELECT * FROM format(TSV, 'a Int8', '3')", "3\n"),
        ("SELECT x.1 // file('a')\n FROM values('x Tuple(Int8, Int8)', ((4, 5)))", "4\n"),
    ],
)
async def test_words_in_quotes_and_comments_are_only_words(
    http: aiohttp.ClientSession, sql: str, answer: str | None
) -> None:
    body, code = await ask(http, sql)
    if answer is not None:
        assert (body.decode(), code) == (answer, None)


async def test_tables_and_columns_may_have_such_names(http: aiohttp.ClientSession, database: str) -> None:
    for sql in (
        "CREATE TABLE url (s3 String, file String, outfile Int8) ENGINE = Memory",
        "INSERT INTO url (s3, file, outfile) VALUES ('file(', 'x', 1)",
        "CREATE TABLE remote (a Int8) ENGINE = Memory",
        "INSERT INTO remote (a) SELECT 1",
    ):
        assert await ask(http, sql, database=database) == (b"", None), sql
    assert (await ask(http, "SELECT s3, url.file FROM url", database=database))[0] == b"file(\tx\n"


@pytest.fixture(scope="module")
def readers(tmp_path_factory: pytest.TempPathFactory) -> Any:
    path = tmp_path_factory.mktemp("readers") / "data"
    with StoreProcess.start(path) as store:
        with store.client() as client:
            client.command("CREATE TABLE t (n UInt64) ENGINE = MergeTree ORDER BY n")
            client.command("INSERT INTO t SELECT number FROM numbers(1000)")
        assert store.stop() == 0
    with StoreProcess.start(path, "--read-only") as store:
        yield store


def test_readers_read(readers: StoreProcess) -> None:
    from clickhouse_connect.driver.external import ExternalData

    with readers.client() as client:
        assert client.query("SELECT sum(n) FROM t").first_row == (499_500,)
        assert client.query_arrow("SELECT n FROM t").num_rows == 1000
        with client.query_row_block_stream("SELECT n FROM t") as blocks:
            assert sum(len(block) for block in blocks) == 1000
        for sql in ("EXPLAIN SELECT 1", "SHOW TABLES", "DESCRIBE TABLE t", "EXISTS TABLE t"):
            assert client.query(sql).result_rows
        data = ExternalData(file_name="few.csv", fmt="CSV", structure="n UInt64", data=b"1\n2\n")
        assert client.query("SELECT count() FROM t WHERE n IN few", external_data=data).first_row == (2,)
        assert client.query("SELECT 1", settings={"max_execution_time": 5, "max_threads": 1}).first_row == (1,)


@pytest.mark.parametrize(
    "sql",
    [
        "INSERT INTO t VALUES (1)",
        "INSERT INTO t SELECT 1",
        "CREATE TABLE x (a Int8) ENGINE = Memory",
        "DROP TABLE t",
        "ALTER TABLE t DELETE WHERE 1",
        "TRUNCATE TABLE t",
        "OPTIMIZE TABLE t",
        "CREATE DATABASE x",
        "KILL QUERY WHERE 1",
        "SYSTEM STOP MERGES",
        "SET readonly = 0",
        "SELECT 1 SETTINGS readonly = 0",
        "RENAME TABLE t TO u",
        "SELECT 1; DROP TABLE t",
        "CREATE VIEW v AS SELECT 1",
        "DETACH TABLE t",
        "SELECT * FROM url('http://127.0.0.1:1/')",
        "SELECT * FROM '/etc/hostname'",
        "SELECT file('/etc/hostname')",
        "SELECT 1 SETTINGS max_execution_time = 3600",
        "SET max_memory_usage = 0",
        "SELECT * FROM numbers(10000000)",
        "DELETE FROM t WHERE 1",
        "SELECT count() FROM t WHERE n IN (SELECT number FROM numbers(10000000000))",
    ],
)
def test_readers_do_nothing_else(readers: StoreProcess, sql: str) -> None:
    from clickhouse_connect.driver.exceptions import DatabaseError

    with readers.client() as client:
        with pytest.raises(DatabaseError):
            client.raw_query(sql)
        assert client.query("SELECT count() FROM t").first_row == (1000,)


def test_limits_asked_for_are_cut_to_the_stores(readers: StoreProcess) -> None:
    with readers.client() as client:
        for value in (3600, 0):
            found = client.query("SELECT getSetting('max_execution_time')", settings={"max_execution_time": value})
            assert found.first_row == (60.0,)
