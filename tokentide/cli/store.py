"""`tokentide store`: the embedded engine behind ClickHouse's HTTP interface."""

from pathlib import Path
from typing import Annotated

import typer

from tokentide.schemas.errors import UsageError


def command(
    path: Annotated[Path, typer.Option(help="folder of the engine's data")] = Path("tokentide-data"),
    host: Annotated[
        str, typer.Option(help="address to listen on; anything but loopback needs a password and --read-only")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="port; 0 = any free one")] = 8123,
    user: Annotated[str, typer.Option(envvar="TOKENTIDE_STORE_USER", help="user name")] = "default",
    password: Annotated[str, typer.Option(envvar="TOKENTIDE_STORE_PASSWORD", help="password")] = "",
    readonly: Annotated[
        bool, typer.Option("--read-only", help="nobody writes: answer SELECT, EXPLAIN, SHOW and DESCRIBE only")
    ] = False,
    listen: Annotated[
        str,
        typer.Option(
            "--read-only-listen",
            metavar="HOST:PORT",
            help="a second address, for readers (Grafana, say) while workers write; with a password unless loopback",
        ),
    ] = "",
    reader: Annotated[
        str, typer.Option("--reader-user", envvar="TOKENTIDE_STORE_READER_USER", help="its user name")
    ] = "reader",
    reader_password: Annotated[str, typer.Option(envvar="TOKENTIDE_STORE_READER_PASSWORD", help="its password")] = "",
) -> None:
    """Serve one engine to several workers, to Grafana and to any ClickHouse client over HTTP."""
    from tokentide.sinks.store.auth import Login, check_readers
    from tokentide.sinks.store.grants import Limits
    from tokentide.sinks.store.server import Address, serve

    addresses = [Address(host, port, Login(user, password), Limits() if readonly else None)]
    if listen and readonly:
        raise UsageError("--read-only-listen: with --read-only nobody writes, so --host and --port are the readers'")
    if listen:
        readers, at = Login(reader, reader_password), address_of(listen)
        check_readers(at[0], readers, addresses[0].login)
        addresses.append(Address(*at, readers, Limits()))
    serve(path, addresses)


def address_of(text: str) -> tuple[str, int]:
    """Return host and port of HOST:PORT, [IPV6]:PORT or PORT alone, which is on loopback.

    Raises:
        UsageError: it is none of these.
    """
    host, _, port = text.rpartition(":")
    if not port.isdecimal() or int(port) > 65535:
        raise UsageError(f"--read-only-listen {text}: must be HOST:PORT, for example 127.0.0.1:8124")
    return host.strip("[]") or "127.0.0.1", int(port)
