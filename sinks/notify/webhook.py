"""A webhook: each state change once, as a JSON array of notices in one POST."""

from collections.abc import Sequence
from datetime import datetime

from tokentide.sinks.notify.http import post
from tokentide.sinks.notify.notice import Notice, as_bytes


class Webhook:
    """Posts news to one URL.

    Args:
        url: it may hold a user and a password, and is never logged whole.
    """

    name = "webhook"
    repeats = False

    def __init__(self, url: str) -> None:
        self._url = url

    def send(self, notices: Sequence[Notice], now: datetime, timeout_s: float) -> None:
        """Send the notices.

        Raises:
            NotDeliveredError: the other side did not take them.
        """
        del now
        post(self._url, as_bytes([notice.as_json() for notice in notices]), timeout_s)
