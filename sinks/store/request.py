"""One HTTP request as ClickHouse reads it: who asks, under which settings, what."""

import base64
import binascii
import re
import uuid
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from aiohttp import web

from tokentide.sinks.store.blocks import BlockDecoder
from tokentide.sinks.store.compression import accepted, decoded, decoder
from tokentide.sinks.store.errors import StoreError, syntax
from tokentide.sinks.store.native import FIRST_REVISION
from tokentide.sinks.store.statement import Statement, read_statement

_RESERVED: Final = frozenset(
    {
        "query", "query_id", "database", "default_format", "user", "password", "quota_key", "session_id",
        "session_timeout", "session_check", "stacktrace", "buffer_size", "wait_end_of_query", "compress",
        "decompress", "enable_http_compression", "client_protocol_version", "role", "close_session",
        "http_zlib_compression_level", "send_progress_in_http_headers", "http_headers_progress_interval_ms",
    }
)  # fmt: skip
_SETTING: Final = re.compile(r"\w+", re.ASCII)
_EXTERNAL: Final = re.compile(r"(.+)_(?:structure|types|format)")
_SQL_MAX: Final = 16 * 1024 * 1024
_TIMEOUT_S: Final = 60
_TIMEOUT_MAX_S: Final = 3600


@dataclass(slots=True)
class Request:
    """What one request asks for, apart from its SQL.

    Attributes:
        method: GET may only read.
        options: every URL parameter (and form field).
        headers: the HTTP headers.
        query_id: the client's, else a random one.
        marker: random id of ours that finds the query in the engine.
    """

    method: str
    options: dict[str, str]
    headers: Mapping[str, str]
    query_id: str
    marker: str = field(default_factory=lambda: uuid.uuid4().hex)

    @classmethod
    def of(cls, request: web.Request) -> "Request":
        """Read the parts that are known before the body."""
        options = dict(request.query)
        return cls(request.method, options, request.headers, options.get("query_id") or str(uuid.uuid4()))

    @property
    def credentials(self) -> tuple[str, str]:
        """User and password: from X-ClickHouse headers, Basic authorization or parameters, in this order."""
        if "X-ClickHouse-User" in self.headers or "X-ClickHouse-Key" in self.headers:
            return self.headers.get("X-ClickHouse-User", "default"), self.headers.get("X-ClickHouse-Key", "")
        authorization = self.headers.get("Authorization")
        if authorization is not None:
            return _basic(authorization)
        return self.options.get("user", "default"), self.options.get("password", "")

    @property
    def params(self) -> dict[str, str]:
        """Query parameters by bare name."""
        return {name[6:]: value for name, value in self.options.items() if name.startswith("param_")}

    def settings(self, external: frozenset[str] = frozenset()) -> dict[str, str]:
        """Return the engine settings among the options.

        Args:
            external: names of external tables, whose `_structure` and `_format` are no settings.
        """
        chosen = {}
        for name, value in self.options.items():
            if name in _RESERVED or name.startswith("param_") or not _SETTING.fullmatch(name):
                continue
            described = _EXTERNAL.fullmatch(name)
            if described is None or described[1] not in external:
                chosen[name] = value
        return chosen

    @property
    def database(self) -> str:
        """The database to use; empty for the session's."""
        return self.options.get("database") or self.headers.get("X-ClickHouse-Database", "")

    @property
    def format(self) -> str:
        """The format for answers whose SQL names none."""
        return self.options.get("default_format") or self.headers.get("X-ClickHouse-Format") or "TabSeparated"

    @property
    def encoding(self) -> str:
        """How to compress the answer; empty for not at all."""
        if self.options.get("enable_http_compression", "0") in {"0", ""}:
            return ""
        return accepted(self.headers.get("Accept-Encoding", ""))

    @property
    def framed_body(self) -> bool:
        """True if the body comes in ClickHouse's own compressed blocks."""
        return self.options.get("decompress", "0") not in {"0", ""}

    @property
    def frames(self) -> str:
        """The method of ClickHouse's own compressed blocks for the answer; empty for none."""
        if self.options.get("compress", "0") in {"0", ""}:
            return ""
        return self.options.get("network_compression_method", "LZ4").upper()

    @property
    def revision(self) -> int:
        """The protocol revision that the client's Native format is to have; 0 for the plain one.

        Older revisions than the first with a marker of serializations are ignored: clients that name one
        (clickhouse-connect) probe whether the server heeds it, and take the plain format if not.
        """
        text = self.options.get("client_protocol_version", "0")
        revision = int(text) if text.isdecimal() and len(text) < 10 else 0
        return revision if revision >= FIRST_REVISION else 0

    @property
    def waits(self) -> bool:
        """True if nothing is to be sent before the query ended."""
        return self.options.get("wait_end_of_query", "0") not in {"0", ""}

    @property
    def session_timeout(self) -> float:
        """Seconds a session lives unused."""
        text = self.options.get("session_timeout", str(_TIMEOUT_S))
        if not text.isdecimal():
            raise StoreError(374, "INVALID_SESSION_TIMEOUT", f"Invalid session timeout: '{text}'")
        return min(int(text), _TIMEOUT_MAX_S)


def _basic(authorization: str) -> tuple[str, str]:
    """Return user and password of a Basic authorization; two empty texts, which are nobody, if it is none."""
    scheme, _, encoded = authorization.partition(" ")
    try:
        user, _, password = base64.b64decode(encoded.strip(), validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return (user, password) if scheme.lower() == "basic" else ("", "")


async def plain_body(request: web.Request, *, framed: bool = False) -> AsyncIterator[bytes]:
    """Yield the body decompressed, in pieces of bounded size.

    Args:
        request: as it arrives.
        framed: it comes in ClickHouse's own compressed blocks (`decompress=1`).

    Raises:
        StoreError: it is not what it says.
    """
    stream = BlockDecoder() if framed else decoder(request.headers.get("Content-Encoding", ""))
    async for chunk in request.content.iter_any():
        for piece in decoded(stream, chunk):
            if piece:
                yield piece


async def read_sql(query: str, body: AsyncIterator[bytes], most: int = _SQL_MAX) -> tuple[Statement, bytes]:
    """Read the statement from the query parameter and as much of the body as needed.

    Args:
        query: the parameter.
        body: decompressed.
        most: bytes the statement may have.

    Returns:
        The statement, and the first bytes of its data that were read along; the rest is in `body`.

    Raises:
        StoreError: there is no readable single statement.
    """
    source = bytearray(query.encode("utf-8", "surrogateescape"))
    parsed_at = 0
    async for piece in body:
        if query and not parsed_at:
            source += b"\n"
        source += piece
        if len(source) < 2 * parsed_at and len(source) <= most:
            continue
        parsed_at = len(source)
        statement = read_statement(bytes(source), complete=False)
        if statement is not None:
            return statement, bytes(source[statement.data_at :])
        if len(source) > most:
            raise syntax(f"The query is longer than {most} bytes")
    if len(source) > most:
        raise syntax(f"The query is longer than {most} bytes")
    statement = read_statement(bytes(source), complete=True)
    if statement is None:
        raise syntax("Empty query")
    return statement, b"" if statement.data_at is None else bytes(source[statement.data_at :])
