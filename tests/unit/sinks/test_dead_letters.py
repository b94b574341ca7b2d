"""The producer of dead letters: one for all partitions, and a new one after it failed."""

import asyncio
from typing import Any

import pytest
from aiokafka.errors import KafkaConnectionError, OutOfOrderSequenceNumber

from tokentide.schemas.dead_letter import DeadLetter
from tokentide.schemas.position import Partition
from tokentide.schemas.reasons import Reason
from tokentide.schemas.refusal import Refusal
from tokentide.sinks import dead_letters
from tokentide.sinks.dead_letters import DeadLetterSink

LETTER = DeadLetter.of(
    b"{",
    refusal=Refusal(0, next(iter(Reason)), "", "no JSON"),
    partition=Partition("epoch", "topic", 0),
    offset=7,
    timestamp_ms=0,
)


class Producer:
    """Stands for aiokafka's: once broken, like an idempotent one out of sequence, it refuses for ever."""

    made: list["Producer"] = []
    start_fails = False

    def __init__(self, **_: Any) -> None:
        self.sent: list[bytes] = []
        self.broken = False
        self.stopped = False
        Producer.made.append(self)

    async def start(self) -> None:
        await asyncio.sleep(0)
        if Producer.start_fails:
            raise KafkaConnectionError("no broker")

    async def stop(self) -> None:
        self.stopped = True

    async def send(self, topic: str, value: bytes, key: bytes) -> "asyncio.Future[None]":
        if self.broken:
            raise OutOfOrderSequenceNumber
        self.sent.append(key)
        answer: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        answer.set_result(None)
        return answer


@pytest.fixture(autouse=True)
def producers(monkeypatch: pytest.MonkeyPatch) -> None:
    Producer.made, Producer.start_fails = [], False
    monkeypatch.setattr(dead_letters, "AIOKafkaProducer", Producer)


async def test_partitions_that_bury_at_the_same_time_share_one_producer() -> None:
    sink = DeadLetterSink({}, "dead")
    await asyncio.gather(*(sink.bury([LETTER]) for _ in range(4)))
    assert [len(each.sent) for each in Producer.made] == [4]


async def test_a_producer_that_failed_is_replaced_at_the_next_try() -> None:
    """Otherwise the partition would wait for ever: an idempotent producer out of sequence never recovers."""
    sink = DeadLetterSink({}, "dead")
    await sink.bury([LETTER])
    Producer.made[0].broken = True
    with pytest.raises(OutOfOrderSequenceNumber):
        await sink.bury([LETTER])
    await sink.bury([LETTER])
    assert [len(each.sent) for each in Producer.made] == [1, 1]
    assert Producer.made[0].stopped


async def test_a_producer_that_could_not_start_is_closed() -> None:
    Producer.start_fails = True
    with pytest.raises(KafkaConnectionError):
        await DeadLetterSink({}, "dead").bury([LETTER])
    assert [each.stopped for each in Producer.made] == [True]
