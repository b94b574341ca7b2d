"""`tokentide serve`: the live page over a store."""

import asyncio
import signal
from typing import TYPE_CHECKING, Annotated

import typer

from tokentide.cli.options import Store

if TYPE_CHECKING:
    from tokentide.sinks.clickhouse.store import Store as Opened


def command(
    store: Store = None,
    host: Annotated[str, typer.Option(help="address to listen on; of this machine")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="port; 0 = any free one")] = 8321,
) -> None:
    """Show the figures of the study over a store, kept fresh, until interrupted."""
    from tokentide.cli.reading import open_existing
    from tokentide.reports.page.guard import check_host
    from tokentide.reports.page.server import check_port

    check_host(host)
    check_port(host, port)
    with open_existing(store) as opened:
        asyncio.run(_serve(opened, host, port))


async def _serve(store: "Opened", host: str, port: int) -> None:
    from tokentide.reports.page.server import build_app, listening

    stop = asyncio.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(sign, stop.set)
    async with listening(build_app(store.query), host, port) as url:
        print(url, flush=True)
        await stop.wait()
