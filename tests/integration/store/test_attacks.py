"""What a stranger with the readers' password may try: each attack is refused or bounded, and the store lives on.

The address is the second one of a store that others write to, so a refusal that only the engine's read-only
opening would give does not help here.
"""

import json
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from support.store_process import READER_PASSWORD, StoreProcess

SECRET = "the content of a file outside"
READONLY, DENIED, SETTING, SYNTAX = "164", "497", "452", "62"


async def ask(http: aiohttp.ClientSession, sql: str, **params: str) -> tuple[str, str | None]:
    async with http.post("/", data=sql, params=params) as response:
        return (await response.read()).decode(errors="replace"), response.headers.get("X-ClickHouse-Exception-Code")


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    path = tmp_path / "outside.txt"
    path.write_text(SECRET + "\n")
    return path


@pytest.fixture(scope="module")
def client(store: StoreProcess) -> Iterator[Any]:
    """Who writes: the table under attack is theirs."""
    with store.client() as creating:
        creating.command("CREATE DATABASE attacked")
    with store.client("attacked") as opened:
        opened.command("CREATE TABLE t (n UInt64) ENGINE = MergeTree ORDER BY n")
        opened.command("INSERT INTO t SELECT number FROM numbers(1000)")
        yield opened
        opened.command("DROP DATABASE attacked SYNC")


@pytest.fixture(scope="module")
def database(client: Any) -> str:
    return "attacked"


WRITES = [
    "INSERT INTO t VALUES (1)",
    "INSERT INTO t SELECT 1",
    "INSERT INTO t FORMAT TSV\n1\n",
    "INSERT INTO FUNCTION null('n UInt64') SELECT 1",
    "CREATE TABLE x (a Int8) ENGINE = Memory",
    "CREATE TEMPORARY TABLE x (a Int8)",
    "CREATE OR REPLACE TABLE t (a Int8) ENGINE = Memory",
    "CREATE VIEW v AS SELECT 1",
    "CREATE MATERIALIZED VIEW v ENGINE = Memory AS SELECT n FROM t",
    "CREATE DATABASE x",
    "CREATE DICTIONARY d (a UInt64) PRIMARY KEY a SOURCE(HTTP(url 'http://127.0.0.1:1/' format 'TSV')) "
    "LAYOUT(FLAT()) LIFETIME(0)",
    "CREATE FUNCTION f AS x -> file(x)",
    "CREATE NAMED COLLECTION c AS a = 1",
    "CREATE USER u",
    "CREATE ROLE r",
    "CREATE SETTINGS PROFILE p SETTINGS readonly = 0",
    "CREATE QUOTA q",
    "GRANT ALL ON *.* TO default",
    "GRANT writers TO default",
    "DROP TABLE t",
    "DROP DATABASE default",
    "ALTER TABLE t DELETE WHERE 1",
    "ALTER TABLE t UPDATE n = 1 WHERE 1",
    "ALTER TABLE t FREEZE",
    "DELETE FROM t WHERE 1",
    "UPDATE t SET n = 1 WHERE 1",
    "TRUNCATE TABLE t",
    "OPTIMIZE TABLE t FINAL",
    "RENAME TABLE t TO u",
    "EXCHANGE TABLES t AND t",
    "DETACH TABLE t",
    "ATTACH TABLE t",
    "UNDROP TABLE t",
    "MOVE USER default TO x",
    "BACKUP DATABASE default TO Memory('b')",
    "RESTORE DATABASE default FROM Memory('b')",
    "CHECK TABLE t",
    "WATCH t",
]
STEERING = [
    "SYSTEM SHUTDOWN",
    "SYSTEM KILL",
    "SYSTEM STOP MERGES",
    "SYSTEM FLUSH LOGS",
    "SYSTEM RELOAD CONFIG",
    "SYSTEM DROP MARK CACHE",
    "KILL QUERY WHERE 1",
    "KILL QUERY WHERE user = 'default' SYNC",
    "KILL MUTATION WHERE 1",
    "SET readonly = 0",
    "SET readonly = 2",
    "SET max_memory_usage = 0",
    "SET ROLE writers",
    "SET ROLE ALL",
    "SET DEFAULT ROLE ALL TO default",
    "SET profile = 'default'",
    "SET TRANSACTION SNAPSHOT 1",
    "BEGIN TRANSACTION",
    "COMMIT",
    "EXECUTE AS default",
    "EXECUTE AS default SELECT 1",
    "USE system",
    "EXPLAIN INSERT INTO t SELECT 1",
    "EXPLAIN AST DROP TABLE t",
    "EXPLAIN TABLE OVERRIDE mysql('127.0.0.1:1', 'd', 't', 'u', 'p')",
    "SHOW PROCESSLIST",
    "SHOW USERS",
    "SHOW GRANTS",
    "SHOW ACCESS",
    "SHOW CREATE USER default",
    "SHOW CREATE SETTINGS PROFILE default",
    "SHOW CREATE DATABASE default",
    "SHOW CLUSTERS",
    "SHOW NAMED COLLECTIONS",
    "SHOW DICTIONARIES",
    "SELECT 1; DROP TABLE t",
    "SELECT 1;;SELECT 2",
    "SELECT 1\n;\n-- \nSET readonly = 0",
    "WITH x AS (SELECT 1) INSERT INTO t SELECT * FROM x",
    "(SELECT 1) INTO OUTFILE '/tmp/x'",
    "SELECT 1 INTO OUTFILE '/tmp/x'",
    "SELECT 1 INTO/**/OUTFILE/**/'/tmp/x' APPEND",
    "SELECT 1 FROM INFILE '/etc/hostname'",
    "1 + 1",
    "",
    ";",
]


