"""What no statement may do here: reach files, other hosts or this process.

The engine's own grants (see `grants`) refuse table functions, engines and writes to files. Four doors
have no grant and are closed here, on tokens: the scalar function `file()`, INTO OUTFILE and FROM
INFILE, a path standing where a table name can stand, and texts that the engine reads as SQL (see
`hidden_sql`). Table functions go by an allow-list: what the engine knows and the list does not name is
refused, whatever a later engine adds.
"""

import glob
import os
from collections.abc import Collection, Mapping, Sequence
from itertools import pairwise
from typing import Final

from tokentide.sinks.clickhouse.errors import STALE_BOOT_CODE
from tokentide.sinks.store.errors import StoreError, denied
from tokentide.sinks.store.grants import ENGINES
from tokentide.sinks.store.hidden_sql import refuse_computed_structure, refuse_hidden_filters
from tokentide.sinks.store.lexer import Kind, Token

TABLE_FUNCTIONS: Final = frozenset(
    {
        "fuzzjson", "format", "generate_series", "generaterandom", "generateseries", "input", "merge", "null",
        "numbers", "numbers_mt", "primes", "sqlstandardvalues", "values", "view", "viewifpermitted", "zeros",
        "zeros_mt",
    }
)  # fmt: skip
_TABLE_BEFORE: Final = frozenset({"INTO", "TABLE", "EXISTS", "VIEW", "."})
_DEFINING: Final = frozenset({"CREATE", "REPLACE", "INSERT"})
_CONTROL: Final = (
    ("SET",),
    ("USE",),
    ("KILL", "QUERY"),
    ("CREATE", "TEMPORARY"),
    ("DROP", "TEMPORARY"),
    ("SYSTEM",),
)
_GLOB: Final = frozenset("*?{[")
_TOKEN_NAME: Final = "insert_deduplication_token"  # noqa: S105


def refuse_doors(found: Sequence[Token], functions: Collection[str], params: Mapping[str, str]) -> None:
    """Raise StoreError if the statement reaches outside the store.

    Args:
        found: its tokens.
        functions: lower-case names of the engine's table functions.
        params: query parameters, since a name may come from one.
    """
    dangerous = frozenset(functions) - TABLE_FUNCTIONS
    refuse_hidden_filters(found)
    for index, token in enumerate(found):
        after = found[index + 1] if index + 1 < len(found) else None
        if after is not None and after.kind is Kind.TEXT and token.upper in {"INFILE", "OUTFILE"}:
            raise denied(f"{token.upper} is not available over HTTP")
        if token.named:
            _refuse_function(found, index, dangerous)
            _refuse_engine(found, index)
            refuse_computed_structure(found, index)
        if token.kind in {Kind.NAME, Kind.TEXT}:
            refuse_path(token.text)
    for value in params.values():
        refuse_path(value)
        if value == "file" and any(token.text == "Identifier" for token in found):
            raise denied("file() is not available here")


def _refuse_function(found: Sequence[Token], index: int, dangerous: Collection[str]) -> None:
    token = found[index]
    before = found[index - 1] if index else None
    after = found[index + 1] if index + 1 < len(found) else None
    called = after is not None and after.text == "(" and after.kind is Kind.MARK
    if called and before is not None and before.upper in _TABLE_BEFORE and found[0].upper in _DEFINING:
        return
    if called and token.text.lower() in {"disk", *dangerous}:
        raise denied(f"{token.text}() is not available here")
    if token.text == "file" and not _qualified(before, after) and not _declared(found, index):
        raise denied("file() is not available here; write a column of that name with its table, as in t.file")


def _refuse_engine(found: Sequence[Token], index: int) -> None:
    """Refuse a table or database engine that is not on the list of those that stay inside the store."""
    if found[0].upper not in _DEFINING or index < 2:
        return
    named = found[index - 2].upper == "ENGINE" and found[index - 1].text == "="
    if (named or found[index - 1].upper == "ENGINE") and found[index].text not in ENGINES:
        raise denied(f"ENGINE = {found[index].text} is not available here")


def _qualified(before: Token | None, after: Token | None) -> bool:
    return (before is not None and before.text == ".") or (after is not None and after.text == ".")


def _declared(found: Sequence[Token], index: int) -> bool:
    """True in the column list of an INSERT or in the definitions of a CREATE TABLE without functions as values."""
    if found[0].upper not in {"INSERT", "CREATE"} or any(token.upper in {"SELECT", "DEFAULT"} for token in found):
        return False
    return found[index - 1].text in {"(", ","} and sum(_step(token) for token in found[:index]) == 1


def _step(token: Token) -> int:
    return {"(": 1, ")": -1}.get(token.text, 0) if token.kind is Kind.MARK else 0


def refuse_path(text: str) -> None:
    """Raise StoreError if text names a file of this machine: the engine would read it where a table may stand."""
    path = text.partition("::")[0].strip()
    if not (path.startswith(("/", "~", "file:")) or ".." in path):
        return
    plain = path.removeprefix("file://").removeprefix("file:")
    stem = plain[: next((at for at, letter in enumerate(plain) if letter in _GLOB), len(plain))]
    reaches = os.path.exists(plain) or (stem != plain and os.path.isdir(os.path.dirname(stem) or "/"))
    if len(plain) > 1 and (reaches or bool(glob.glob(glob.escape(plain)))):
        raise denied("paths of this machine are not available here")


def refuse_control(found: Sequence[Token], kind: str) -> None:
    """Raise StoreError for statements that steer the engine, all but a few.

    Args:
        found: the statement's tokens.
        kind: the engine parser's class of the statement.
    """
    if kind in {"READ_ONLY", "MUTATING"}:
        return
    words = tuple(token.upper for token in found[:2])
    if kind == "CONTROL" and any(words[: len(start)] == start for start in _CONTROL):
        return
    if kind == "UNKNOWN":
        return
    raise denied(f"{' '.join(words)} is not available here")


def refuse_write(found: Sequence[Token], kind: str) -> None:
    """Raise StoreError if the statement would change something although the request may only read."""
    verb = found[0].upper if found else ""
    if kind in {"MUTATING", "MUTATING_GLOBAL"} or (kind == "CONTROL" and verb not in {"SET", "USE"}):
        raise StoreError(164, "READONLY", "Cannot execute query in readonly mode")


def refuse_old_boot(found: Sequence[Token], settings: Mapping[str, str], boot: str) -> None:
    """Raise StoreError if an insert's token was made for another opening of this store.

    Only tokens of six parts, `epoch:topic:partition:start:end:boot`, are judged.
    Source: docs/protocol.md, "Repair after an unclean open".
    """
    given = [settings.get(_TOKEN_NAME, "")] + _assigned(found)
    for token in given:
        parts = token.split(":")
        if len(parts) == 6 and parts[5] != boot:
            raise StoreError(
                STALE_BOOT_CODE,
                "STALE_BOOT",
                f"The insert names boot {parts[5]}, but the store was opened anew since (boot {boot}): "
                "ask for the rows of this span, then write what is missing under the new boot",
            )


def _assigned(found: Sequence[Token]) -> list[str]:
    """Return the tokens given inside the statement by SETTINGS or SET."""
    return [
        found[index + 2].text
        for index, (name, sign) in enumerate(pairwise(found))
        if name.text == _TOKEN_NAME and sign.text == "=" and index + 2 < len(found)
    ]
