"""`tokentide live`: broker, worker, engine, a simulated market and the live page, in one process."""

import asyncio
import tempfile
from contextlib import ExitStack
from typing import TYPE_CHECKING, Annotated

import typer

from tokentide.cli.options import Kafka, Store
from tokentide.schemas.errors import UsageError
from tokentide.schemas.settings import load_settings

if TYPE_CHECKING:
    from tokentide.embedded import Addresses


def command(
    store: Store = None,
    kafka: Kafka = None,
    host: Annotated[str, typer.Option(help="address of the page; of this machine")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="port of the page; 0 = any free one")] = 8321,
    events: Annotated[int, typer.Option(min=1000, help="simulated events before now")] = 150_000,
    rate: Annotated[float, typer.Option(min=0.02, max=100, help="simulated events a second from now on")] = 0.2,
    seed: Annotated[int, typer.Option(min=0, help="of the simulated market")] = 1,
    market: Annotated[bool, typer.Option(help="simulate a market; without, only what you send is there")] = True,
) -> None:
    """Run all of it until interrupted; without --store, in a folder that goes with it."""
    from tokentide.reports.page.guard import check_host
    from tokentide.reports.page.server import check_port

    check_host(host)
    check_port(host, port)
    if kafka is not None and not kafka.startswith("embedded") and market:
        raise UsageError(f"--kafka is {kafka}: a simulated market goes to the embedded broker only; add --no-market")
    from tokentide.assembly import faults_of
    from tokentide.embedded import Show, run_embedded

    with ExitStack() as stack:
        url = store or f"chdb://{stack.enter_context(tempfile.TemporaryDirectory(prefix='tokentide-live-'))}/store"
        settings = load_settings(faults_of, store=url, kafka=kafka or "embedded://")
        show = Show(host, port, events if market else 0, rate, seed)
        asyncio.run(run_embedded(settings, show, _told))


def _told(addresses: "Addresses") -> None:
    print(f"page:   {addresses.page}")
    print(f"kafka:  {addresses.kafka}")
    print(f"send:   {addresses.send}")
    print("Ctrl-C ends it.", flush=True)
