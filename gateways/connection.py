"""The connection to Kafka: an idempotent aiokafka producer that is replaced after a batch is refused."""

import asyncio
import math
from contextlib import suppress
from typing import Any, Final

from aiokafka import AIOKafkaProducer
from aiokafka.errors import (
    KafkaConnectionError,
    KafkaError,
    MessageSizeTooLargeError,
    UnknownTopicOrPartitionError,
)

from tokentide.gateways.delivery import Batch, DeliveryError, Position
from tokentide.schemas.errors import UserError
from tokentide.schemas.kafka_address import KafkaAddress

TOPIC_PATIENCE_S: Final = 10.0
RECONNECT_S: Final = 1.0
GIVE_UP_S: Final = 1.0


class Connection:
    """Sends closed batches to one topic.

    A refused batch leaves a hole in the sequence numbers of an idempotent producer, and Kafka then refuses
    every later batch of that partition; so the next batch goes out through a new producer.
    Source: github.com/aio-libs/aiokafka issue 1017.
    """

    def __init__(self, address: KafkaAddress, topic: str, compression: str | None, batch_bytes: int) -> None:
        self.address = address
        self.topic = topic
        self._compression = compression
        self._batch_bytes = batch_bytes
        self._kafka: Any = None
        self._stale = False
        self._lock = asyncio.Lock()
        self._retired: set[asyncio.Task[None]] = set()

    async def open(self, timeout_s: float) -> int:
        """Connect and return the number of partitions of the topic.

        Raises:
            UserError: Kafka cannot be reached, refuses us, or has no such topic.
        """
        try:
            async with asyncio.timeout(timeout_s):
                self._kafka = await self._started()
        except TimeoutError:
            raise UserError(f"Kafka at {self.address} did not answer within {timeout_s:g} s.") from None
        except (KafkaError, OSError) as error:
            raise UserError(self._explain(error)) from None
        return await self._count_partitions(min(timeout_s, TOPIC_PATIENCE_S))

    def partitions(self) -> int:
        """Return the number of partitions of the topic as last heard."""
        return len(self._kafka.client.cluster.partitions_for_topic(self.topic) or ())

    def batch(self) -> Batch:
        """Return an empty batch."""
        return Batch(self._kafka.create_batch())

    async def submit(self, batch: Batch, partition: int) -> Position:
        """Send a closed batch and return the position of its first record.

        Raises:
            DeliveryError: Kafka will never take it; retriable faults are retried for as long as it takes.
        """
        try:
            kafka = await self._fresh()
            metadata = await (await kafka.send_batch(batch.builder, self.topic, partition=partition))
        except Exception as error:  # noqa: BLE001 - a lane must outlive any fault of one batch
            self._stale = True
            raise DeliveryError(f"{batch.count} events are lost: {self._explain(error)}") from error
        return Position(metadata.topic, metadata.partition, metadata.offset)

    async def close(self) -> None:
        """Close in an orderly way; everything submitted must be settled."""
        await asyncio.gather(*self._retired)
        if self._kafka is not None:
            await self._kafka.stop()
            self._kafka = None

    async def abandon(self) -> None:
        """Close at once, whatever is still on its way."""
        for task in self._retired:
            task.cancel()
        kafka, self._kafka = self._kafka, None
        if kafka is not None:
            # aiokafka's own stop() waits for a broker that may never answer.
            kafka._closed = True
            with suppress(TimeoutError):
                async with asyncio.timeout(GIVE_UP_S):
                    await kafka._sender.close()
            await kafka.client.close()

    async def _started(self) -> Any:
        kafka = AIOKafkaProducer(
            **self.address.client_options(),
            acks="all",
            enable_idempotence=True,
            compression_type=self._compression,
            max_batch_size=self._batch_bytes,
        )
        # aiokafka would drop batches of a partition that has no leader for longer than a request may take.
        kafka._message_accumulator._batch_ttl = math.inf
        try:
            await kafka.start()
        except BaseException:
            await kafka.stop()
            raise
        return kafka

    async def _restarted(self) -> Any:
        while True:
            try:
                return await self._started()
            except (KafkaError, OSError):
                await asyncio.sleep(RECONNECT_S)

    async def _count_partitions(self, timeout_s: float) -> int:
        try:
            async with asyncio.timeout(timeout_s):
                return len(await self._kafka.partitions_for(self.topic))
        except (KafkaError, OSError, TimeoutError) as error:
            await self.abandon()
            missing = isinstance(error, TimeoutError)
            raise UserError(self._explain(UnknownTopicOrPartitionError() if missing else error)) from None

    async def _fresh(self) -> Any:
        if self._stale:
            async with self._lock:
                if self._stale:
                    old, self._kafka = self._kafka, await self._restarted()
                    self._stale = False
                    self._retire(old)
        return self._kafka

    def _retire(self, kafka: Any) -> None:
        task = asyncio.create_task(kafka.stop())
        self._retired.add(task)
        task.add_done_callback(self._retired.discard)

    def _explain(self, error: BaseException) -> str:
        if isinstance(error, UnknownTopicOrPartitionError):
            return f"Kafka at {self.address} has no topic {self.topic}: create it with `tokentide migrate`."
        if isinstance(error, MessageSizeTooLargeError):
            return f"Kafka at {self.address} refuses so large a batch: raise max.message.bytes of {self.topic}."
        if isinstance(error, KafkaConnectionError | OSError):
            return f"Kafka at {self.address} cannot be reached: {_reason(error)}."
        return f"Kafka at {self.address} refuses the producer: {_reason(error)}."


def _reason(error: BaseException) -> str:
    return str(error).rstrip(".") or type(error).__name__
