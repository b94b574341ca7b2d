"""The way to one partition: an open batch that fills, and closed ones that leave in order."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable

from tokentide.gateways.delivery import Batch, Delivery, DeliveryError, Position


class Lane:
    """Sends batches to one partition, one at a time and in order.

    Args:
        linger_s: how long an open batch waits for company.
        create: makes an empty batch.
        submit: sends a closed batch; returns the position of its first record or raises DeliveryError.
        settle: is told of every batch that came to its end, with the error if there was one.
    """

    def __init__(
        self,
        linger_s: float,
        create: Callable[[], Batch],
        submit: Callable[[Batch], Awaitable[Position]],
        settle: Callable[[Batch, DeliveryError | None], None],
    ) -> None:
        self._linger_s = linger_s
        self._create = create
        self._submit = submit
        self._settle = settle
        self._open: Batch | None = None
        self._closed: deque[Batch] = deque()
        self._timer: asyncio.TimerHandle | None = None
        self._work = asyncio.Event()
        self._task = asyncio.create_task(self._run())

    def append(self, key: bytes | None, value: bytes, at_ms: int | None = None) -> Delivery:
        """Add one record to the open batch; a full one is closed and a new one begun."""
        batch = self._open or self._begin()
        if not batch.append(key, value, at_ms):
            self.close_open()
            batch = self._begin()
            batch.append(key, value, at_ms)
        return Delivery(batch, batch.count - 1)

    def close_open(self) -> None:
        """Let the open batch leave now, whatever it holds."""
        if self._timer is not None:
            self._timer.cancel()
        if self._open is not None:
            self._open.builder.close()
            self._closed.append(self._open)
            self._open = None
            self._work.set()

    def pending(self) -> list[Batch]:
        """Return the batches that are not settled, oldest first."""
        return [*self._closed, *([self._open] if self._open else [])]

    async def stop(self, error: DeliveryError) -> None:
        """Stop sending; what is still here fails with `error`."""
        self.close_open()
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        while self._closed:
            self._finish(self._closed.popleft(), error)

    def _begin(self) -> Batch:
        self._open = self._create()
        self._timer = asyncio.get_running_loop().call_later(self._linger_s, self.close_open)
        return self._open

    async def _run(self) -> None:
        while True:
            await self._work.wait()
            self._work.clear()
            while self._closed:
                await self._send(self._closed[0])
                self._closed.popleft()

    async def _send(self, batch: Batch) -> None:
        try:
            batch.succeed(await self._submit(batch))
        except DeliveryError as error:
            self._finish(batch, error)
        else:
            self._settle(batch, None)

    def _finish(self, batch: Batch, error: DeliveryError) -> None:
        batch.fail(error)
        self._settle(batch, error)
