"""Dead letters go to Kafka only: acknowledged by all replicas before the batch that refused them is written.

A retried batch sends them again; readers know a letter by its key (epoch:topic:partition:offset).
"""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, MessageSizeTooLargeError

from tokentide.schemas.dead_letter import DeadLetter


class DeadLetterSink:
    """Writes dead letters to one topic.

    Args:
        connection: keyword arguments of an aiokafka client (bootstrap_servers and security).
        topic: where they go.
    """

    def __init__(self, connection: Mapping[str, Any], topic: str) -> None:
        self._connection = dict(connection)
        self._topic = topic
        self._producer: AIOKafkaProducer | None = None
        self._starting = asyncio.Lock()
        self._given_up: set[asyncio.Task[None]] = set()

    async def bury(self, letters: Sequence[DeadLetter]) -> None:
        """Send the letters and wait for every acknowledgement.

        Raises:
            KafkaError: some may not have arrived; send all of them again.
        """
        if not letters:
            return
        producer = await self._started()
        try:
            await self._send_all(producer, letters)
        except KafkaError:
            self._give_up(producer)
            raise

    async def _send_all(self, producer: AIOKafkaProducer, letters: Sequence[DeadLetter]) -> None:
        sent = [await self._send(producer, letter) for letter in letters]
        for letter, delivery in zip(letters, sent, strict=True):
            try:
                await delivery
            except MessageSizeTooLargeError:
                await (await self._send(producer, letter.without_payload()))

    async def _send(self, producer: AIOKafkaProducer, letter: DeadLetter) -> "asyncio.Future[Any]":
        """Hand one letter over; what it keeps of a message may be too large for a record, the letter never is."""
        sent: asyncio.Future[Any]
        try:
            sent = await producer.send(self._topic, letter.to_message(), key=letter.key)
        except MessageSizeTooLargeError:
            sent = await producer.send(self._topic, letter.without_payload().to_message(), key=letter.key)
        return sent

    def _give_up(self, producer: AIOKafkaProducer) -> None:
        """Let the next try have a new producer: one that lost its place in the log refuses everything since."""
        if id(producer) != id(self._producer):
            return
        self._producer = None
        closing: asyncio.Task[None] = asyncio.create_task(producer.stop())
        self._given_up.add(closing)
        closing.add_done_callback(self._given_up.discard)

    async def close(self) -> None:
        """Let go of the connection; nothing is buffered."""
        for closing in list(self._given_up):
            closing.cancel()
        if self._producer is not None:
            await self._producer.stop()
            self._producer = None

    async def _started(self) -> AIOKafkaProducer:
        """Return the producer all partitions share."""
        async with self._starting:
            if self._producer is None:
                self._producer = await self._start()
            return self._producer

    async def _start(self) -> AIOKafkaProducer:
        producer = AIOKafkaProducer(
            **self._connection, acks="all", enable_idempotence=True, compression_type="lz4", linger_ms=20
        )
        try:
            await producer.start()
        except BaseException:
            await producer.stop()
            raise
        return producer
