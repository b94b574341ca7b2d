"""Dead letters go to Kafka only: acknowledged by all replicas before the batch that refused them is written.

A retried batch sends them again; readers know a letter by its key (epoch:topic:partition:offset).
"""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.errors import MessageSizeTooLargeError

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

    async def bury(self, letters: Sequence[DeadLetter]) -> None:
        """Send the letters and wait for every acknowledgement.

        Raises:
            KafkaError: some may not have arrived; send all of them again.
        """
        if not letters:
            return
        sent = [await self._send(letter) for letter in letters]
        for letter, delivery in zip(letters, sent, strict=True):
            try:
                await delivery
            except MessageSizeTooLargeError:
                await (await self._send(letter.without_payload()))

    async def _send(self, letter: DeadLetter) -> "asyncio.Future[Any]":
        """Hand one letter over; what it keeps of a message may be too large for a record, the letter never is."""
        producer = await self._started()
        sent: asyncio.Future[Any]
        try:
            sent = await producer.send(self._topic, letter.to_message(), key=letter.key)
        except MessageSizeTooLargeError:
            sent = await producer.send(self._topic, letter.without_payload().to_message(), key=letter.key)
        return sent

    async def close(self) -> None:
        """Let go of the connection; nothing is buffered."""
        if self._producer is not None:
            await self._producer.stop()
            self._producer = None

    async def _started(self) -> AIOKafkaProducer:
        if self._producer is None:
            producer = AIOKafkaProducer(
                **self._connection, acks="all", enable_idempotence=True, compression_type="lz4", linger_ms=20
            )
            await producer.start()
            self._producer = producer
        return self._producer
