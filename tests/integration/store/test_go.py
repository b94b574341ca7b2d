"""Go's client over HTTP, opened as Grafana's data source opens it, in every compression it has.

The client decodes every value itself and checks every checksum, so it judges the protocol revision of the
Native format and the compressed blocks. It is built once, from the Go module beside this file.
"""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from support.store_process import READER_PASSWORD, StoreProcess

SOURCE = Path(__file__).parent / "go"
METHODS = ["none", "gzip", "deflate", "lz4", "zstd"]
# By statement, what clickhouse-go makes of the first row.
TYPES = {
    "SELECT toInt8(-1), toUInt16(65535), toInt32(-5), toUInt64(18446744073709551615), true": [
        "-1", "65535", "-5", "18446744073709551615", "true"
    ],
    "SELECT toFloat32(1.5), toDecimal32('1.25', 2), toDecimal64('-3.5', 1), toDecimal128('9.75', 4)": [
        "1.5", '"1.25"', '"-3.5"', '"9.75"'
    ],
    "SELECT toDate('2026-02-03'), toDate32('1950-01-02'), toDateTime('2026-02-03 04:05:06', 'UTC'), "
    "toDateTime64('2026-02-03 04:05:06.789', 3, 'Europe/Berlin')": [
        "2026-02-03T00:00:00Z", "1950-01-02T00:00:00Z", "2026-02-03T04:05:06Z", "2026-02-03T03:05:06.789Z"
    ],
    "SELECT 'plain', toFixedString('ab', 2), length(repeat('x', 300)), repeat('y', 300), toIPv4('1.2.3.4'), "
    "CAST('b', 'Enum8(\\'a, (\\' = 1, \\'b\\' = 2)')": [
        '"plain"', '"ab"', "300", f'"{300 * "y"}"', '"1.2.3.4"', '"b"'
    ],
    "SELECT NULL, CAST(NULL, 'Nullable(String)'), CAST(3, 'Nullable(UInt16)')": ["null", "null", "3"],
    "SELECT [1000, 2], [['a'], [], ['b', 'c']], CAST([], 'Array(Nullable(String))'), 'after'": [
        "[1000,2]", '[["a"],[],["b","c"]]', "[]", '"after"'
    ],
    "SELECT (1, 'x'), CAST((2, [3000]), 'Tuple(a UInt8, b Array(UInt16))'), map('k', 1), 'after'": [
        '[1,"x"]', '{"a":2,"b":[3000]}', '{"k":1}', '"after"'
    ],
    "SELECT toLowCardinality(toString(number % 3)), CAST('v', 'LowCardinality(Nullable(String))'), "
    "[toLowCardinality('in')], map(toLowCardinality('k'), toLowCardinality('w')), 'after' FROM numbers(5)": [
        '"0"', '"v"', '["in"]', '{"k":"w"}', '"after"'
    ],
    "SELECT CAST(5, 'SimpleAggregateFunction(sum, UInt64)'), 'after'": ["5", '"after"'],
    "SELECT toUInt256(1) = 1, toInt128(-2) + 2 = 0, toUUID('00000000-0000-0000-0000-000000000001')": [
        "1", "1", '"00000000-0000-0000-0000-000000000001"'
    ],
}  # fmt: skip
# What the plugin asks to check itself and to fill its query builder.
GRAFANA = {
    "version": "SELECT version()",
    "setting": "SELECT value FROM system.settings WHERE name = 'readonly'",
    "databases": "SHOW DATABASES",
    "shown": "SHOW TABLES FROM {database}",
    "tables": "SELECT database, name FROM system.tables ORDER BY database, name",
    "columns": "SELECT database, table, name, type, comment FROM system.columns "
    "WHERE (database, table) IN (('{database}', 'things')) ORDER BY database, table, position",
    "described": 'DESCRIBE TABLE "{database}"."things"',
    "desc": 'DESC TABLE {database}."things"',
    "values": "SELECT DISTINCT s FROM {database}.things SETTINGS max_execution_time=10",
    "series": "SELECT toStartOfInterval(toDateTime(n * 60), INTERVAL 3600 second) AS time, count() AS events "
    "FROM things WHERE toDateTime(n * 60) >= toDateTime(0) GROUP BY time ORDER BY time",
    "adhoc": "SELECT count() FROM things settings additional_table_filters={{'{database}.things': ' n < 3 '}}",
    "empty": "SELECT number FROM numbers(0)",
    "missing": "SELECT * FROM nothing",
    "broken": "SELEC 1",
    "late": "SELECT throwIf(number = 250000) FROM numbers(300000) SETTINGS max_threads = 1",
    "opaque": "SELECT sumState(number) FROM numbers(3)",
}
THING = [["UInt64", "n"], ["LowCardinality(String)", "s"]]
ANSWERS: dict[str, Any] = {
    "ping": "ok",
    "setting": [['"2"']],
    "shown": [['"batches"'], ['"things"']],
    "columns": [[f'"{text}"' for text in ("{database}", "things", name, kind, "")] for kind, name in THING],
    "described": [[f'"{text}"' for text in (name, kind, "", "", "", "", "")] for kind, name in THING],
    "desc": [[f'"{text}"' for text in (name, kind, "", "", "", "", "")] for kind, name in THING],
    "series": [["1970-01-01T00:00:00Z", "60"], ["1970-01-01T01:00:00Z", "40"]],
    "adhoc": [["3"]],
    "empty": [],
    "missing": {"code": 60},
    "broken": {"code": 62},
    "late": {"code": 395},
    "opaque": {"code": 48},
    "many": 300000,
    "bound": [[json.dumps("it's\ta name")]],
    "external": [["3"]],
}


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    go = shutil.which("go")
    if go is None:
        pytest.skip("NOT RUN: there is no Go on this machine, so clickhouse-go was not tried against the store")
    target = tmp_path_factory.mktemp("go") / "client"
    built = subprocess.run(
        [go, "build", "-o", str(target), "."], cwd=SOURCE, capture_output=True, text=True, check=False
    )
    if built.returncode and ("dial tcp" in built.stderr or "lookup" in built.stderr):
        pytest.skip("NOT RUN: Go's modules cannot be fetched here, so clickhouse-go was not tried against the store")
    assert built.returncode == 0, built.stderr
    return target


