"""Waiting on a condition with a deadline: no test sleeps for a fixed time."""

import asyncio
import time
from collections.abc import Awaitable, Callable


async def until(condition: Callable[[], bool], deadline_s: float = 30.0, *, every_s: float = 0.02) -> None:
    """Return once `condition` holds.

    Raises:
        TimeoutError: it did not within `deadline_s`.
    """
    end = time.monotonic() + deadline_s
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError(f"nothing came of it within {deadline_s:g} s")
        await asyncio.sleep(every_s)


async def until_true(
    condition: Callable[[], Awaitable[bool]], deadline_s: float = 30.0, *, every_s: float = 0.1
) -> None:
    """Like `until`, for a condition that must itself be awaited."""
    end = time.monotonic() + deadline_s
    while not await condition():
        if time.monotonic() > end:
            raise TimeoutError(f"nothing came of it within {deadline_s:g} s")
        await asyncio.sleep(every_s)
