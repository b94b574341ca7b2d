"""A scripted proxy between workers and the store: inserts whose answer says less than the store knows.

`error`, `timeout` and `close` apply the insert and then answer 500, answer 504 after a while, or hang up;
`half` passes on half of the body and hangs up on both sides.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from aiohttp import web

MODES = ("error", "timeout", "close", "half")
TABLES = ("usage_events", "usage_rollups_in")
_TIMEOUT_S = 8.0
_HOP = frozenset({"connection", "keep-alive", "transfer-encoding", "content-length", "host", "content-encoding"})
_BODY_MAX = 256 * 2**20


@dataclass
class Proxy:
    """Listens on a port of its own and passes everything on, but for the inserts it was told to spoil.

    Attributes:
        store_port: where the store listens.
        port: where workers go.
        spoiled: how many inserts were, by `mode table`.
    """

    store_port: int
    port: int = 0
    spoiled: Counter[str] = field(default_factory=Counter)
    _armed: list[tuple[str, str]] = field(default_factory=list)
    _ends: list[Any] = field(default_factory=list)
    _session: Any = None

    async def start(self) -> None:
        """Listen."""
        app = web.Application(client_max_size=_BODY_MAX)
        app.router.add_route("*", "/{path:.*}", self._answer)
        runner = web.AppRunner(app, access_log=None, handler_cancellation=False, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self.port = runner.addresses[0][1]
        self._session = aiohttp.ClientSession(auto_decompress=False, timeout=aiohttp.ClientTimeout(total=600))
        self._ends = [runner.cleanup, self._session.close]

    async def close(self) -> None:
        """Hang up."""
        for end in self._ends:
            await end()

    def arm(self, mode: str, table: str) -> None:
        """Spoil the next insert into `table`."""
        self._armed.append((mode, table))

    @property
    def fired(self) -> bool:
        """Whether every insert that was to be spoiled has been."""
        return not self._armed

    def _mode_of(self, request: web.Request) -> str:
        query = request.query.get("query", "")
        for mode, table in self._armed:
            if query.upper().startswith("INSERT") and table in query:
                self._armed.remove((mode, table))
                self.spoiled[f"{mode} {table}"] += 1
                return mode
        return ""

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        mode = self._mode_of(request)
        try:
            if mode == "half":
                await self._pass_on(request, _half(body), len(body))
                return _hang_up(request)
            status, headers, answer = await self._pass_on(request, body, len(body))
        except (aiohttp.ClientError, OSError):
            return _hang_up(request)
        if mode and status == 200:
            return await self._spoil(request, mode)
        return web.Response(status=status, headers=headers, body=answer)

    async def _spoil(self, request: web.Request, mode: str) -> web.StreamResponse:
        if mode == "error":
            return web.Response(status=500, text="Code: 159. DB::Exception: the proxy says so. (TIMEOUT_EXCEEDED)")
        if mode == "timeout":
            await asyncio.sleep(_TIMEOUT_S)
            return web.Response(status=504, text="gateway timeout")
        return _hang_up(request)

    async def _pass_on(self, request: web.Request, body: Any, length: int) -> tuple[int, dict[str, str], bytes]:
        headers = {name: value for name, value in request.headers.items() if name.lower() not in _HOP}
        if "Content-Encoding" in request.headers:
            headers["Content-Encoding"] = request.headers["Content-Encoding"]
        if request.method != "GET":
            headers["Content-Length"] = str(length)
        url = f"http://127.0.0.1:{self.store_port}{request.raw_path}"
        async with self._session.request(
            request.method, _encoded(url), data=body or None, headers=headers, skip_auto_headers=("User-Agent",)
        ) as answer:
            kept = {name: value for name, value in answer.headers.items() if name.lower() not in _HOP}
            if "Content-Encoding" in answer.headers:
                kept["Content-Encoding"] = answer.headers["Content-Encoding"]
            return answer.status, kept, await answer.read()


def _encoded(url: str) -> Any:
    from yarl import URL

    return URL(url, encoded=True)


async def _half(body: bytes) -> AsyncIterator[bytes]:
    yield body[: len(body) // 2]
    raise ConnectionResetError("the proxy hangs up half-way")


def _hang_up(request: web.Request) -> web.Response:
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=500)