def ask(program: Path, url: str, user: str, password: str, database: str, method: str) -> dict[str, Any]:
    statements = {name: sql.format(database=database) for name, sql in GRAFANA.items()} | {sql: sql for sql in TYPES}
    done = subprocess.run(
        [str(program), url.removeprefix("http://"), user, database, method],
        input=json.dumps(statements),
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, "STORE_PASSWORD": password},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.fixture
def things(client: Any) -> None:
    client.command("CREATE TABLE things (n UInt64, s LowCardinality(String)) ENGINE = MergeTree ORDER BY n")
    client.command("INSERT INTO things SELECT number, toString(number % 2) FROM numbers(100)")
    client.command("CREATE TABLE batches (n UInt64, s String) ENGINE = MergeTree ORDER BY n")


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.usefixtures("things")
def test_go_reads_everything_and_writes_nothing(
    program: Path, store: StoreProcess, client: Any, database: str, method: str
) -> None:
    found = ask(program, store.readers_url, "reader", READER_PASSWORD, database, method)
    for step, expected in ANSWERS.items():
        assert found[step] == json.loads(json.dumps(expected).replace("{database}", database)), step
    for sql, row in TYPES.items():
        assert isinstance(found[sql], list), (sql, found[sql])
        assert found[sql][:1] == [row], sql
    assert sorted(found["values"]) == [['"0"'], ['"1"']]
    assert ['"default"', '"usage_events"'] in found["tables"]
    assert [f'"{database}"'] in found["databases"]
    assert found["version"][0][0].startswith('"26.')
    assert found["insert"] == found["batch"] == {"code": 164}
    assert client.query("SELECT (SELECT count() FROM things), (SELECT count() FROM batches)").first_row == (100, 0)


@pytest.mark.parametrize("method", ["lz4", "zstd", "gzip"])
@pytest.mark.usefixtures("things")
def test_go_writes_where_writing_is_allowed(
    program: Path, store: StoreProcess, client: Any, database: str, method: str
) -> None:
    found = ask(program, store.url, "default", store.password, database, method)
    assert found["insert"] == found["batch"] == "written", found
    expected = (200, 1000, 499_500)
    sql = "SELECT (SELECT count() FROM things), count(), sum(n) FROM batches"
    assert client.query(sql).first_row == expected
