"""How many queries of readers run at once: the others wait a while, then are told to come back."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from tokentide.sinks.store.errors import StoreError


class Queue:
    """Places for queries.

    Attributes:
        places: how many may run at once.
        wait_s: how long the next one waits.
    """

    def __init__(self, places: int, wait_s: float) -> None:
        self.places = places
        self.wait_s = wait_s
        self._free = asyncio.Semaphore(places)

    @contextlib.asynccontextmanager
    async def place(self) -> AsyncIterator[None]:
        """Hold a place while the context lasts.

        Raises:
            StoreError: none became free in time.
        """
        try:
            async with asyncio.timeout(self.wait_s):
                await self._free.acquire()
        except TimeoutError:
            text = f"Too many queries at once: {self.places} run, and none ended within {self.wait_s:g} s"
            raise StoreError(202, "TOO_MANY_SIMULTANEOUS_QUERIES", text) from None
        try:
            yield
        finally:
            self._free.release()
