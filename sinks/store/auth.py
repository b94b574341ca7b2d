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
        requests that a browser marks with their origin are refused, and so are those that name
        this machine by anything but a loopback address: a page may have its own name point here.
        """
        user, password = request.credentials
        known = hmac.compare_digest(user.encode(), self.user.encode())
        matches = hmac.compare_digest(password.encode(), self.password.encode())
        foreign = not self.password and ("Origin" in request.headers or not _names_loopback(request))
        if not (known and matches) or foreign:
            raise StoreError(
                516,
                "AUTHENTICATION_FAILED",
                f"{user}: Authentication failed: password is incorrect, or there is no user with such name.",
            )


def _names_loopback(request: Request) -> bool:
    host = request.headers.get("Host", "localhost")
    name = host.rpartition(":")[0] if host.rpartition(":")[2].isdecimal() else host
    return is_loopback(name.strip("[]") or host)


def is_loopback(host: str) -> bool:
    """Tell whether only this machine can reach host."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def check_readers(host: str, login: Login, writers: Login) -> None:
    """Raise UsageError if readers would be strangers without a password, or would know the writers' password."""
    if not login.password and not is_loopback(host):
        raise UsageError(
            f"--read-only-listen {host}: readers on other machines need a password (TOKENTIDE_STORE_READER_PASSWORD)"
        )
    if login.password and login.password == writers.password:
        raise UsageError("TOKENTIDE_STORE_READER_PASSWORD: must differ from the password of those who write")


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
