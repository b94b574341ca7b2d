"""Who may ask: one user with one password, or anyone on this machine if none is set."""

import hmac
import ipaddress
from dataclasses import dataclass, field

from tokentide.schemas.errors import UsageError
from tokentide.sinks.store.errors import StoreError
from tokentide.sinks.store.request import Request


@dataclass(frozen=True, slots=True)
class Login:
    """The one account of the store.

    Attributes:
        user: its name.
        password: empty for none.
    """

    user: str
    password: str = field(repr=False)

    def check(self, request: Request) -> None:
        """Raise StoreError unless the request comes from this account.

        Without a password a web page could reach the store through its reader's browser, so
        requests that a browser marks with their origin are refused.
        """
        user, password = request.credentials
        known = hmac.compare_digest(user.encode(), self.user.encode())
        matches = hmac.compare_digest(password.encode(), self.password.encode())
        foreign = not self.password and "Origin" in request.headers
        if not (known and matches) or foreign:
            raise StoreError(
                516,
                "AUTHENTICATION_FAILED",
                f"{user}: Authentication failed: password is incorrect, or there is no user with such name.",
            )


def is_loopback(host: str) -> bool:
    """Tell whether only this machine can reach host."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def check_exposure(host: str, login: Login, *, readonly: bool) -> None:
    """Raise UsageError if the store would be open to strangers.

    Writing is for this machine only; reading from elsewhere needs a password.
    """
    if is_loopback(host):
        return
    if not login.password:
        raise UsageError(
            f"--host {host}: a store that other machines can reach needs a password (TOKENTIDE_STORE_PASSWORD)"
        )
    if not readonly:
        raise UsageError(f"--host {host}: a store that other machines can reach must be --read-only")
