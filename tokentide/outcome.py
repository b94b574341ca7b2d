"""What became of one message: asked of the store by its position, and of the dead letters if no row came of it."""

import asyncio
from dataclasses import dataclass
from enum import StrEnum
from time import monotonic
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, TopicPartition

from tokentide.gateways.delivery import Position
from tokentide.schemas.dead_letter import DeadLetter
from tokentide.schemas.kafka_address import KafkaAddress
from tokentide.sinks.clickhouse.store import Row, Store
from tokentide.streams.brokers.admin import reaching
from tokentide.streams.brokers.topics import partition_count

_POLL_S: Final = 0.2
_CLOCKS_APART_MS: Final = 60_000
_LETTERS: Final = 1_000


class Verdict(StrEnum):
    """How a message ended."""

    STORED = "stored"
    DUPLICATE = "duplicate"
    REFUSED = "refused"
    PENDING = "pending"


@dataclass(frozen=True, slots=True)
class Sent:
    """A message that Kafka has: its position, its event_id and the time it was sent, unix ms."""

    position: Position
    event_id: str
    sent_ms: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """The verdict, the row (of a duplicate: the row of the first) and the dead letter, where there is one."""

    verdict: Verdict
    row: Row | None = None
    letter: DeadLetter | None = None


_HERE: Final = "topic = {topic:String} AND partition = {partition:UInt32}"
_ROWS: Final = "SELECT * FROM usage_events WHERE event_id = {event_id:String}"
_ROW: Final = f"{_ROWS} AND {_HERE} AND `offset` = {{offset:UInt64}} LIMIT 1"
_FIRST_ROW: Final = f"{_ROWS} ORDER BY received_at LIMIT 1"
_BATCHES: Final = f"""
SELECT count() AS batches
FROM usage_batches
WHERE {_HERE} AND batch_start <= {{offset:UInt64}} AND batch_end > {{offset:UInt64}}
    AND toUnixTimestamp64Milli(append_time_max) >= {{since_ms:Int64}}
"""  # noqa: S608  (values travel as parameters)


async def await_outcome(store: Store, kafka: KafkaAddress, dead_topic: str, sent: Sent, wait_s: float) -> Outcome:
    """Ask until the message is settled or `wait_s` seconds are over; then the verdict is PENDING.

    Raises:
        ClickHouseError: the store does not answer.
        UserError: Kafka cannot be asked for the dead letter.
    """
    end = monotonic() + wait_s
    while True:
        row = await asyncio.to_thread(stored_row, store, sent)
        if row is not None:
            return Outcome(Verdict.STORED, row)
        if await asyncio.to_thread(is_settled, store, sent):
            return await _without_row(store, kafka, dead_topic, sent)
        if monotonic() > end:
            return Outcome(Verdict.PENDING)
        await asyncio.sleep(_POLL_S)


def stored_row(store: Store, sent: Sent) -> Row | None:
    """Return the fact at the position of the message, if its batch has been written."""
    rows = store.rows(_ROW, _parameters(sent))
    return rows[0] if rows else None


def is_settled(store: Store, sent: Sent) -> bool:
    """Return whether the ledger covers the position of the message."""
    return bool(store.rows(_BATCHES, _parameters(sent))[0]["batches"])


async def _without_row(store: Store, kafka: KafkaAddress, dead_topic: str, sent: Sent) -> Outcome:
    """Settled, but perhaps its row was written after we looked for it."""
    row = await asyncio.to_thread(stored_row, store, sent)
    if row is not None:
        return Outcome(Verdict.STORED, row)
    letter = await find_letter(kafka, dead_topic, sent)
    if letter is not None:
        return Outcome(Verdict.REFUSED, letter=letter)
    first = await asyncio.to_thread(store.rows, _FIRST_ROW, _parameters(sent))
    return Outcome(Verdict.DUPLICATE, first[0] if first else None)


async def find_letter(kafka: KafkaAddress, dead_topic: str, sent: Sent) -> DeadLetter | None:
    """Return the dead letter of the message among the newest of each partition.

    Raises:
        UserError: Kafka cannot be reached.
    """
    count = await partition_count(kafka, dead_topic) or 0
    consumer = AIOKafkaConsumer(**kafka.client_options(), enable_auto_commit=False)
    try:
        async with reaching(kafka):
            await consumer.start()
            return await _search(consumer, [TopicPartition(dead_topic, number) for number in range(count)], sent)
    finally:
        await consumer.stop()


async def _search(consumer: Any, everywhere: list[TopicPartition], sent: Sent) -> DeadLetter | None:
    consumer.assign(everywhere)
    ends = await consumer.end_offsets(everywhere)
    begins = await consumer.beginning_offsets(everywhere)
    for where in everywhere:
        consumer.seek(where, max(begins[where], ends[where] - _LETTERS))
    while any([await consumer.position(where) < end for where, end in ends.items()]):
        for records in (await consumer.getmany(timeout_ms=200)).values():
            letters = (DeadLetter.from_message(record.value) for record in records)
            if found := next((letter for letter in letters if _is_of(letter, sent.position)), None):
                return found
    return None


def _is_of(letter: DeadLetter, position: Position) -> bool:
    return (letter.topic, letter.partition, letter.offset) == (position.topic, position.partition, position.offset)


def _parameters(sent: Sent) -> dict[str, Any]:
    here = sent.position
    return {
        "event_id": sent.event_id,
        "topic": here.topic,
        "partition": here.partition,
        "offset": here.offset,
        "since_ms": sent.sent_ms - _CLOCKS_APART_MS,
    }
