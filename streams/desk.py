"""What all partition loops of a worker share: the store, the rules, the threads, the counts."""

import asyncio
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import Executor
from dataclasses import dataclass, field
from typing import Any

from faust.types import TP

from tokentide.schemas.dead_letter import DeadLetter
from tokentide.sinks.clickhouse.writer import Writer
from tokentide.sinks.dead_letters import DeadLetterSink
from tokentide.streams.faults import FaultPoint, never
from tokentide.streams.memory import MemoryKeeper
from tokentide.streams.outage import Outage
from tokentide.streams.plan import RULES, Versions
from tokentide.streams.transforms.settle import Settler


@dataclass(slots=True)
class Tally:
    """What this worker has done since it started: bytes fetched, messages settled, dead letters by reason."""

    taken_bytes: int = 0
    settled: int = 0
    dead: Counter[str] = field(default_factory=Counter)

    def settle(self, messages: int, dead: Iterable[DeadLetter]) -> None:
        """Count a batch that is written."""
        self.settled += messages
        self.dead.update(letter.reason.value for letter in dead)


@dataclass(slots=True)
class Desk:
    """What all partition loops of a worker share.

    `epochs` names the incarnation of each topic; `busy` holds writes that outlived their loop.
    """

    writer: Writer
    dead_letters: DeadLetterSink
    settler: Settler
    memories: MemoryKeeper
    executor: Executor
    epoch: str
    session_s: float
    idle_s: float = 1.0
    reach: FaultPoint = never
    busy: dict[TP, "asyncio.Future[Any]"] = field(default_factory=dict)
    tally: Tally = field(default_factory=Tally)
    outage: Outage = field(default_factory=Outage)

    @property
    def versions(self) -> Versions:
        """The versions new batches are decided by."""
        return Versions(RULES, self.settler.catalogue.version)
