"""clickhouse-connect clients for both kinds of address, and their failures in one sentence each."""

import logging
import os
from collections.abc import Mapping
from typing import Final

import clickhouse_connect
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError

from tokentide.schemas.errors import UserError
from tokentide.sinks.clickhouse.address import Address, EmbeddedAddress, ServerAddress
from tokentide.sinks.clickhouse.errors import code_of
from tokentide.sinks.clickhouse.unreachable import is_unreachable, nothing_answers

# The driver logs the traceback of each failed request before it raises; we report failures ourselves.
logging.getLogger("clickhouse_connect").setLevel(logging.CRITICAL)
# And this one warns of every retry with the whole request, values included.
logging.getLogger("urllib3.connectionpool").setLevel(logging.ERROR)

SESSION: Final[Mapping[str, str]] = {"session_timezone": "UTC"}
_CONNECT_S: Final = 10
_ANSWER_S: Final = 300
_MEMORY_MAX: Final = 4 * 2**30
_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})


def memory_default() -> int:
    """Return how many bytes an embedded engine may use: half of the machine, 4 GiB at most."""
    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return min(machine // 2, _MEMORY_MAX)


def connect(address: Address, memory_bytes: int, *, readonly: bool = False) -> Client:
    """Open one client; each embedded client is a handle of its own on the one engine of the process.

    Raises:
        UserError: the engine or the server cannot be used; says why.
    """
    if isinstance(address, EmbeddedAddress):
        return _embedded(address, memory_bytes, readonly=readonly)
    return _server(address)


def _embedded(address: EmbeddedAddress, memory_bytes: int, *, readonly: bool) -> Client:
    options = {"max_server_memory_usage": memory_bytes} | ({"mode": "ro"} if readonly else {})
    try:
        return clickhouse_connect.get_client(
            interface="chdb",
            path=str(address.path),
            database="default",
            settings={**SESSION, "max_memory_usage": memory_bytes},
            chdb_options=options,
        )
    except ImportError:
        raise UserError("chdb:// needs the embedded engine: pip install 'tokentide[embedded]'") from None
    except ClickHouseError as error:
        raise UserError(f"store {address.path}: the engine cannot open this folder: {_brief(error)}") from None


def _server(address: ServerAddress) -> Client:
    try:
        return clickhouse_connect.get_client(
            interface="https" if address.tls else "http",
            host=address.host,
            port=address.port,
            username=address.user,
            password=address.password,
            database=address.database,
            settings=dict(SESSION),
            compress=address.host not in _LOOPBACK,
            connect_timeout=_CONNECT_S,
            send_receive_timeout=_ANSWER_S,
            autogenerate_session_id=False,
        )
    except ClickHouseError as error:
        if is_unreachable(error):
            raise nothing_answers(address, error) from None
        raise UserError(_sentence(address, error)) from None


def _sentence(address: ServerAddress, error: ClickHouseError) -> str:
    code = code_of(error)
    if code in {192, 193, 516}:
        return f"store {address}: the server refuses user {address.user} with this password"
    if code == 81:
        return f"store {address}: the server has no database {address.database}"
    return f"store {address}: the server refuses the connection: {_brief(error)}"


def _brief(error: ClickHouseError) -> str:
    """Return the first line of an engine's message without its stack or version."""
    return str(error).partition("\n")[0].partition(", Stack trace")[0].partition("(version")[0].strip()[:300]
