"""Reading statements: quotes and comments neither hide words nor make them up."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokentide.sinks.store.errors import StoreError
from tokentide.sinks.store.lexer import Kind, tokens
from tokentide.sinks.store.statement import read_statement


def _texts(sql: str) -> list[tuple[str, str]]:
    return [(token.kind.name, token.text) for token in tokens(sql.encode())]


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("a/* /* x */ ' */b", [("WORD", "a"), ("WORD", "b")]),
        ("a -- '\nb // \"\nc # `\nd #! (\ne", [("WORD", letter) for letter in "abcde"]),
        (r"'a''b\'c\x41\n'", [("TEXT", "a'b'cA\n")]),
        (r"`fi\x6ce` " + '"a""b"', [("NAME", "file"), ("NAME", 'a"b')]),
        ("$$a'b$$ $x$ $$ $x$", [("TEXT", "a'b"), ("TEXT", " $$ ")]),
        ("‘a'’ “b`”", [("TEXT", "a'"), ("NAME", "b`")]),
        ("0xfile 1e5", [("NUMBER", "0xfile"), ("NUMBER", "1e5")]),
        ("a 'open", [("WORD", "a"), ("OPEN", "")]),
        ("a /* open /* x */", [("WORD", "a"), ("OPEN", "")]),
    ],
)
def test_tokens_follow_the_engines_rules(sql: str, expected: list[tuple[str, str]]) -> None:
    assert _texts(sql) == expected


@given(
    st.text(alphabet=st.characters(blacklist_characters="\0", blacklist_categories=["Cs"])), st.sampled_from("'`\"")
)
def test_a_quoted_text_is_one_token_whatever_it_holds(text: str, quote: str) -> None:
    escaped = text.replace("\\", "\\\\").replace(quote, "\\" + quote)
    found = list(tokens(f"a {quote}{escaped}{quote} b".encode()))
    assert [token.kind for token in found] == [Kind.WORD, Kind.TEXT if quote == "'" else Kind.NAME, Kind.WORD]
    assert found[1].text == text


@given(st.binary())
def test_any_bytes_end(data: bytes) -> None:
    found = list(tokens(data))
    assert all(one.end <= other.start for one, other in zip(found, found[1:], strict=False))


HEADS = [
    ("INSERT INTO t VALUES", "Values"),
    ("insert into t (values, format) -- FORMAT x\nvalues", "Values"),
    ("INSERT INTO `FORMAT CSV` FORMAT TSV\n", "TSV"),
    ("INSERT INTO TABLE FUNCTION null('format String') FORMAT JSONEachRow ", "JSONEachRow"),
    ("INSERT INTO t SETTINGS a = 'VALUES' /* VALUES ( */ FORMAT Native\n", "Native"),
]


@pytest.mark.parametrize(("head", "fmt"), HEADS)
@given(data=st.binary(max_size=40), cut=st.integers(0, 90))
def test_data_starts_at_the_same_byte_however_the_body_was_cut(head: str, fmt: str, data: bytes, cut: int) -> None:
    source = head.encode() + b"(1" + data
    whole = read_statement(source, complete=True)
    assert whole is not None
    assert (whole.format, source[whole.data_at :]) == (fmt, b"(1" + data)
    early = read_statement(source[:cut], complete=False)
    if early is not None:
        assert (early.format, early.data_at) == (whole.format, whole.data_at)


@pytest.mark.parametrize(
    "sql",
    ["", "  ;; ", "-- x", "SELECT 1; SELECT 2", "DROP TABLE a;DROP TABLE b", "INSERT INTO t SELECT 1; DROP TABLE t"],
)
def test_one_statement_and_no_more(sql: str) -> None:
    with pytest.raises(StoreError) as caught:
        read_statement(sql.encode(), complete=True)
    assert caught.value.code == 62


@pytest.mark.parametrize(
    ("sql", "fmt"),
    [
        ("SELECT 1", None),
        ("SELECT 1 FORMAT CSV", "CSV"),
        ("SELECT 1 FORMAT `JSON`;", "JSON"),
        ("SELECT 'FORMAT CSV' -- FORMAT TSV", None),
        ("SELECT a AS format FROM t", None),
        ("SELECT format FROM t FORMAT CSV INTO OUTFILE 'x'", "CSV"),
        ("SELECT (SELECT 1 FORMAT CSV)", None),
        ("SELECT format('{}', 1) FORMAT TSV SETTINGS max_threads = 1", "TSV"),
    ],
)
def test_the_format_of_an_answer_is_the_last_clause_of_its_own(sql: str, fmt: str | None) -> None:
    statement = read_statement(sql.encode(), complete=True)
    assert statement is not None
    assert (statement.format, statement.data_at) == (fmt, None)