@pytest.mark.parametrize("sql", WRITES + STEERING)
async def test_nothing_but_reading_is_a_statement(
    reading: aiohttp.ClientSession, client: Any, database: str, sql: str
) -> None:
    body, code = await ask(reading, sql, database=database)
    assert code in {READONLY, DENIED, SYNTAX}, body
    assert client.query("SELECT count() FROM t").first_row == (1000,)


FILES = [
    "SELECT file('{}')",
    "SELECT `fi\\x6ce`('{}')",
    "SELECT arrayMap(file, ['{}'])",
    "SELECT * FROM file('{}', 'LineAsString')",
    "SELECT * FROM '{}'",
    "SELECT * FROM `{}`",
    "DESCRIBE TABLE file('{}')",
    "EXPLAIN SELECT * FROM file('{}', 'LineAsString')",
    "SELECT * FROM format(JSONEachRow, 'a Int8, s String DEFAULT file(\\'{}\\')', '{\"a\":1}')",
    "SELECT * FROM format(JSONEachRow, concat('a Int8, s String DEFAULT fi', 'le(\\'{}\\')'), '{\"a\":1}')",
    "WITH 'a Int8, s String DEFAULT file(\\'{}\\')' AS s SELECT * FROM format(JSONEachRow, s, '{\"a\":1}')",
    "SELECT * FROM FORMAT(JSONEachRow, $$a Int8, s String ALIAS file('{}')$$, '{\"a\":1}')",
    "SELECT * FROM `format`('JSONEachRow', 'a Int8, s String MATERIALIZED file(\\'{}\\')', '{\"a\":1}')",
    "SELECT * FROM values('a Int8, s String DEFAULT file(\\'{}\\')', (1, 'x'))",
    "SELECT * FROM null('a Int8 DEFAULT length(file(\\'{}\\'))')",
    "SELECT '1' AS x SETTINGS additional_result_filter = 'throwIf(1, file(\\'{}\\'))'",
    "SELECT * FROM t SETTINGS additional_table_filters = {'t': 'throwIf(1, file(\\'{}\\'))'}",
    "SELECT * FROM t SETTINGS additional_table_filters = {'t': 'throwIf(1, `fi\\\\x6ce`(\\'{}\\'))'}",
    "SELECT 1 FORMAT Template SETTINGS format_template_resultset = '{}'",
    "SELECT 1 FORMAT Template SETTINGS format_template_row = '{}'",
    "SELECT 1 FORMAT Protobuf SETTINGS format_schema = '{}'",
    "SELECT * FROM executable('cat', 'TSV', 's String', (SELECT '{}'))",
    "SELECT * FROM sqlite('{}', 't')",
    "SELECT * FROM filesystem('{}')",
    "SELECT * FROM dictionary('{}')",
    "SELECT dictGet('{}', 'a', 1)",
    "SELECT catboostEvaluate('{}', 1)",
    "SELECT logTrace('{}')",
]


