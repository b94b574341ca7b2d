"""A listening address that keeps no more than so many connections open."""

import asyncio
from typing import Final

from aiohttp import web

_FULL: Final = (
    b"HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nX-ClickHouse-Exception-Code: 202\r\n"
    b"Content-Type: text/plain\r\n\r\n"
    b"Code: 202. DB::Exception: Too many connections (TOO_MANY_SIMULTANEOUS_QUERIES)\n"
)


class BoundedSite(web.TCPSite):
    """Tells connections above the most that there are too many, and closes them."""

    def __init__(self, runner: web.AppRunner, host: str, port: int, most: int | None) -> None:
        super().__init__(runner, host, port)
        self._most = most

    async def start(self) -> None:
        """Listen.

        Raises:
            OSError: the address cannot be used.
        """
        await web.BaseSite.start(self)
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._connect, self._host, self._port, backlog=self._backlog)

    def _connect(self) -> asyncio.Protocol:
        server = self._runner.server
        if server is None:
            raise RuntimeError("the runner is not set up")
        full = self._most is not None and len(server.connections) >= self._most
        return _Refusal() if full else server()


class _Refusal(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Say so and hang up."""
        if isinstance(transport, asyncio.WriteTransport):
            transport.write(_FULL)
        transport.close()
