"""Changes of alerts go to Kafka, too: topic `usage.alerts.v1`, keyed by alert, acknowledged by all replicas.

A change may come twice, when a leader dies between sending and recording it; its `change_id` is the same.
"""

import asyncio
import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from tokentide.schemas.alert import AlertEvent

_ANSWER_S: Final = 20.0


class AlertsTopic:
    """Writes changes of alerts to one topic.

    Args:
        connection: keyword arguments of an aiokafka client (bootstrap_servers and security).
        topic: where they go.
    """

    def __init__(self, connection: Mapping[str, Any], topic: str) -> None:
        self._connection = dict(connection)
        self._topic = topic
        self._producer: AIOKafkaProducer | None = None

    async def publish(self, changes: Sequence[AlertEvent]) -> None:
        """Send changes and wait for every acknowledgement.

        Raises:
            KafkaError, TimeoutError: some may not have arrived; send all of them again.
        """
        try:
            async with asyncio.timeout(_ANSWER_S):
                producer = await self._started()
                sent = [await producer.send(self._topic, record_of(each), key=each.key) for each in changes]
                await asyncio.gather(*sent)
        except (KafkaError, TimeoutError):
            await self.close()
            raise

    async def close(self) -> None:
        """Let go of the connection; nothing is buffered."""
        producer, self._producer = self._producer, None
        if producer is not None:
            await producer.stop()

    async def _started(self) -> AIOKafkaProducer:
        if self._producer is None:
            producer = AIOKafkaProducer(**self._connection, acks="all", enable_idempotence=True)
            try:
                await producer.start()
            except BaseException:
                await producer.stop()
                raise
            self._producer = producer
        return self._producer


def record_of(change: AlertEvent) -> bytes:
    """Return the record of a change: its fields and the names that consumers know it by."""
    known = {"alert_id": change.alert_id, "change_id": change.change_id, "urgency": change.urgency.value}
    return json.dumps(known | json.loads(change.to_message()), separators=(",", ":")).encode()
