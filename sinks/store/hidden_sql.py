"""Texts that the engine itself reads as SQL: structures of tables, and filters given as settings.

A structure may give a column a DEFAULT, and an expression there runs: `file()` among them. So a structure
must be one plain literal of names and types. A filter may be any expression but no query, and no `file()`.
Source: tried on chDB 4.4: `format(JSONEachRow, …)` whose structure has DEFAULT file(…) reads the file.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from tokentide.sinks.store.errors import denied
from tokentide.sinks.store.lexer import Kind, Token, tokens

FILTERS: Final = "additional_table_filters"
_STRUCTURE_AT: Final = {"values": 0, "generaterandom": 0, "null": 0, "input": 0, "format": 1, "fuzzjson": 1}
_EXPRESSIONS: Final = frozenset({"DEFAULT", "MATERIALIZED", "ALIAS", "EPHEMERAL", "CODEC", "TTL", "CONSTRAINT"})
_QUERIES: Final = frozenset({"SELECT", "WITH", "FROM", "SYSTEM"})
_STEP: Final = {"(": 1, "[": 1, "{": 1, ")": -1, "]": -1, "}": -1}


def refuse_structure(text: str) -> None:
    """Raise StoreError unless text is a plain list of columns: names and types, nothing that is evaluated."""
    depth = 0
    for token in tokens(text.encode()):
        depth += _step(token)
        evaluated = token.upper in _EXPRESSIONS or (token.named and token.text.lower() == "file")
        if depth < 0 or evaluated or token.kind is Kind.OPEN or token.upper == ";":
            raise denied("a structure may only name columns and their types")


def refuse_computed_structure(found: Sequence[Token], index: int) -> None:
    """Raise StoreError if a table function starts here whose structure is not one plain literal."""
    at = _STRUCTURE_AT.get(found[index].text.lower())
    if at is None or index + 1 >= len(found) or found[index + 1].upper != "(" or _inserts(found, index):
        return
    arguments = _arguments(found, index + 2)
    if at == 1 and arguments and _is_template(arguments[0]):
        return
    if len(arguments) > at:
        _refuse_argument(arguments[at])


def refuse_hidden_filters(found: Sequence[Token]) -> None:
    """Raise StoreError if a filter given among the SETTINGS of the statement holds more than an expression."""
    if any(token.text == FILTERS for token in found):
        for token in found:
            if token.kind is Kind.TEXT:
                refuse_filter(token.text)


def refuse_given_filter(settings: Mapping[str, str]) -> None:
    """Raise StoreError if a filter given as a setting of the request holds more than an expression."""
    given = settings.get(FILTERS, "")
    for text in (given, *(token.text for token in tokens(given.encode()) if token.kind is Kind.TEXT)):
        refuse_filter(text)


def refuse_filter(text: str) -> None:
    """Raise StoreError if a filter holds a query, a table or `file()`."""
    before = ""
    for token in tokens(text.encode()):
        reads_table = before == "IN" and token.named
        if token.upper in _QUERIES or reads_table or (token.named and token.text.lower() == "file"):
            raise denied(f"{FILTERS} may hold expressions only")
        before = token.upper


def _refuse_argument(argument: Sequence[Token]) -> None:
    if all(token.kind in {Kind.NUMBER, Kind.MARK} and token.text not in {"{", "}"} for token in argument):
        return
    if len(argument) != 1 or argument[0].kind is not Kind.TEXT:
        raise denied("the structure of a table function must be one literal")
    refuse_structure(argument[0].text)


def _arguments(found: Sequence[Token], start: int) -> list[list[Token]]:
    """Return the arguments of the call whose opening parenthesis stands before start."""
    arguments: list[list[Token]] = [[]]
    depth = 0
    for token in found[start:]:
        depth += _step(token)
        if depth < 0:
            break
        if depth == 0 and token.upper == ",":
            arguments.append([])
        else:
            arguments[-1].append(token)
    return [argument for argument in arguments if argument]


def _is_template(argument: Sequence[Token]) -> bool:
    """True for the first argument of the scalar `format('{}-{}', …)`: no format's name has a brace."""
    return len(argument) == 1 and argument[0].kind is Kind.TEXT and "{" in argument[0].text


def _inserts(found: Sequence[Token], index: int) -> bool:
    """True where the name is a table's or a keyword of an INSERT, not a function's."""
    return index > 0 and found[index - 1].upper in {"INTO", "TABLE", "EXISTS", "VIEW", "."}


def _step(token: Token) -> int:
    return _STEP.get(token.text, 0) if token.kind is Kind.MARK else 0
