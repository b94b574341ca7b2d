"""How fast a trace is replayed: as recorded, N times as fast, or as fast as Kafka takes it."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from tokentide.schemas.errors import UsageError


@dataclass(frozen=True, slots=True)
class Clock:
    """Monotonic seconds and a way to let them pass; tests bring their own."""

    now: Callable[[], float]
    sleep: Callable[[float], Awaitable[None]]


SYSTEM_CLOCK: Final = Clock(time.monotonic, asyncio.sleep)


def parse_speed(text: str) -> float | None:
    """Return the factor that `text` names (`recorded` is 1), or None for `max`.

    Raises:
        UsageError: none of max, recorded, a positive number.
    """
    if text == "max":
        return None
    try:
        factor = 1.0 if text == "recorded" else float(text.removeprefix("x").removeprefix("×"))
    except ValueError:
        factor = 0.0
    if not 0 < factor < float("inf"):
        raise UsageError(f"--speed is {text!r}; it is `max`, `recorded` or a factor such as 60.")
    return factor


class Tempo:
    """Holds events back until their time has come; the first one sets both clocks to zero.

    Args:
        factor: recorded seconds that pass in one second.
        clock: the clock to wait by.
    """

    def __init__(self, factor: float, clock: Clock = SYSTEM_CLOCK) -> None:
        self._factor = factor
        self._clock = clock
        self._zero: tuple[float, float] | None = None

    async def hold(self, at_s: float | None) -> None:
        """Return when it is time for an event of recorded time `at_s`; at once if it has none or is late."""
        if at_s is None:
            return
        now = self._clock.now()
        if self._zero is None:
            self._zero = (at_s, now)
        recorded, started = self._zero
        delay = started + (at_s - recorded) / self._factor - now
        if delay > 0:
            await self._clock.sleep(delay)
