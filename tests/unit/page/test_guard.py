"""Whom the page answers."""

import pytest

from tokentide.reports.page.guard import HEADERS, check_host
from tokentide.schemas.errors import UsageError


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "127.0.0.9"])
def test_this_machine_is_fine(host: str) -> None:
    check_host(host)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.4", "example.org", ""])  # noqa: S104
def test_an_address_of_others_is_refused(host: str) -> None:
    with pytest.raises(UsageError, match="no login"):
        check_host(host)


def test_a_browser_may_ask_nobody_else() -> None:
    policy = dict(part.strip().split(" ", 1) for part in HEADERS["Content-Security-Policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert all("http" not in sources and "*" not in sources for sources in policy.values())