@pytest.mark.parametrize("sql", FILES)
async def test_no_file_is_read(
    reading: aiohttp.ClientSession, http: aiohttp.ClientSession, database: str, outside: Path, sql: str
) -> None:
    text = sql.replace("{}", str(outside))
    body, code = await ask(reading, text, database=database)
    assert SECRET not in body
    assert code is not None, body
    # Nor by those who write.
    body, _ = await ask(http, text, database=database)
    assert SECRET not in body


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("additional_result_filter", "throwIf(1, file('{}'))"),
        ("additional_table_filters", "{'t': 'throwIf(1, file(\\'{}\\'))'}"),
        ("additional_table_filters", "{'t': 'n IN (SELECT length(path) FROM system.disks)'}"),
        ("additional_table_filters", "{'t': 'n IN system.one'}"),
        ("format_template_resultset", "{}"),
        ("format_schema", "{}"),
        ("input_format_record_errors_file_path", "{}"),
        ("dialect", "kusto"),
        ("allow_experimental_kusto_dialect", "1"),
        ("implicit_select", "1"),
        ("enable_analyzer", "0"),
        ("compatibility", "20.1"),
        ("profile", "default"),
        ("role", "writers"),
        ("allow_introspection_functions", "1"),
        ("allow_ddl", "1"),
        ("send_logs_level", "trace"),
        ("log_queries", "1"),
        ("use_query_cache", "1"),
        ("max_bytes_before_external_group_by", "1"),
        ("max_memory_usage_for_user", "0"),
        ("max_concurrent_queries_for_user", "0"),
        ("max_recursive_cte_evaluation_depth", "1000000000"),
        ("no_such_setting", "1"),
    ],
)
async def test_a_setting_that_is_no_readers_changes_nothing(
    reading: aiohttp.ClientSession, database: str, outside: Path, name: str, value: str
) -> None:
    given = value.replace("{}", str(outside)) if "file" in value or value == "{}" else value
    body, code = await ask(reading, "SELECT count() FROM t", database=database, **{name: given})
    # A role is no setting of HTTP, and means nothing here.
    assert code in {SETTING, DENIED} if name != "role" else body == "1000\n", body
    quoted = given.replace("\\", "\\\\").replace("'", "\\'")
    literal = given if given.startswith("{") else f"'{quoted}'"
    if name != "role":
        for sql in (
            f"SELECT n FROM t LIMIT 1 SETTINGS {name} = {literal}",
            f"SELECT * FROM (SELECT n FROM t SETTINGS max_threads = 1, `{name}` = {literal}) LIMIT 1",
        ):
            body, code = await ask(reading, sql, database=database)
            assert code in {SETTING, DENIED}, body
    assert SECRET not in body


@pytest.mark.parametrize("setting", ["max_result_rows", "max_execution_time", "max_memory_usage", "max_rows_to_read"])
@pytest.mark.parametrize("value", ["0", "1000000000000000"])
async def test_a_limit_asked_for_is_cut_or_refused(reading: aiohttp.ClientSession, setting: str, value: str) -> None:
    sql = f"SELECT toUInt64(getSetting('{setting}'))"
    body, _ = await ask(reading, sql, **{setting: value})
    assert 0 < int(body) <= 2 * 2**30
    assert (await ask(reading, f"{sql} SETTINGS {setting} = {value}"))[1] in {SETTING, "36"}


