"""A server that does not answer, told in our words: the HTTP client's name its pools, retries and sockets."""

from typing import Final

from clickhouse_connect.driver.exceptions import OperationalError

from tokentide.sinks.clickhouse.address import ServerAddress
from tokentide.sinks.clickhouse.errors import StoreUnreachableError, code_of

_CAUSES: Final = (
    ("Connection refused", "connection refused"),
    ("Name or service not known", "unknown host"),
    ("NameResolutionError", "unknown host"),
    ("timed out", "no answer in time"),
    ("CERTIFICATE_VERIFY_FAILED", "its certificate is not trusted"),
    ("SSL", "TLS failed"),
)


def is_unreachable(error: BaseException) -> bool:
    """Tell whether the connection failed, not what was asked: the engine never gave a code."""
    return isinstance(error, OperationalError) and code_of(error) is None


def nothing_answers(address: ServerAddress, error: BaseException) -> StoreUnreachableError:
    """Return the error that names the store and what failed."""
    cause = next((cause for sign, cause in _CAUSES if sign in str(error)), "connection failed")
    where = f"nothing answers at {address.host}:{address.port} ({cause})"
    return StoreUnreachableError(f"store {address}: {where}", f"store {address}")
