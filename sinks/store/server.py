"""`tokentide store`: one engine behind ClickHouse's HTTP interface, from its opening to its clean close."""

import asyncio
import contextlib
import errno
import os
import signal
import sys
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

from aiohttp import web

from tokentide.schemas.errors import UserError
from tokentide.sinks.store.auth import Login, check_exposure
from tokentide.sinks.store.engine import Engine, open_engine
from tokentide.sinks.store.grants import Limits
from tokentide.sinks.store.handler import Handler

_LINE_MAX: Final = 1024 * 1024
# aiohttp waits this long twice: for handlers to end, then for cancelled ones.
_FINISH_S: Final = 2.0
_SWEEP_S: Final = 1.0
_KEEP_ALIVE_S: Final = 30.0


def build_app(engine: Engine, login: Login) -> web.Application:
    """Return the web application over an open engine; closing the engine stays with the caller."""
    handler = Handler(engine, login)
    app = web.Application()
    app.router.add_get("/ping", handler.ping)
    app.router.add_get("/replicas_status", handler.ping)
    app.router.add_route("*", "/", handler.root)

    async def sweep(_: web.Application) -> AsyncIterator[None]:
        task = asyncio.create_task(_sweep(handler))
        yield
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        await handler.close_sessions()

    app.cleanup_ctx.append(sweep)
    return app


def serve(
    path: Path,
    host: str = "127.0.0.1",
    port: int = 8123,
    user: str = "default",
    password: str = "",
    *,
    readonly: bool = False,
) -> None:
    """Open the engine at path and serve it until SIGTERM or SIGINT; prints its address when it is ready.

    Raises:
        UsageError: other machines could reach it without a password, or write.
        UserError: the folder or the port cannot be used; says why.
    """
    login = Login(user, password)
    check_exposure(host, login, readonly=readonly)
    engine = open_engine(path, limits=Limits() if readonly else None)
    home = Path.cwd()
    # A relative name in a query must not be a file of whoever started us.
    with tempfile.TemporaryDirectory(prefix="tokentide-empty-") as empty:
        os.chdir(empty)
        try:
            asyncio.run(_run(engine, login, host, port))
        finally:
            engine.close()
            os.chdir(home)


async def _run(engine: Engine, login: Login, host: str, port: int) -> None:
    stop = asyncio.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(sign, stop.set)
    async with listening(build_app(engine, login), host, port) as url:
        sys.stdout.write(f"{url}\n")
        sys.stdout.flush()
        await stop.wait()


@contextlib.asynccontextmanager
async def listening(app: web.Application, host: str, port: int) -> AsyncIterator[str]:
    """Serve app while the context lasts and yield its address; then let requests finish, or cancel them.

    Raises:
        UserError: the port is taken or not allowed.
    """
    runner = web.AppRunner(
        app,
        access_log=None,
        handler_cancellation=True,
        auto_decompress=False,
        keepalive_timeout=_KEEP_ALIVE_S,
        max_line_size=_LINE_MAX,
        max_field_size=_LINE_MAX,
        shutdown_timeout=_FINISH_S,
    )
    await runner.setup()
    try:
        try:
            await web.TCPSite(runner, host, port).start()
        except OSError as error:
            raise UserError(_port_sentence(host, port, error)) from None
        actual = runner.addresses[0][1]
        yield f"http://{f'[{host}]' if ':' in host else host}:{actual}"
    finally:
        await runner.cleanup()


def _port_sentence(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"--port {port}: another program listens there already; choose another, or 0 for any free one"
    if error.errno == errno.EACCES:
        return f"--port {port}: this user may not listen there; choose one above 1023"
    return f"--host {host}: cannot listen there ({os.strerror(error.errno or 0)})"


async def _sweep(handler: Handler) -> None:
    while True:
        await asyncio.sleep(_SWEEP_S)
        await handler.close_expired()