@pytest.mark.parametrize(
    "call",
    [
        "url('http://127.0.0.1:1/', 'TSV', 's String')",
        "urlCluster('c', 'http://127.0.0.1:1/')",
        "s3('http://127.0.0.1:1/b/k')",
        "s3Cluster('c', 'http://127.0.0.1:1/b/k')",
        "gcs('http://127.0.0.1:1/b/k')",
        "hdfs('hdfs://127.0.0.1:1/x', 'TSV', 's String')",
        "remote('127.0.0.1:1', 'system.one')",
        "remoteSecure('127.0.0.1:1', 'system.one')",
        "cluster('default', 'system.one')",
        "mysql('127.0.0.1:1', 'd', 't', 'u', 'p')",
        "postgresql('127.0.0.1:1', 'd', 't', 'u', 'p')",
        "mongodb('127.0.0.1:1', 'd', 't', 'u', 'p', 's String')",
        "redis('127.0.0.1:1', 'a', 'a String')",
        "azureBlobStorage('http://127.0.0.1:1/', 'c', 'p')",
        "iceberg('http://127.0.0.1:1/')",
        "deltaLake('http://127.0.0.1:1/')",
        "jdbc('a', 'b', 'c')",
        "odbc('a', 'b', 'c')",
        "executable('id', 'TSV', 's String')",
        "python(self)",
        "eval('SELECT 1')",
        "merge('system', '.*')",
        "loop('system', 'one')",
        "mergeTreeIndex('default', 'usage_events')",
        "input('s String')",
        "generateRandom('s String')",
    ],
)
async def test_no_table_function_leads_anywhere(reading: aiohttp.ClientSession, call: str) -> None:
    for sql in (f"SELECT * FROM {call} LIMIT 1", f"DESCRIBE {call}", f"SELECT 1 IN (SELECT 1 FROM {call})"):
        body, code = await ask(reading, sql)
        assert code == DENIED, body


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM system.processes",
        "SELECT query FROM system.processes",
        "SELECT * FROM `system`.`processes`",
        'SELECT * FROM "syst\\x65m".processes',
        "SELECT * FROM {d:Identifier}.{t:Identifier}",
        "SELECT * FROM {whole:Identifier}",
        "SELECT path FROM system.disks",
        "SELECT * FROM system.disks",
        "SELECT COLUMNS('a') FROM system.disks",
        "SELECT name FROM (SELECT * FROM system.disks)",
        "WITH d AS (SELECT path AS p FROM system.disks) SELECT p FROM d",
        "SELECT 1 WHERE (SELECT data_path FROM system.databases LIMIT 1) LIKE '/%'",
        "SELECT toUInt8((SELECT data_path FROM system.databases LIMIT 1))",
        "SELECT 1 FROM numbers(1) JOIN system.disks ON path != ''",
        "SELECT 1 UNION ALL SELECT length(path) FROM system.disks",
        "SELECT data_paths FROM system.tables",
        "SELECT metadata_path FROM system.tables",
        "SELECT path FROM system.parts",
        "SELECT command FROM system.mutations",
        "SELECT 1 IN (SELECT length(path) FROM system.disks)",
        "SELECT (SELECT groupArray(name) FROM system.users)",
        "EXPLAIN SYNTAX SELECT (SELECT data_path FROM system.databases LIMIT 1)",
        "EXPLAIN SELECT toUInt8(path) FROM system.disks",
        "DESCRIBE (SELECT toUInt8((SELECT data_path FROM system.databases LIMIT 1)))",
        "FROM system.disks SELECT path",
        "SELECT * FROM view(SELECT path FROM system.disks)",
        *(
            f"SELECT * FROM system.{name}"
            for name in (
                "users", "roles", "grants", "quotas", "named_collections", "dictionaries", "server_settings",
                "clusters", "query_log", "query_cache", "stack_trace", "user_processes", "backups", "certificates",
                "zookeeper", "detached_parts", "storage_policies", "remote_data_paths", "settings_profiles",
            )
        ),
    ],
)  # fmt: skip
async def test_system_tables_tell_nothing_about_others_or_the_machine(
    store: StoreProcess, reading: aiohttp.ClientSession, sql: str
) -> None:
    params = {"param_d": "system", "param_t": "processes", "param_whole": "system.processes"}
    body, code = await ask(reading, sql, **params)
    assert code in {DENIED, "60", "6", "206"}, body
    assert str(store.path) not in body
    unqualified = sql.replace("system.", "") if "`" not in sql and '"' not in sql and "{" not in sql else sql
    body, code = await ask(reading, unqualified, database="system", **params)
    assert code is not None, body
    assert str(store.path) not in body


@pytest.mark.parametrize(
    "call",
    [
        "hostName()", "hostname()", "FQDN()", "serverUUID()", "getServerSetting('path')", "getMacro('a')",
        "filesystemAvailable()", "filesystemCapacity()", "tcpPort()", "getServerPort('tcp_port')",
        "getOSKernelVersion()", "getClientHTTPHeader('Authorization')", "arrayMap(getServerSetting, ['path'])",
        "hasColumnInTable('127.0.0.1:1', 'u', 'p', 'd', 't', 'c')", "addressToLine(1)", "aiGenerate('x', 'y')",
        "arrayMap({f:Identifier}, ['path'])",
    ],
)  # fmt: skip
async def test_no_function_tells_about_the_machine(reading: aiohttp.ClientSession, call: str) -> None:
    body, code = await ask(reading, f"SELECT {call}", param_f="getServerSetting")
    assert code is not None, body


