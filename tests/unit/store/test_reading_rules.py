"""The lists of what a reader may say, on tokens alone."""

import pytest

from tokentide.schemas.errors import UsageError
from tokentide.sinks.store.errors import StoreError
from tokentide.sinks.store.hidden_sql import refuse_computed_structure, refuse_filter, refuse_structure
from tokentide.sinks.store.lexer import Token, tokens
from tokentide.sinks.store.readers import assigned, refuse_functions, refuse_settings, refuse_statement
from tokentide.sinks.store.system_tables import may_touch_system


def read(sql: str) -> list[Token]:
    return list(tokens(sql.encode()))


def refuse_structures(sql: str) -> None:
    found = read(sql)
    for index in range(len(found)):
        refuse_computed_structure(found, index)


@pytest.mark.parametrize(
    "sql",
    ["SELECT 1", "with x as (select 1) select 1", "(SELECT 1)", "FROM t SELECT a", "EXPLAIN SELECT 1", "SHOW TABLES",
     "EXPLAIN PLAN indexes = 1, actions = 1 SELECT 1", "EXPLAIN QUERY TREE passes = 0 WITH 1 AS x SELECT x",
     "show create table t", "DESC t", "EXISTS t"],
)  # fmt: skip
def test_reading_is_let_through(sql: str) -> None:
    refuse_statement(read(sql), "READ_ONLY")


@pytest.mark.parametrize(
    "sql",
    ["CHECK TABLE t", "EXPLAIN", "EXPLAIN AST INSERT INTO t SELECT 1", "EXPLAIN CREATE TABLE t AS SELECT 1",
     "SHOW CREATE USER u", "SHOW CREATE", "SHOW", "`SELECT` 1", "'SELECT' 1", "SET a = 1", "1 + 1"],
)  # fmt: skip
def test_the_rest_is_not_whatever_the_parser_calls_it(sql: str) -> None:
    with pytest.raises(StoreError):
        refuse_statement(read(sql), "READ_ONLY")


def test_the_parsers_word_counts_too() -> None:
    with pytest.raises(StoreError) as caught:
        refuse_statement(read("SELECT 1"), "MUTATING")
    assert caught.value.code == 164


@pytest.mark.parametrize(
    ("sql", "names"),
    [
        ("SELECT 1 SETTINGS a = 1, `b` = 'x', c = {'k': 'v'} FORMAT JSON", ["a", "b", "c"]),
        ("SELECT * FROM (SELECT 1 settings a=1) WHERE b = 2", ["a"]),
        ("SELECT 1 SETTINGS a = 1 UNION ALL SELECT x, y = 2", ["a"]),
        ("SELECT settings, a = 1 FROM t", []),
        ("SELECT 'SETTINGS a = 1' -- SETTINGS a = 1", []),
        ("EXPLAIN header = 1 SELECT 1 SETTINGS a = [1, 2], b = 3", ["a", "b"]),
    ],
)
def test_settings_are_found_wherever_they_stand(sql: str, names: list[str]) -> None:
    assert list(assigned(read(sql))) == names


@pytest.mark.parametrize("name", ["dialect", "profile", "enable_analyzer", "output_format", "MAX_THREADS"])
def test_a_setting_not_on_the_list_is_refused(name: str) -> None:
    for found, given in ((read("SELECT 1"), {name: "1"}), (read(f"SELECT 1 SETTINGS {name} = 1"), {})):
        with pytest.raises(StoreError) as caught:
            refuse_settings(found, given)
        assert caught.value.code == 452


@pytest.mark.parametrize("sql", ["SELECT hostName()", "SELECT `getMacro` ('a')", "SELECT arrayMap(serverUUID, [1])"])
def test_functions_that_tell_are_refused(sql: str) -> None:
    with pytest.raises(StoreError):
        refuse_functions(read(sql), ["url"], {})


@pytest.mark.parametrize("sql", ["SELECT t.fqdn FROM t", "SELECT 'hostName()'", "SELECT hostname FROM t"])
def test_names_like_theirs_are_names(sql: str) -> None:
    refuse_functions(read(sql), ["url"], {})


@pytest.mark.parametrize(
    "text", ["a Int8", "a Int8, b Array(Nullable(String))", "a Enum8('x, (' = 1)", "`a b` Tuple(x Int8, y String)"]
)
def test_a_plain_structure_is_let_through(text: str) -> None:
    refuse_structure(text)
    for sql in (f"SELECT * FROM format(TSV, $${text}$$, '')", f"SELECT * FROM values($${text}$$, 1)"):
        refuse_structures(sql)


@pytest.mark.parametrize(
    "text",
    ["a Int8 DEFAULT 1", "a Int8 Alias 1", "a Int8) ENGINE = Log", "a Int8; x", "a `fi\\x6ce`", "a Int8 /*", "a 'x"],
)
def test_anything_more_is_not(text: str) -> None:
    with pytest.raises(StoreError):
        refuse_structure(text)


@pytest.mark.parametrize(
    "sql",
    ["format(TSV, concat('a', ' Int8'), '')", "format(TSV, s, '')", "VALUES(concat('a'), 1)", "values({x:String}, 1)",
     "`values`(s, 1)", "null('a Int8 DEFAULT 1')", "format('TSV', if(1, 'a Int8', ''), '')"],
)  # fmt: skip
def test_a_structure_is_one_literal(sql: str) -> None:
    with pytest.raises(StoreError):
        refuse_structures("SELECT * FROM " + sql)


@pytest.mark.parametrize("text", ["a IN (SELECT 1)", "a IN t", "file('x') = 1", "a = (WITH 1 AS x SELECT x)"])
def test_a_filter_is_an_expression(text: str) -> None:
    with pytest.raises(StoreError):
        refuse_filter(text)
    refuse_filter("a = 1 AND b IN ('file', 'SELECT') OR match(c, 'x')")


def test_what_can_name_a_system_table_is_seen() -> None:
    assert may_touch_system(read('SELECT 1 FROM "sys\\x74em".x'), {}, "")
    assert may_touch_system(read("SELECT 1 FROM {t:Identifier}"), {"t": "system.x"}, "")
    assert may_touch_system(read("SELECT 1 FROM x"), {}, "system")
    assert not may_touch_system(read("SELECT 'system' -- system"), {}, "default")


def test_tags_left_open_are_counted() -> None:
    with pytest.raises(StoreError):
        read("SELECT " + "".join(f"$t{n}$ " for n in range(200)))
    assert len(read("SELECT " + "".join(f"$t{n}$ " for n in range(50)))) == 51


@pytest.mark.parametrize(
    ("text", "found"),
    [("127.0.0.1:8124", ("127.0.0.1", 8124)), ("[::1]:80", ("::1", 80)), (":0", ("127.0.0.1", 0)),
     ("9000", ("127.0.0.1", 9000)), ("reader.example.org:1", ("reader.example.org", 1))],
)  # fmt: skip
def test_an_address_is_host_and_port(text: str, found: tuple[str, int]) -> None:
    from tokentide.cli.store import address_of

    assert address_of(text) == found


@pytest.mark.parametrize("text", ["", "localhost", "a:b", "a:99999", "a:"])
def test_anything_else_is_no_address(text: str) -> None:
    from tokentide.cli.store import address_of

    with pytest.raises(UsageError):
        address_of(text)
