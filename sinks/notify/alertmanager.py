"""Alertmanager, API v2: everything that stands is sent again and again; labels are the identity.

It keeps an alert until `endsAt`, so what stands is sent with one ahead of now: if every worker is gone, it
resolves by itself. What closed is sent with the same labels and its end.
Source: https://prometheus.io/docs/alerting/latest/alerts_api
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from tokentide.sinks.notify.http import NotDeliveredError, post
from tokentide.sinks.notify.notice import Notice, as_bytes, rfc3339

STANDS_FOR: Final = timedelta(minutes=10)
"""How long an alert stands at Alertmanager after it was last sent."""
_PATH: Final = "/api/v2/alerts"


class Alertmanager:
    """One Alertmanager, or a cluster of them: each is sent everything, as its documentation asks.

    Args:
        urls: base URLs of every instance.
    """

    name = "alertmanager"
    repeats = True

    def __init__(self, urls: Sequence[str]) -> None:
        self._urls = tuple(url.rstrip("/") for url in urls)

    def send(self, notices: Sequence[Notice], now: datetime, timeout_s: float) -> None:
        """Send to every instance; enough that one took it, they tell one another.

        Raises:
            NotDeliveredError: no instance took it.
        """
        body = as_bytes([postable(notice, now) for notice in notices])
        failures = [error for url in self._urls if (error := _failure(url, body, timeout_s / len(self._urls)))]
        if len(failures) == len(self._urls):
            raise NotDeliveredError("; ".join(map(str, failures)), again=any(error.again for error in failures))


def postable(notice: Notice, now: datetime) -> dict[str, Any]:
    """Return one alert as API v2 takes it."""
    return {
        "labels": dict(notice.labels),
        "annotations": dict(notice.annotations),
        "startsAt": rfc3339(notice.starts_at),
        "endsAt": rfc3339(now + STANDS_FOR if notice.ends_at is None else min(notice.ends_at, now)),
        "generatorURL": notice.url,
    }


def _failure(url: str, body: bytes, timeout_s: float) -> NotDeliveredError | None:
    try:
        post(url + _PATH, body, timeout_s)
    except NotDeliveredError as error:
        return error
    return None
