"""ClickHouse's lexical rules: what is a word, a quoted name, a text, a comment.

Everything that looks into SQL here looks at tokens, so quotes and comments neither hide a word nor
make one up. Works on bytes because insert data may follow the statement directly.
Source: tried against the engine (26.9): nested block comments, `//`, `# ` and `#!` comments,
heredocs, curly quotes, escapes inside quoted names.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from tokentide.sinks.store.errors import syntax


class Kind(Enum):
    """What a token is. OPEN is a quote or comment whose end is missing."""

    WORD = auto()
    NAME = auto()
    TEXT = auto()
    NUMBER = auto()
    MARK = auto()
    OPEN = auto()


@dataclass(frozen=True, slots=True)
class Token:
    """One token with its place in the source.

    Attributes:
        kind: what it is.
        text: a word as written, a quoted name or text with quotes and escapes resolved, a mark.
        start: first byte.
        end: byte after the last.
    """

    kind: Kind
    text: str
    start: int
    end: int

    @property
    def upper(self) -> str:
        """The keyword this may be; empty for what is quoted, since a quoted word is never a keyword."""
        return self.text.upper() if self.kind in {Kind.WORD, Kind.MARK} else ""

    @property
    def named(self) -> bool:
        """True if this may name something."""
        return self.kind in {Kind.WORD, Kind.NAME}


_TOKEN: Final = re.compile(
    rb"""(?P<space>[\s\x00\x0b\x0c]+|(?:--|//|\#[ !])[^\n]*)
    |(?P<text>'(?:[^'\\]|\\.|'')*'|\xe2\x80\x98.*?\xe2\x80\x99)
    |(?P<name>`(?:[^`\\]|\\.|``)*`|"(?:[^"\\]|\\.|"")*"|\xe2\x80\x9c.*?\xe2\x80\x9d)
    |(?P<open>'|`|"|\xe2\x80[\x98\x9c]|/\*)
    |(?P<number>[0-9]\w*)
    |(?P<word>[A-Za-z_$\x80-\xff][\w$\x80-\xff]*)
    |(?P<mark>.)""",
    re.VERBOSE | re.DOTALL,
)
# Searched for its end by `find`: a pattern would read the rest of the source again for every `$tag$` left open.
_HEREDOC: Final = re.compile(rb"\$\w*\$")
_UNCLOSED_MAX: Final = 100
_COMMENT_EDGE: Final = re.compile(rb"/\*|\*/")
_ESCAPE: Final = re.compile(r"\\(x[0-9A-Fa-f]{2}|.)", re.DOTALL)
_ESCAPES: Final = {
    "n": "\n",
    "t": "\t",
    "r": "\r",
    "0": "\0",
    "b": "\b",
    "f": "\f",
    "a": "\a",
    "v": "\v",
    "e": "\x1b",
}
_KINDS: Final = {
    "text": Kind.TEXT,
    "name": Kind.NAME,
    "number": Kind.NUMBER,
    "word": Kind.WORD,
    "mark": Kind.MARK,
}


def tokens(source: bytes) -> Iterator[Token]:
    """Yield the tokens of source, lazily; stops after an OPEN token.

    Raises:
        StoreError: so many heredocs are left open that looking for their ends would take long.
    """
    at, unclosed = 0, 0
    while at < len(source):
        tag = _HEREDOC.match(source, at)
        close = -1 if tag is None else source.find(tag[0], tag.end())
        if tag is not None and close >= 0:
            after = close + len(tag[0])
            yield Token(Kind.TEXT, _content("text", source[at:after]), at, after)
            at = after
            continue
        unclosed += tag is not None
        if unclosed > _UNCLOSED_MAX:
            raise syntax("Too many $tags$ without an end")
        found = _TOKEN.match(source, at)
        if found is None or found.lastgroup is None:
            return
        kind, end = _kind(found), found.end()
        if kind == "open":
            closed = _comment_end(source, at) if found[0] == b"/*" else None
            if closed is None:
                yield Token(Kind.OPEN, "", at, len(source))
                return
            kind, end = "space", closed
        if kind != "space":
            yield Token(_KINDS[kind], _content(kind, found[0]), at, end)
        at = end


def _kind(found: re.Match[bytes]) -> str:
    return next(
        name for name in ("space", "text", "name", "open", "number", "word", "mark") if found[name] is not None
    )


def _comment_end(source: bytes, start: int) -> int | None:
    depth = 0
    for edge in _COMMENT_EDGE.finditer(source, start):
        depth += 1 if edge[0] == b"/*" else -1
        if depth == 0:
            return edge.end()
    return None


def _content(kind: str, raw: bytes) -> str:
    text = raw.decode("utf-8", "replace")
    if kind not in {"text", "name"}:
        return text
    if text[0] == "$":
        return text[text.index("$", 1) + 1 : text.rindex("$", 0, -1)]
    quote, inner = text[0], text[1:-1]
    if quote in "‘“":
        return inner
    return _ESCAPE.sub(_resolve, inner.replace(quote * 2, quote))


def _resolve(escape: re.Match[str]) -> str:
    letter = escape[1]
    if len(letter) == 3:
        return chr(int(letter[1:], 16))
    return _ESCAPES.get(letter, letter)
