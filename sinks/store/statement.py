"""One SQL statement as the store needs to know it: its first words, its format, where its data starts."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from tokentide.sinks.store.errors import syntax
from tokentide.sinks.store.lexer import Kind, Token, tokens

_DEPTH: Final = {"(": 1, "[": 1, "{": 1, ")": -1, "]": -1, "}": -1}
_STREAMED: Final = frozenset({"SELECT", "WITH", "("})
_NAME_BEFORE: Final = frozenset({"INTO", "TABLE", ".", "EXISTS"})


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement, without the data of an insert.

    Attributes:
        sql: the text to run; of an insert with data, what stands before FORMAT or VALUES.
        tokens: its tokens.
        format: the format it names: of the answer, or of the data.
        data_at: where the data starts in the source; None if it brings none.
    """

    sql: str
    tokens: Sequence[Token]
    format: str | None
    data_at: int | None

    @property
    def verb(self) -> str:
        """The first word, in capitals."""
        return self.tokens[0].upper if self.tokens else ""

    @property
    def can_stream(self) -> bool:
        """True if the engine can hand out the answer piece by piece."""
        return self.verb in _STREAMED

    def starts(self, *words: str) -> bool:
        """Tell whether the statement starts with these words."""
        return tuple(token.upper for token in self.tokens[: len(words)]) == words


def read_statement(source: bytes, *, complete: bool) -> Statement | None:
    """Read the statement at the start of source.

    Args:
        source: the request's SQL, perhaps followed by data.
        complete: nothing follows; otherwise more bytes may still arrive.

    Returns:
        The statement, or None if more bytes are needed to tell.

    Raises:
        StoreError: it is empty, or more than one statement.
    """
    stream = tokens(source)
    first = next(stream, None)
    if first is not None and first.upper == "INSERT" and (complete or first.end < len(source)):
        return _insert(source, first, stream, complete=complete)
    if not complete:
        return None
    found = [] if first is None else [first, *stream]
    return _plain(source, found)


def _insert(source: bytes, first: Token, stream: Iterator[Token], *, complete: bool) -> Statement | None:
    """Split an insert at its top-level FORMAT or VALUES."""
    head, depth, selects = [first], 0, False
    for token in stream:
        if token.kind is Kind.OPEN or (token.end == len(source) and not complete):
            break
        depth += _DEPTH.get(token.text, 0) if token.kind is Kind.MARK else 0
        before = head[-1]
        if depth == 0 and before.upper == "FORMAT" and token.named and _is_clause(head[-2]):
            start = _skip_line_end(source, token.end, complete=complete)
            if start is None or (selects and not complete):
                return None
            fmt = None if selects and not source[start:].strip(b" \t\r\n;") else token.text
            return Statement(_decode(source[: before.start]), head[:-1], fmt, None if fmt is None else start)
        if depth == 0 and token.upper in {"SELECT", "WITH"}:
            selects = True
        if depth == 0 and token.upper == "VALUES" and before.upper not in _NAME_BEFORE and not selects:
            return Statement(_decode(source[: token.start]), head, "Values", token.end)
        head.append(token)
    return _plain(source, list(tokens(source))) if complete else None


def _is_clause(before: Token) -> bool:
    return before.upper not in _NAME_BEFORE


def _skip_line_end(source: bytes, at: int, *, complete: bool) -> int | None:
    """Return where data starts after `FORMAT name`: past blanks and one line end; None if undecided."""
    while source[at : at + 1] in {b" ", b"\t", b"\f"}:
        at += 1
    for end in (b"\r\n", b"\n"):
        if source.startswith(end, at):
            return at + len(end)
    return at if complete or at + 2 <= len(source) else None


def _plain(source: bytes, found: list[Token]) -> Statement:
    while found and found[-1].text == ";" and found[-1].kind is Kind.MARK:
        found.pop()
    if not found:
        raise syntax("Empty query")
    if any(token.kind is Kind.MARK and token.text == ";" for token in found):
        raise syntax("Multi-statements are not allowed")
    return Statement(_decode(source[: found[-1].end]), found, _format(found), None)


def _format(found: Sequence[Token]) -> str | None:
    """Return what the last top-level FORMAT clause names; only SETTINGS or INTO may follow it."""
    depth, name = 0, None
    for index, (token, after) in enumerate(pairwise(found)):
        depth += _DEPTH.get(token.text, 0) if token.kind is Kind.MARK else 0
        last = index + 2 == len(found) or found[index + 2].upper in {"SETTINGS", "INTO"}
        clause = depth == 0 and token.upper == "FORMAT" and index > 0 and found[index - 1].upper != "AS"
        if clause and after.named and last:
            name = after.text
    return name


def _decode(source: bytes) -> str:
    try:
        return source.decode()
    except UnicodeDecodeError:
        raise syntax("The query is not valid UTF-8") from None
