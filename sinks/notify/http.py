"""One POST of JSON with a time limit, and what became of it. Synchronous: callers have a thread of their own."""

import http.client
from base64 import b64encode
from collections.abc import Mapping
from typing import Final
from urllib.parse import SplitResult, unquote, urlsplit

from tokentide.schemas.errors import UsageError

_PERMANENT: Final = range(400, 500)
_AGAIN: Final = frozenset({408, 425, 429})


class NotDeliveredError(Exception):
    """The other side did not take it; `again` tells whether it may later."""

    def __init__(self, why: str, *, again: bool) -> None:
        super().__init__(why)
        self.again = again


def check_url(name: str, url: str) -> str:
    """Return the URL of a receiver.

    Args:
        name: of the setting, for the sentence.
    Raises:
        UsageError: it is no http(s) URL with a host.
    """
    parts = urlsplit(url)
    try:
        usable = parts.scheme in {"http", "https"} and parts.hostname and (parts.port is None or parts.port > 0)
    except ValueError:
        usable = None
    if not usable:
        raise UsageError(f"{name}: {shown(url)!r} is no http(s) URL such as http://127.0.0.1:9093")
    return url


def shown(url: str) -> str:
    """Return a URL without the password and the query it may hold, for logs."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{host}" if parts.scheme else host or "?"


def post(url: str, body: bytes, timeout_s: float) -> None:
    """POST JSON and return once a 2xx answer has come.

    Raises:
        NotDeliveredError: no answer in time, no connection, or another answer; redirects are not followed.
    """
    parts = urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=timeout_s)
    try:
        connection.request("POST", _target(parts), body, _headers(parts))
        answer = connection.getresponse()
        words = answer.read(300).decode("utf-8", "replace").partition("\n")[0]
    except (OSError, http.client.HTTPException) as error:
        raise NotDeliveredError(f"{shown(url)}: {str(error) or repr(error)}", again=True) from None
    finally:
        connection.close()
    if not 200 <= answer.status < 300:
        again = answer.status not in _PERMANENT or answer.status in _AGAIN
        raise NotDeliveredError(f"{shown(url)} answers {answer.status} {words}".strip(), again=again)


def _target(parts: SplitResult) -> str:
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def _headers(parts: SplitResult) -> Mapping[str, str]:
    headers = {"Content-Type": "application/json", "User-Agent": "tokentide"}
    if parts.username:
        pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        headers["Authorization"] = "Basic " + b64encode(pair.encode()).decode()
    return headers
