"""Delivery within a budget: tried again while it may help, given up when it cannot, never for longer."""

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from tokentide.schemas.errors import UsageError
from tokentide.sinks.notify.alertmanager import STANDS_FOR, postable
from tokentide.sinks.notify.channel import Budget, deliver
from tokentide.sinks.notify.http import NotDeliveredError, check_url, shown
from tokentide.sinks.notify.notice import Notice
from tokentide.sinks.notify.trial import trial

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


class Moody:
    """Refuses the first sends as told, then takes them; each costs a second."""

    name = "moody"
    repeats = True

    def __init__(self, *refusals: bool) -> None:
        self.refusals = list(refusals)
        self.time = 0.0
        self.slept: list[float] = []
        self.tried = 0

    def send(self, notices: Sequence[Notice], now: datetime, timeout_s: float) -> None:
        self.tried += 1
        self.time += 1.0
        if self.refusals:
            raise NotDeliveredError("no", again=self.refusals.pop(0))

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += seconds

    def deliver(self, budget: Budget) -> str | None:
        return deliver(self, trial(NOW), NOW, budget, self.sleep, lambda: self.time)


def test_what_may_help_is_tried_again_with_growing_pauses() -> None:
    channel = Moody(True, True)
    assert channel.deliver(Budget(20, 4)) is None
    assert (channel.tried, channel.slept) == (3, [0.5, 1.0])


def test_what_cannot_help_is_tried_once() -> None:
    channel = Moody(False)
    assert channel.deliver(Budget(20, 4)) == "no"
    assert channel.tried == 1


@pytest.mark.parametrize(("budget", "tries"), [(Budget(20, 3), 3), (Budget(2.0, 9), 2), (Budget(0.0, 9), 0)])
def test_the_budget_ends_it(budget: Budget, tries: int) -> None:
    channel = Moody(*[True] * 9)
    assert channel.deliver(budget) is not None
    assert channel.tried == tries
    assert channel.time <= budget.seconds + 1.0


def test_what_stands_is_sent_with_an_end_ahead_and_what_ended_with_its_own() -> None:
    firing, resolved = (postable(notice, NOW) for notice in trial(NOW))
    assert firing["endsAt"] == (NOW + STANDS_FOR).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    assert resolved["endsAt"] == "2026-03-02T12:00:00.000Z"
    assert firing["labels"] == resolved["labels"]


@pytest.mark.parametrize("url", ["", "localhost:9093", "ftp://host", "http://", "http://host:x"])
def test_a_url_that_cannot_be_used_is_named_with_its_setting(url: str) -> None:
    with pytest.raises(UsageError, match="notify.webhook"):
        check_url("notify.webhook", url)


def test_no_log_shows_what_a_url_hides() -> None:
    assert shown("https://user:secret@host:9/path?token=secret") == "https://host:9"
