"""The live page over HTTP: one HTML file, its assets, JSON answers, and a stream of what changes."""

import asyncio
import contextlib
import json
import os
import socket
from collections.abc import AsyncIterator
from typing import Any, Final

from aiohttp import web

from tokentide.reports.computed import StoreQuery
from tokentide.reports.page.assets import served, text
from tokentide.reports.page.board import Board, event
from tokentide.reports.page.describe import page
from tokentide.reports.page.guard import HEADERS, guarded
from tokentide.reports.page.keeper import Keeper
from tokentide.reports.page.sections import FIGURES
from tokentide.reports.page.view import RANGES, UNITS
from tokentide.schemas.errors import UserError

_BEAT_S: Final = 10.0
"""A sign of life at least this often, so that a lost connection is noticed."""
_VIEWERS_MAX: Final = 100
_PATIENCE_S: Final = 0.3
"""How long a page waits for news of the store before it is sent with what was known."""
_PLACE: Final = "<!-- page -->"
KEEPER: Final = web.AppKey("keeper", Keeper)


class Pages:
    """The handlers of the page.

    Args:
        keeper: of the boards.
        notes: what the reader is told of this program, such as where Kafka listens.
    """

    def __init__(self, keeper: Keeper, notes: dict[str, str]) -> None:
        self._keeper = keeper
        self._notes = notes
        self._assets = served()
        self._page = page()
        self._html = text("page.html")

    def routes(self) -> list[web.RouteDef]:
        """Return what is answered."""
        return [
            web.get("/", self.index),
            web.get("/assets/{name:.+}", self.asset),
            web.get("/api/page", self.describe),
            web.get("/api/figures/{figure}", self.figure),
            web.get("/events", self.events),
        ]

    async def index(self, request: web.Request) -> web.Response:
        """The page, with all that needs no figures; what is known of the store is news unless it is busy."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._keeper.renew(), _PATIENCE_S)
        described = json.dumps(self._described(), ensure_ascii=False).replace("</", "<\\/")
        block = f'<script type="application/json" id="page">{described}</script>'
        return web.Response(
            text=self._html.replace(_PLACE, block), content_type="text/html", headers={"Cache-Control": "no-store"}
        )

    async def asset(self, request: web.Request) -> web.Response:
        """A file of the page."""
        found = self._assets.get(request.match_info["name"])
        if found is None:
            raise web.HTTPNotFound
        headers = {"ETag": found.tag, "Cache-Control": "no-cache"}
        if request.headers.get("If-None-Match") == found.tag:
            return web.Response(status=304, headers=headers)
        return web.Response(body=found.body, content_type=found.content_type, charset="utf-8", headers=headers)

    async def describe(self, request: web.Request) -> web.Response:
        """The chapters, figures and choices as JSON."""
        return web.json_response(self._described())

    async def figure(self, request: web.Request) -> web.Response:
        """One figure's answer as JSON, from the board all readers share."""
        figure = next((one for one in FIGURES if one.id == request.match_info["figure"]), None)
        if figure is None:
            raise web.HTTPNotFound
        async with self._reading(request) as board:
            return web.json_response(await self._keeper.payload(board, figure))

    async def events(self, request: web.Request) -> web.StreamResponse:
        """Server-sent events: each figure whole, then what changes of it."""
        async with self._reading(request) as board:
            response = web.StreamResponse(
                headers={**HEADERS, "Content-Type": "text/event-stream", "Cache-Control": "no-store"}
            )
            await response.prepare(request)
            with contextlib.suppress(ConnectionResetError):
                await self._stream(board, response)
            return response

    async def _stream(self, board: Board, response: web.StreamResponse) -> None:
        seen: dict[str, int] = {}
        told: dict[str, Any] = {}
        while True:
            for name, now in (("alerts", self._keeper.alerts), ("state", self._keeper.state)):
                if told.get(name) != now:
                    told[name] = now
                    await response.write(event(name, now))
            for one in board.since(seen):
                await response.write(one)
            # also when nothing changed: a reader who is gone is noticed by writing
            await response.write(b": here\n\n")
            await board.wait(_BEAT_S)

    @contextlib.asynccontextmanager
    async def _reading(self, request: web.Request) -> AsyncIterator[Board]:
        """Count a reader of the view that a request names in, and out again."""
        board = self._keeper.board(*_view(request))
        if board.viewers >= _VIEWERS_MAX:
            raise web.HTTPServiceUnavailable(text="Too many readers.\n")
        self._keeper.join(board)
        try:
            yield board
        finally:
            self._keeper.leave(board)

    def _described(self) -> dict[str, Any]:
        return self._page | self._keeper.state | {"notes": self._notes}


def _view(request: web.Request) -> tuple[str, str]:
    """Return the range and unit a request names.

    Raises:
        HTTPBadRequest: they are none of ours.
    """
    range_id, unit = request.query.get("range", "28d"), request.query.get("unit", "tokens")
    if range_id not in RANGES or unit not in UNITS:
        raise web.HTTPBadRequest(text=f"use range={'|'.join(RANGES)} and unit={'|'.join(UNITS)}\n")
    return range_id, unit


def build_app(query: StoreQuery, notes: dict[str, str] | None = None) -> web.Application:
    """Return the web application over an open store; closing the store stays with the caller."""
    app = web.Application(middlewares=[guarded])

    async def kept(app: web.Application) -> AsyncIterator[None]:
        keeper = app[KEEPER]
        await keeper.begin()
        tasks = [asyncio.create_task(keeper.run()), asyncio.create_task(keeper.warm())]
        yield
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        keeper.close()

    keeper = Keeper(query)
    app[KEEPER] = keeper
    app.add_routes(Pages(keeper, notes or {}).routes())
    app.cleanup_ctx.append(kept)
    return app


@contextlib.asynccontextmanager
async def listening(app: web.Application, host: str, port: int) -> AsyncIterator[str]:
    """Serve the page while the context lasts and yield its address.

    Raises:
        UserError: the port cannot be had.
    """
    runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=1.0)
    await runner.setup()
    try:
        try:
            await web.TCPSite(runner, host, port).start()
        except OSError as error:
            raise _refused(port, error) from None
        yield f"http://{f'[{host}]' if ':' in host else host}:{runner.addresses[0][1]}/"
    finally:
        await runner.cleanup()


def check_port(host: str, port: int) -> None:
    """Refuse a port that is taken before anything else is made.

    Raises:
        UserError: the port cannot be had.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        socket.create_server((host, port), family=family).close()
    except OSError as error:
        raise _refused(port, error) from None


def _refused(port: int, error: OSError) -> UserError:
    words = f"--port {port}: the page cannot listen there ({os.strerror(error.errno or 0)})"
    return UserError(f"{words}; choose another, or 0 for any free one")
