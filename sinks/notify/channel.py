"""What can take notices, and delivery within a budget of time and tries."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from tokentide.sinks.notify.http import NotDeliveredError
from tokentide.sinks.notify.notice import Notice

_FIRST_PAUSE_S: Final = 0.5


class Channel(Protocol):
    """Takes notices somewhere.

    Attributes:
        name: for logs and counters.
        repeats: wants everything that stands, again and again; else only news.
    """

    @property
    def name(self) -> str:
        """For logs and counters."""

    @property
    def repeats(self) -> bool:
        """Whether it wants all that stands each time, or only what is new."""

    def send(self, notices: Sequence[Notice], now: datetime, timeout_s: float) -> None:
        """Send notices; once this returns the other side has them.

        Raises:
            NotDeliveredError: it has not.
        """


@dataclass(frozen=True, slots=True)
class Budget:
    """How much one round of delivery may cost: seconds in all, and tries."""

    seconds: float = 20.0
    tries: int = 4
    timeout_s: float = 5.0


def deliver(
    channel: Channel,
    notices: Sequence[Notice],
    now: datetime,
    budget: Budget | None = None,
    sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> str | None:
    """Send within a budget; return None once delivered, else why not (the next round tries again).

    Args:
        now: for what notices say of the present.
        sleep: waits between tries, 0.5 s, then twice as long each time.
        clock: what the budget is measured by.
    """
    budget = budget or Budget()
    ends, pause, why = clock() + budget.seconds, _FIRST_PAUSE_S, "no time was left"
    for attempt in range(budget.tries):
        left = ends - clock()
        if left <= 0:
            break
        try:
            channel.send(notices, now, min(budget.timeout_s, left))
        except NotDeliveredError as error:
            why = str(error)
            if not error.again:
                return why
        else:
            return None
        if attempt + 1 < budget.tries and clock() + pause < ends:
            sleep(pause)
        pause *= 2
    return why
