"""`tokentide store`: one engine behind ClickHouse's HTTP interface, from its opening to its clean close."""

import asyncio
import contextlib
import errno
import os
import signal
import sys
import tempfile
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from aiohttp import web

from tokentide.schemas.errors import UserError
from tokentide.sinks.store.auth import Login, check_exposure
from tokentide.sinks.store.bounded_site import BoundedSite
from tokentide.sinks.store.engine import Engine, open_engine
from tokentide.sinks.store.grants import Limits
from tokentide.sinks.store.handler import Handler

_LINE_MAX: Final = 1024 * 1024
# aiohttp waits this long twice: for handlers to end, then for cancelled ones.
_FINISH_S: Final = 2.0
_SWEEP_S: Final = 1.0
_KEEP_ALIVE_S: Final = 30.0


def build_app(engine: Engine, login: Login, limits: Limits | None = None) -> web.Application:
    """Return the web application over an open engine; closing the engine stays with the caller.

    Args:
        engine: asked.
        login: the account that may ask.
        limits: for readers, within these; None to read and write.
    """
    handler = Handler(engine, login, limits)
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


@dataclass(frozen=True, slots=True)
class Address:
    """Where one account is served.

    Attributes:
        host: to listen on.
        port: 0 for any free one.
        login: who may ask.
        limits: for readers, within these; None to read and write.
    """

    host: str
    port: int
    login: Login
    limits: Limits | None = None


def serve(path: Path, addresses: Sequence[Address]) -> None:
    """Open the engine at path and serve it until SIGTERM or SIGINT; prints its addresses when it is ready.

    Args:
        path: the engine's folder.
        addresses: nobody writes if all of them have limits.

    Raises:
        UsageError: other machines could reach it without a password, or write.
        UserError: the folder or a port cannot be used; says why.
    """
    for address in addresses:
        check_exposure(address.host, address.login, readonly=address.limits is not None)
    limits = next((address.limits for address in addresses if address.limits is not None), None)
    engine = open_engine(path, limits=limits, readonly=all(address.limits for address in addresses))
    home = Path.cwd()
    # A relative name in a query must not be a file of whoever started us.
    with tempfile.TemporaryDirectory(prefix="tokentide-empty-") as empty:
        os.chdir(empty)
        try:
            asyncio.run(_run(engine, addresses))
        finally:
            engine.close()
            os.chdir(home)


async def _run(engine: Engine, addresses: Sequence[Address]) -> None:
    stop = asyncio.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(sign, stop.set)
    async with contextlib.AsyncExitStack() as open_ports:
        urls = []
        for address in addresses:
            app = build_app(engine, address.login, address.limits)
            most = None if address.limits is None else address.limits.connections
            option = "--read-only-listen" if address is not addresses[0] else "--port"
            port = listening(app, address.host, address.port, most, option)
            urls.append(await open_ports.enter_async_context(port))
        for url, address in zip(urls, addresses, strict=True):
            sys.stdout.write(f"{url}{' read-only' if address.limits and len(addresses) > 1 else ''}\n")
        sys.stdout.flush()
        await stop.wait()


@contextlib.asynccontextmanager
async def listening(
    app: web.Application, host: str, port: int, connections: int | None = None, option: str = "--port"
) -> AsyncIterator[str]:
    """Serve app while the context lasts and yield its address; then let requests finish, or cancel them.

    Args:
        app: served.
        host: to listen on.
        port: 0 for any free one.
        connections: most at a time; None for no bound.
        option: that gave the port, to name in an error.

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
            await BoundedSite(runner, host, port, connections).start()
        except OSError as error:
            raise UserError(_port_sentence(option, host, port, error)) from None
        actual = runner.addresses[0][1]
        yield f"http://{f'[{host}]' if ':' in host else host}:{actual}"
    finally:
        await runner.cleanup()


def _port_sentence(option: str, host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"{option} {port}: another program listens there already; choose another, or 0 for any free one"
    if error.errno == errno.EACCES:
        return f"{option} {port}: this user may not listen there; choose one above 1023"
    return (
        f"{'--host' if option == '--port' else option} {host}: cannot listen there ({os.strerror(error.errno or 0)})"
    )


async def _sweep(handler: Handler) -> None:
    while True:
        await asyncio.sleep(_SWEEP_S)
        await handler.close_expired()
