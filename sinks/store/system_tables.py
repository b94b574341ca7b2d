"""Which of the engine's own tables a reader may ask, judged on the engine's analysis of the query.

The embedded engine lets every user read `system`: other readers' queries, paths of this machine. So a query
that may touch it is first resolved by the engine (EXPLAIN QUERY TREE), and what it resolved to is judged:
every table by its full name, every column after `*`, aliases and parameters were expanded.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from tokentide.sinks.store.connection import Connection
from tokentide.sinks.store.errors import StoreError, denied
from tokentide.sinks.store.lexer import Token
from tokentide.sinks.store.readers import explained

OPEN: Final = frozenset(
    {
        "aggregate_function_combinators", "asynchronous_metrics", "columns", "data_type_families", "databases",
        "disks", "events", "formats", "functions", "keywords", "merges", "metrics", "mutations", "numbers",
        "numbers_mt", "one", "parts", "parts_columns", "settings", "table_engines", "table_functions", "tables",
        "time_zones", "zeros", "zeros_mt",
    }
)  # fmt: skip
_TABLE: Final = re.compile(r"\btable_name: (?:system|`system`)\.(\S+)")
_COLUMN: Final = re.compile(r"\bCOLUMN id: \d+, column_name: (\S+?),")
_HIDDEN: Final = re.compile(r"path|command|fail_reason")
_TELLING: Final = frozenset({36, 41, 42, 43, 46, 47, 53, 60, 62, 81, 179, 207, 215, 352, 386, 497})
"""Codes whose text names what the query says, never what a table holds."""


def may_touch_system(found: Sequence[Token], params: Mapping[str, str], database: str) -> bool:
    """Tell whether the statement can name a table of `system`, in whatever way."""
    names = (*(token.text for token in found if token.named), *params.values(), database)
    return any("system" in name.lower() for name in names)


def refuse_hidden(connection: Connection, sql: str, found: Sequence[Token], params: Mapping[str, str]) -> None:
    """Raise StoreError if the query reads a table or column of `system` that readers may not see.

    Args:
        connection: with the request's database; blocks.
        sql: the statement.
        found: its tokens.
        params: query parameters.
    """
    words = [token.upper for token in found]
    start = explained(words) if words[0] == "EXPLAIN" else 0
    if start == 0 and words[0] not in {"SELECT", "WITH", "(", "FROM"}:
        if "SELECT" in words:
            raise denied("A query inside of SHOW, DESCRIBE or EXISTS may not touch system tables")
        return
    query = sql.encode()[found[start].start - found[0].start :].decode()
    tree = _resolved(connection, _without_format(query, found[start:]), params)
    closed = sorted({name.strip("`,") for name in _TABLE.findall(tree)} - OPEN)
    if closed:
        raise denied(f"system.{closed[0]} is not open to readers")
    hidden = sorted(name for name in set(_COLUMN.findall(tree)) if _HIDDEN.search(name))
    if hidden and _TABLE.search(tree):
        raise denied(f"column {hidden[0]} is not open to readers; name the columns instead of *")


def _resolved(connection: Connection, query: str, params: Mapping[str, str]) -> str:
    try:
        answer: str = connection.run(f"EXPLAIN QUERY TREE passes = 1 {query}", "TSVRaw", params).bytes().decode()
    except StoreError as error:
        if error.code in _TELLING:
            raise
        raise StoreError(error.code, error.name, "A query on system tables could not be checked") from None
    return answer


def _without_format(query: str, found: Sequence[Token]) -> str:
    """Cut a FORMAT clause off, which EXPLAIN would take for its own."""
    for index in range(len(found) - 2, 0, -1):
        if found[index].upper == "FORMAT" and found[index + 1].named:
            end = found[index + 1].end - found[0].start
            source = query.encode()
            return (source[: found[index].start - found[0].start] + source[end:]).decode()
    return query
