"""`tokentide store`: the embedded engine behind ClickHouse's HTTP interface."""

from pathlib import Path
from typing import Annotated

import typer


def command(
    path: Annotated[Path, typer.Option(help="folder of the engine's data")] = Path("tokentide-data"),
    host: Annotated[
        str, typer.Option(help="address to listen on; anything but loopback needs a password")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="port; 0 = any free one")] = 8123,
    user: Annotated[str, typer.Option(envvar="TOKENTIDE_STORE_USER", help="user name")] = "default",
    password: Annotated[str, typer.Option(envvar="TOKENTIDE_STORE_PASSWORD", help="password")] = "",
    readonly: Annotated[
        bool, typer.Option("--read-only", help="answer SELECT, EXPLAIN, SHOW and DESCRIBE only")
    ] = False,
) -> None:
    """Serve one engine to several workers, to Grafana and to any ClickHouse client over HTTP."""
    from tokentide.sinks.store.server import serve

    serve(path=path, host=host, port=port, user=user, password=password, readonly=readonly)
