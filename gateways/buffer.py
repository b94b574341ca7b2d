"""How much may be on its way to Kafka at once."""

import asyncio

from tokentide.schemas.errors import UserError


class ProducerFullError(UserError):
    """The bounded buffer holds as much as it may: send later, drop the event, or send with `wait=True`."""


class Buffer:
    """Counts events and bytes that are accepted and not yet settled; holds none of them itself.

    Args:
        max_events: events on their way at most.
        max_bytes: bytes of their keys and values at most, before compression.
    """

    def __init__(self, max_events: int, max_bytes: int) -> None:
        self.max_events = max_events
        self.max_bytes = max_bytes
        self.events = 0
        self.bytes = 0
        self._room = asyncio.Event()

    def try_take(self, size: int) -> bool:
        """Count one event of `size` bytes, or return False when it does not fit.

        An event larger than the whole buffer fits an empty one, so that it can be sent at all.
        """
        if self.events and (self.events >= self.max_events or self.bytes + size > self.max_bytes):
            return False
        self.events += 1
        self.bytes += size
        return True

    async def take(self, size: int) -> None:
        """Count one event of `size` bytes as soon as it fits."""
        while not self.try_take(size):
            self._room.clear()
            await self._room.wait()

    def release(self, events: int, size: int) -> None:
        """Forget `events` of `size` bytes in all: they are settled."""
        self.events -= events
        self.bytes -= size
        self._room.set()

    def full(self, where: object) -> ProducerFullError:
        """Return the error that tells a sender how full the buffer is."""
        return ProducerFullError(
            f"The producer's buffer is full: {self.events} events ({self.bytes} bytes) wait for {where};"
            f" it takes {self.max_events} events or {self.max_bytes} bytes."
        )
