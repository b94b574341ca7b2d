"""The producer a gateway embeds: one usage event per request, on its way to Kafka within a bounded buffer."""

import asyncio
from collections import deque
from types import TracebackType
from typing import Literal, Self

from tokentide.gateways.buffer import Buffer
from tokentide.gateways.connection import Connection
from tokentide.gateways.delivery import Batch, Delivery, DeliveryError, Position
from tokentide.gateways.lane import Lane
from tokentide.gateways.partitioner import partition_of
from tokentide.schemas.errors import UsageError, UserError
from tokentide.schemas.kafka_address import KafkaAddress, parse_address
from tokentide.schemas.usage_event import TOPIC, UsageEvent

Compression = Literal["gzip", "snappy", "lz4", "zstd"]


class UsageProducer:
    """Publishes usage events: idempotent, acknowledged by all replicas, keyed by event_id.

    Use it as an async context manager; leaving it flushes.

        async with UsageProducer("kafka://localhost:9092") as producer:
            delivery = await producer.send(event)
            position = await delivery

    Args:
        kafka: `kafka://host:9092[,…]` as KafkaAddress reads it (user, password, TLS), or an address.
        topic: topic of usage events.
        compression: of whole batches; None sends them as they are.
        batch_bytes: size of a batch before compression.
        linger_ms: how long a batch waits for company (the embedded broker needs 100 or more).
        max_events, max_bytes: what may be on its way at once; beyond it `send` raises or waits.
        timeout_s: patience with Kafka at start, and with the last batches at close.
    """

    def __init__(  # noqa: PLR0913 - the settings of a client are its signature
        self,
        kafka: str | KafkaAddress,
        *,
        topic: str = TOPIC,
        compression: Compression | None = "zstd",
        linger_ms: float = 100,
        batch_bytes: int = 256_000,
        max_events: int = 20_000,
        max_bytes: int = 32 * 2**20,
        timeout_s: float = 30,
    ) -> None:
        self.address = parse_address(kafka) if isinstance(kafka, str) else kafka
        if self.address.embedded:
            raise UsageError("embedded:// lives inside one process: name a Kafka, as in kafka://host:9092")
        self.topic = topic
        self.failed = 0
        self._linger_s = linger_ms / 1000
        self._timeout_s = timeout_s
        self._buffer = Buffer(max_events, max_bytes)
        self._connection = Connection(self.address, topic, compression, batch_bytes)
        self._lanes: list[Lane] = []
        self._partitions = 0
        self._unheard: deque[Batch] = deque(maxlen=256)
        self._last_error: DeliveryError | None = None

    async def start(self) -> None:
        """Connect; an open producer stays as it is.

        Raises:
            UserError: Kafka cannot be reached, refuses us or lacks the topic; names the address.
        """
        if not self._lanes:
            self._grow(await self._connection.open(self._timeout_s))

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            await self.close()
        except UserError:
            # The first error tells more than the loss it caused.
            if error is None:
                raise

    @property
    def in_flight(self) -> int:
        """Events accepted and not yet settled."""
        return self._buffer.events

    async def send(self, event: UsageEvent, *, wait: bool = False) -> Delivery:
        """Accept one event and return its delivery, to await or to ignore.

        Args:
            event: a checked event; nothing but its declared fields is sent.
            wait: wait for room in a full buffer instead of raising.

        Raises:
            ProducerFullError: the buffer is full and `wait` is false.
            UserError: the producer is not open.
        """
        if type(event) is not UsageEvent:
            raise TypeError("send() takes a UsageEvent, no subclass and no dict: other fields must not leave")
        return await self.send_message(event.event_id.encode(), event.to_message(), wait=wait)

    async def send_message(
        self, key: bytes | None, value: bytes, *, wait: bool = False, at_ms: int | None = None
    ) -> Delivery:
        """Accept one encoded message as `send` does; for replay, which must also send what is wrong.

        Args:
            at_ms: unix ms the record says it was created at, on brokers that believe it; now if None.
        """
        size = len(value) + len(key or b"")
        if not self._buffer.try_take(size):
            if not wait:
                raise self._buffer.full(self.address)
            await self._buffer.take(size)
        return self._append(key, value, size, at_ms)

    def offer_message(self, key: bytes | None, value: bytes, at_ms: int | None = None) -> bool:
        """Accept one encoded message without waiting, or return False when the buffer is full."""
        size = len(value) + len(key or b"")
        if not self._buffer.try_take(size):
            return False
        self._append(key, value, size, at_ms)
        return True

    async def flush(self, timeout_s: float | None = None) -> None:
        """Return when everything accepted so far is settled.

        Raises:
            DeliveryError: events were lost and nobody awaited their delivery.
            UserError: Kafka did not take them all within `timeout_s`.
        """
        waiting = [batch.settled for lane in self._lanes for batch in lane.pending()]
        for lane in self._lanes:
            lane.close_open()
        if waiting:
            _, late = await asyncio.wait(waiting, timeout=timeout_s)
            if late:
                raise UserError(
                    f"{self.in_flight} events are not delivered: Kafka at {self.address} took them not within"
                    f" {timeout_s:g} s."
                )
        self._report_losses()

    async def close(self) -> None:
        """Flush, then disconnect; after `timeout_s` what is left is given up.

        Raises:
            DeliveryError, UserError: as `flush`.
        """
        lanes = self._lanes
        try:
            await self.flush(self._timeout_s)
        except UserError:
            await self._stop(lanes)
            await self._connection.abandon()
            raise
        else:
            await self._stop(lanes)
            await self._connection.close()

    def _append(self, key: bytes | None, value: bytes, size: int, at_ms: int | None) -> Delivery:
        if not self._lanes:
            self._buffer.release(1, size)
            raise UserError(f"The producer for {self.address} is not open: use `async with` or call start().")
        # A message without a key (replay of a broken line) still goes to the same partition every time.
        return self._lanes[partition_of(value if key is None else key, self._partitions)].append(key, value, at_ms)

    def _grow(self, partitions: int) -> None:
        for number in range(len(self._lanes), partitions):
            self._lanes.append(self._lane(number))
        self._partitions = partitions

    def _lane(self, number: int) -> Lane:
        async def submit(batch: Batch) -> Position:
            position = await self._connection.submit(batch, number)
            self._grow(max(self._partitions, self._connection.partitions()))
            return position

        return Lane(self._linger_s, self._connection.batch, submit, self._settle)

    def _settle(self, batch: Batch, error: DeliveryError | None) -> None:
        self._buffer.release(batch.count, batch.bytes)
        if error is not None:
            self.failed += batch.count
            self._last_error = error
            self._unheard.append(batch)

    def _report_losses(self) -> None:
        lost = sum(batch.count - batch.awaited for batch in self._unheard)
        self._unheard.clear()
        if lost > 0:
            raise DeliveryError(f"{lost} events were not delivered; the last reason: {self._last_error}")

    async def _stop(self, lanes: list[Lane]) -> None:
        self._lanes = []
        given_up = DeliveryError(f"the producer was closed before Kafka at {self.address} took the event")
        await asyncio.gather(*(lane.stop(given_up) for lane in lanes))
