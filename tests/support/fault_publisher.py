"""The publisher of a case: an idempotent producer that keeps a rate until it is told to stop."""

import asyncio
from typing import Any

from aiokafka import AIOKafkaProducer
from support.fault_traffic import Traffic

_TICK_S = 0.02
_REQUEST_MS = 120_000


class Publisher:
    """Sends the traffic, in order per key; `stop` returns once all of it is acknowledged."""

    def __init__(self, bootstrap: str, topic: str, traffic: Traffic, per_s: float) -> None:
        self.per_s = per_s
        self._topic = topic
        self._traffic = traffic
        self._producer = AIOKafkaProducer(
            bootstrap_servers=bootstrap,
            acks="all",
            enable_idempotence=True,
            linger_ms=20,
            max_batch_size=128 * 1024,
            request_timeout_ms=_REQUEST_MS,
        )
        self._stopping = False
        self._refused: list[BaseException] = []
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin."""
        await self._producer.start()
        self._task = asyncio.create_task(self._publish())

    async def stop(self) -> None:
        """Send nothing more and wait for every acknowledgement.

        Raises:
            AssertionError: Kafka refused a message, so the oracle cannot know what is in the log.
        """
        self._stopping = True
        if self._task is not None:
            await self._task
        await self._producer.stop()
        assert not self._refused, f"{len(self._refused)} messages were not acknowledged: {self._refused[0]!r}"

    async def pause(self) -> None:
        """Stop for a while: everything sent so far is acknowledged."""
        self._stopping = True
        if self._task is not None:
            await self._task
        await self._producer.flush()

    def resume(self) -> None:
        """Go on after `pause`."""
        self._stopping = False
        self._task = asyncio.create_task(self._publish())

    async def send(self, values: list[bytes], partition: int) -> None:
        """Send other messages to one partition and wait for every acknowledgement."""
        sent = [await self._producer.send(self._topic, value, partition=partition) for value in values]
        for delivery in sent:
            await delivery

    async def _publish(self) -> None:
        clock = asyncio.get_running_loop().time
        due = clock()
        while not self._stopping:
            for key, value in self._traffic.messages(max(1, round(self.per_s * _TICK_S))):
                delivery = await self._producer.send(self._topic, value, key=key)
                delivery.add_done_callback(self._note)
            # After a halt of the broker the pace goes on from now: a burst would be another test.
            due = max(due + _TICK_S, clock() - 1.0)
            await asyncio.sleep(max(0.0, due - clock()))

    def _note(self, delivery: "asyncio.Future[Any]") -> None:
        if delivery.cancelled() or delivery.exception() is not None:
            self._refused.append(asyncio.CancelledError() if delivery.cancelled() else delivery.exception())  # type: ignore[arg-type]
