"""What keeps the page to this machine: whom it answers, and what a browser may do with it."""

import ipaddress
from typing import Final

from aiohttp import web
from aiohttp.typedefs import Handler

from tokentide.schemas.errors import UsageError

HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
"""No request leaves the host: a browser refuses any other. Styles are inline because charts set them."""


def check_host(host: str) -> None:
    """Refuse an address other machines could reach: the page has no login.

    Raises:
        UsageError: names the option.
    """
    if not _is_loopback(host):
        raise UsageError(
            f"--host is {host}: the page has no login, so it listens on this machine only; "
            "put a proxy with a login in front of 127.0.0.1"
        )


@web.middleware
async def guarded(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer this machine's own names only, so that no page elsewhere reads figures through its reader's browser."""
    if not _is_loopback(_name(request.host)):
        return web.Response(status=421, text="This page answers to localhost only.\n")
    response = await handler(request)
    if not response.prepared:
        response.headers.update(HEADERS)
    return response


def _name(host: str) -> str:
    """Return a Host header without its port."""
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0]


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