@pytest.mark.parametrize(
    "structure",
    [
        "a Int8, s String DEFAULT file('{}')",
        "a Int8, s String ALIAS file('{}')",
        "a Int8) ENGINE = Memory AS SELECT file('{}') --",
        "a Int8) ENGINE = File(TSV, '{}') --",
        "a Int8 /*",
        "a Int8 '",
        "a Int8; DROP TABLE t",
    ],
)
async def test_a_table_brought_along_has_names_and_types_only(
    store: StoreProcess, outside: Path, structure: str
) -> None:
    for url, headers in ((store.readers_url, store.reader_headers), (store.url, store.headers)):
        body, code = await bring(
            url, headers, "SELECT * FROM x", "x", structure.replace("{}", str(outside)), b'{"a":1}'
        )
        assert code == DENIED, body
        assert SECRET not in body
    good = await bring(
        store.readers_url, store.reader_headers, "SELECT * FROM x", "x", "a Int8, b Array(String)", b"{}"
    )
    assert good == ("0\t[]\n", None)


async def bring(
    url: str, headers: Mapping[str, str], sql: str, name: str, structure: str, data: bytes, **more: str
) -> tuple[str, str | None]:
    """Ask with a table brought along."""
    form = aiohttp.FormData({"query": sql, f"{name}_structure": structure, f"{name}_format": "JSONEachRow", **more})
    form.add_field(name, data, filename=name)
    async with aiohttp.ClientSession(headers=headers) as session, session.post(url, data=form) as response:
        return await response.text(), response.headers.get("X-ClickHouse-Exception-Code")


async def test_nobody_finds_anothers_session(
    store: StoreProcess, reading: aiohttp.ClientSession, http: aiohttp.ClientSession
) -> None:
    name = uuid.uuid4().hex
    await ask(http, "CREATE TEMPORARY TABLE mine (n UInt8)", session_id=name)
    await ask(http, "INSERT INTO mine VALUES (7)", session_id=name)
    assert (await ask(reading, "SELECT n FROM mine", session_id=name))[1] == "60"
    url, headers = store.readers_url, store.reader_headers
    brought = await bring(url, headers, "SELECT n FROM few", "few", "n UInt8", b'{"n":7}', session_id=name)
    assert brought == ("7\n", None)
    # What a reader brought is gone with the request, in the same session too.
    assert (await ask(reading, "SELECT n FROM few", session_id=name))[1] == "60"
    await ask(reading, "SELECT 1", session_id=name, max_threads="1")
    kept = await ask(reading, "SELECT toUInt8(getSetting('max_threads'))", session_id=name, session_check="1")
    assert kept == ("4\n", None)


async def test_each_account_is_good_for_its_own_address(store: StoreProcess) -> None:
    async with aiohttp.ClientSession() as stranger:
        for url, headers in (
            (store.url, store.reader_headers),
            (store.readers_url, store.headers),
            (store.readers_url, {}),
            (store.readers_url, {"X-ClickHouse-User": "reader"}),
            (store.readers_url, {"X-ClickHouse-User": "default", "X-ClickHouse-Key": READER_PASSWORD}),
        ):
            async with stranger.post(url, data="SELECT 1", headers=headers) as response:
                assert response.status == 403
                assert response.headers["X-ClickHouse-Exception-Code"] == "516"


@pytest.mark.parametrize(
    ("sql", "codes"),
    [
        ("SELECT number FROM numbers(1000001)", {"396"}),
        ("SELECT repeat('x', 1000000) FROM numbers(900)", {"396", "241"}),
        ("SELECT range(100000000)", {"241", "396"}),
        ("SELECT count() FROM numbers(3000000000)", {"158"}),
        ("SELECT count() FROM numbers(100000) AS a, numbers(100000) AS b, numbers(100000) AS c "
         "SETTINGS max_execution_time = 1", {"158", "159", "241"}),
        ("SELECT sleep(3), sleep(3), sleep(3), sleep(3) FROM numbers(100) SETTINGS max_block_size = 1, "
         "max_execution_time = 1", {"159", "160"}),
        ("WITH RECURSIVE x AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM x) SELECT count() FROM x "
         "SETTINGS max_execution_time = 1", {"159", "306", "241"}),
        ("SELECT " + "(" * 20000 + "1" + ")" * 20000, {"306", "62", "167"}),
        ("SELECT " + "+".join(["1"] * 60000), {"62", "168", "167", "306"}),
        ("SELECT '" + "x" * 300000 + "'", {"62"}),
        ("SELECT " + "".join(f"$t{n}$ " for n in range(30000)), {"62"}),
        ("SELECT ngramDistance(repeat('x', 1000000000), 'y')", {"241", "131", "42", "160", "12"}),
        ("SELECT extract(repeat('a', 30), '(a*)*b')", {None, "427", "1001"}),
    ],
)  # fmt: skip
async def test_what_is_huge_ends_at_a_limit(
    store: StoreProcess, reading: aiohttp.ClientSession, sql: str, codes: set[str | None]
) -> None:
    body, code = await ask(reading, sql, wait_end_of_query="1")
    assert code in codes, body[:300]
    assert (await ask(reading, "SELECT 1"))[0] == "1\n"


