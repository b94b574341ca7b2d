"""Answers: headers as ClickHouse sends them, then the data, streamed or held until the query ended."""

import json
from collections.abc import Generator
from typing import Any, Final

from aiohttp import web

from tokentide.sinks.store.blocks import BlockEncoder
from tokentide.sinks.store.compression import Encoder, encoder
from tokentide.sinks.store.engine import Engine
from tokentide.sinks.store.errors import StoreError, new_tag, tail
from tokentide.sinks.store.lease import Lease
from tokentide.sinks.store.native import revised
from tokentide.sinks.store.request import Request

SERVER: Final = "tokentide"
_HELD_MAX: Final = 16 * 1024 * 1024
_PIECE: Final = 1024 * 1024
_KEPT: Final = 16 * 1024
_TYPES: Final = {
    "JSON": "application/json; charset=UTF-8",
    "JSONCompact": "application/json; charset=UTF-8",
    "JSONEachRow": "application/x-ndjson; charset=UTF-8",
    "JSONCompactEachRow": "application/x-ndjson; charset=UTF-8",
    "CSV": "text/csv; charset=UTF-8; header=absent",
    "CSVWithNames": "text/csv; charset=UTF-8; header=present",
    "TabSeparated": "text/tab-separated-values; charset=UTF-8",
    "TSV": "text/tab-separated-values; charset=UTF-8",
    "Native": "application/octet-stream",
    "RowBinary": "application/octet-stream",
    "Arrow": "application/octet-stream",
    "ArrowStream": "application/octet-stream",
    "Parquet": "application/octet-stream",
}


def common_headers(engine: Engine, request: Request) -> dict[str, str]:
    """Return what every answer carries."""
    return {
        "X-ClickHouse-Query-Id": request.query_id,
        "X-ClickHouse-Timezone": engine.timezone,
        "X-ClickHouse-Server-Display-Name": SERVER,
    }


def summary(*, read_rows: int = 0, read_bytes: int = 0, written_rows: int = 0, written_bytes: int = 0) -> str:
    """Return the X-ClickHouse-Summary header: JSON whose values are all strings."""
    counts = {
        "read_rows": read_rows,
        "read_bytes": read_bytes,
        "written_rows": written_rows,
        "written_bytes": written_bytes,
        "total_rows_to_read": 0,
        "result_rows": written_rows,
        "result_bytes": written_bytes,
        "elapsed_ns": 0,
    }
    return json.dumps({name: str(count) for name, count in counts.items()}, separators=(",", ":"))


def failure(engine: Engine, request: Request, error: StoreError) -> web.Response:
    """Return the whole answer to a request that failed before anything was sent."""
    headers = common_headers(engine, request) | {"X-ClickHouse-Exception-Code": str(error.code)}
    if error.code == 516:
        headers["WWW-Authenticate"] = 'Basic realm="tokentide"'
    return web.Response(status=error.status, text=error.body(engine.version), headers=headers)


class Answer:
    """The answer to one query: held back until its first bytes are known, compressed on the way out."""

    def __init__(self, engine: Engine, request: Request, http: web.Request, fmt: str | None) -> None:
        self._engine = engine
        self._http = http
        self._tag = new_tag()
        # The engine's blocks are whole in every chunk, so each can be given the client's revision.
        self._revise = revised if fmt == "Native" and request.revision else None
        self._encoder: Encoder = BlockEncoder(request.frames) if request.frames else encoder(request.encoding)
        self._response: web.StreamResponse | None = None
        self._held = bytearray()
        self._hold = _HELD_MAX if request.waits else 0
        headers = common_headers(engine, request) | {
            "X-ClickHouse-Exception-Tag": self._tag,
            "X-ClickHouse-Summary": summary(),
            "Content-Type": _TYPES.get(fmt or "", "text/plain; charset=UTF-8"),
        }
        if fmt is not None:
            headers["X-ClickHouse-Format"] = fmt
        if request.encoding and not request.frames:
            headers["Content-Encoding"] = request.encoding
        self.headers = headers

    @property
    def begun(self) -> bool:
        """True once a status was sent: errors then go into the tail."""
        return self._response is not None

    @property
    def response(self) -> web.StreamResponse:
        """What was sent."""
        if self._response is None:
            raise RuntimeError("the answer has not begun")
        return self._response

    async def stream(self, lease: Lease, chunks: Generator[bytes, None, None]) -> None:
        """Send blocks as the engine makes them.

        The last bytes are sent after the lease is released: a client that has read the whole answer
        may use its session again at once.
        """
        end = b""
        try:
            while (block := await lease.step(self._next, chunks)) is not None:
                await self._send(end)
                await self._send(memoryview(block)[:-_KEPT])
                end = block[-_KEPT:]
                del block
        finally:
            # Cancels the query if the client left.
            await lease.step(chunks.close)
        await lease.release()
        await self.finish(end)

    async def send_result(self, lease: Lease, result: Any) -> None:
        """Send a finished result from the engine's own memory, piece by piece."""
        self.headers["X-ClickHouse-Summary"] = summary(
            read_rows=result.storage_rows_read(), read_bytes=result.storage_bytes_read()
        )
        data = memoryview(b"") if not result.size() else result.get_memview().view()
        if self._revise is not None:
            data = memoryview(await lease.step(self._revise, bytes(data)))
        await lease.release()
        self._hold = 0
        for start in range(0, len(data), _PIECE):
            await self._send(self._encoder.feed(data[start : start + _PIECE]))
        await self.finish(b"")

    async def finish(self, last: bytes) -> None:
        """Send the end of the data."""
        foot = self._encoder.finish()
        if self._response is None:
            self.headers["Content-Length"] = str(len(self._held) + len(last) + len(foot))
        for part in (self._held, last, foot):
            await self._write(part)
        await self.response.write_eof()

    async def fail(self, error: StoreError) -> None:
        """End an answer that failed on the way, so that its client notices."""
        response = await self._begin()
        text = tail(error, self._tag, self._engine.version)
        await response.write(bytes(self._held) + self._encoder.feed(text) + self._encoder.finish())
        await response.write_eof()

    def _next(self, chunks: Generator[bytes, None, None]) -> bytes | None:
        chunk = next(chunks, None)
        if chunk is None:
            return None
        return self._encoder.feed(chunk if self._revise is None else self._revise(chunk))

    async def _send(self, data: bytes | memoryview) -> None:
        if not data or len(self._held) + len(data) < self._hold:
            self._held += data
            return
        self._hold = 0
        held, self._held = self._held, bytearray()
        await self._write(held)
        await self._write(data)

    async def _write(self, data: bytes | bytearray | memoryview) -> None:
        """Write in pieces, so that no block is copied whole into the socket's buffer."""
        response = await self._begin()
        view = memoryview(data)
        for start in range(0, len(view), _PIECE):
            await response.write(view[start : start + _PIECE])

    async def _begin(self) -> web.StreamResponse:
        if self._response is None:
            self._response = web.StreamResponse(headers=self.headers)
            await self._response.prepare(self._http)
        return self._response
