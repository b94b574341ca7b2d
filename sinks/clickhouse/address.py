"""Where a store is: an embedded engine in a folder, or a server. Printed without its password."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

from tokentide.schemas.errors import UsageError

_FORMS: Final = "chdb:///path or clickhouse(s)://user:password@host:8123/database"
_PORTS: Final = {"clickhouse": 8123, "clickhouses": 8443}


@dataclass(frozen=True, slots=True)
class EmbeddedAddress:
    """An engine inside this process, on a folder of this machine."""

    path: Path

    def __str__(self) -> str:
        return f"chdb://{self.path}"


@dataclass(frozen=True, slots=True)
class ServerAddress:
    """A ClickHouse server, or a Tokentide store, spoken to over HTTP."""

    host: str
    port: int
    tls: bool
    user: str
    database: str
    password: str = field(repr=False)

    def __str__(self) -> str:
        return f"{'clickhouses' if self.tls else 'clickhouse'}://{self.user}@{self.host}:{self.port}/{self.database}"


Address = EmbeddedAddress | ServerAddress


def parse_address(url: str) -> Address:
    """Return the address a store URL names.

    Raises:
        UsageError: the URL has neither of the two forms.
    """
    scheme, separator, rest = url.partition("://")
    if separator and scheme == "chdb":
        return _embedded(url, rest)
    if separator and scheme in _PORTS:
        return _server(url, scheme)
    raise UsageError(f"TOKENTIDE_STORE (--store): {_shown(url)} is no store address; use {_FORMS}")


def _embedded(url: str, path: str) -> EmbeddedAddress:
    if not path.startswith("/") or "?" in path or path == "/":
        raise UsageError(
            f"TOKENTIDE_STORE (--store): {url} needs an absolute folder, as in chdb:///var/lib/tokentide"
        )
    return EmbeddedAddress(Path(unquote(path)))


def _server(url: str, scheme: str) -> ServerAddress:
    try:
        parts = urlsplit(url)
        port = parts.port or _PORTS[scheme]
    except ValueError as error:
        raise UsageError(f"TOKENTIDE_STORE (--store): {_shown(url)} cannot be read: {error}") from None
    if not parts.hostname:
        raise UsageError(f"TOKENTIDE_STORE (--store): {_shown(url)} names no host; use {_FORMS}")
    return ServerAddress(
        host=parts.hostname,
        port=port,
        tls=scheme == "clickhouses",
        user=unquote(parts.username or "default"),
        database=parts.path.strip("/") or "default",
        password=unquote(parts.password or ""),
    )


def _shown(url: str) -> str:
    """Return the URL without what stands between its user name and its host."""
    scheme, separator, rest = url.partition("://")
    credentials, at, where = rest.rpartition("@")
    return f"{scheme}{separator}{credentials.partition(':')[0]}{at}{where}"