async def test_errors_tell_no_path_and_no_password(store: StoreProcess, reading: aiohttp.ClientSession) -> None:
    for sql in ("SELECT * FROM nothing", "SELECT nothing FROM usage_events", "SELECT throwIf(1)", "DESCRIBE nothing"):
        body, code = await ask(reading, sql)
        assert code is not None
        for hidden in (str(store.path), store.password, READER_PASSWORD, str(Path.cwd())):
            assert hidden not in body


async def test_what_readers_need_is_open(reading: aiohttp.ClientSession, database: str) -> None:
    for sql in (
        "SELECT sum(n) FROM t",
        "WITH x AS (SELECT n FROM t) SELECT max(n) FROM x",
        "(SELECT 1) UNION ALL (SELECT 2)",
        "FROM t SELECT n LIMIT 1",
        "EXPLAIN indexes = 1 SELECT n FROM t WHERE n = 3",
        "EXPLAIN QUERY TREE SELECT n FROM t",
        "EXPLAIN ESTIMATE SELECT n FROM t",
        "SHOW TABLES",
        "SHOW DATABASES",
        "SHOW CREATE TABLE t",
        "SHOW COLUMNS FROM t",
        "DESCRIBE TABLE t",
        "DESC t",
        "EXISTS TABLE t",
        "SELECT name, engine, total_rows FROM system.tables WHERE database = currentDatabase()",
        "SELECT name, type FROM system.columns WHERE table = 't' FORMAT JSON",
        "SELECT name, free_space, total_space FROM system.disks",
        "SELECT sum(bytes_on_disk) FROM system.parts WHERE active AND table = 't'",
        "SELECT table, count() FROM system.mutations WHERE NOT is_done GROUP BY table",
        "SELECT table_name FROM information_schema.tables WHERE table_schema = currentDatabase()",
        "SELECT version(), timezone(), currentUser(), displayName()",
        "SELECT * FROM numbers(3) SETTINGS max_threads = 1, output_format_json_quote_64bit_integers = 0",
        "SELECT * FROM format(JSONEachRow, 'a Int8, b Nullable(String)', '{\"a\":1}')",
        "SELECT * FROM values('a Int8, b String', (1, 'x'))",
        "SELECT format('{}-{}', 'a', 'b'), 'file(''x'')', 'SYSTEM SHUTDOWN; DROP TABLE t'",
        "SELECT count() FROM t SETTINGS additional_table_filters = {'t': ' n < 5 AND toString(n) != \\'file\\' '}",
        "SELECT n AS file_size, n AS settings, n AS format FROM t LIMIT 1",
        "SELECT n FROM t WHERE n IN (1, 2) ORDER BY n LIMIT 1 BY n SETTINGS limit = 1;",
    ):
        body, code = await ask(reading, sql, database=database)
        assert code is None, (sql, body)


async def test_answers_name_what_was_refused(reading: aiohttp.ClientSession) -> None:
    for sql, words in (
        ("DROP TABLE t", "read-only"),
        ("SELECT * FROM url('x')", "url()"),
        ("SELECT 1 SETTINGS dialect = 'kusto'", "dialect"),
        ("SELECT * FROM system.users", "system.users"),
        ("SELECT path FROM system.disks", "path"),
    ):
        assert words in (await ask(reading, sql))[0]


def test_the_attacks_left_the_writers_alone(store: StoreProcess, client: Any) -> None:
    client.command("CREATE TABLE after (n UInt8) ENGINE = MergeTree ORDER BY n")
    client.insert("after", [[1]], column_names=["n"])
    assert client.query("SELECT n FROM after").result_rows == [(1,)]
    assert json.loads(client.raw_query("SELECT 1 AS x FORMAT JSONEachRow")) == {"x": 1}
