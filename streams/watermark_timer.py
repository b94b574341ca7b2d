"""Every few seconds, record how far the partitions of this worker are settled."""

import logging
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Final, Protocol

from faust.types import TP

from tokentide.schemas.position import Partition
from tokentide.sinks.clickhouse.boots import refresh_boot
from tokentide.sinks.clickhouse.errors import StoreUnreachableError, Verdict, classify
from tokentide.sinks.clickhouse.store import Store
from tokentide.sinks.clickhouse.watermark_rows import record_watermarks
from tokentide.sinks.clickhouse.writer import Writer
from tokentide.streams.desk import Desk
from tokentide.streams.partition import PartitionLoop
from tokentide.streams.planner import LedgerBehindError
from tokentide.streams.threads import Threads
from tokentide.streams.watermark import Mark, Standing, news, observe, was_early

logger = logging.getLogger(__name__)

INTERVAL_S: Final = 10.0
_PASSING: Final = frozenset({Verdict.TRANSIENT, Verdict.STALE_BOOT})

Loops = Mapping[TP, PartitionLoop]


class Member(Protocol):
    """This worker's place in the group; `transport.Consumer` is one."""

    @property
    def heartbeat_age_s(self) -> float:
        """Seconds since the coordinator last acknowledged this member."""

    async def end_offsets(self, tps: Iterable[TP]) -> dict[TP, int]:
        """Ask for the offset that the next record of each partition will get."""


def wall_ms() -> int:
    """Return our clock, unix ms."""
    return time.time_ns() // 1_000_000


class WatermarkTimer:
    """Observes the loops of this worker and records what is new.

    Args:
        store: where the rows go.
        desk: names the log's epoch, and the silence after which another worker may own our partitions.
        loops: the partitions of the current generation.
        member: this worker's place in the group.
        threads: where the store is waited for.
        now_ms: our clock, unix ms.
    """

    def __init__(
        self,
        store: Store,
        desk: Desk,
        loops: Callable[[], Loops],
        member: Callable[[], Member],
        threads: Threads,
        now_ms: Callable[[], int] = wall_ms,
    ) -> None:
        self._store = store
        self._desk = desk
        self._loops = loops
        self._member = member
        self._threads = threads
        self._now_ms = now_ms
        self._boot = store.boot
        self._recorded: dict[TP, Mark] = {}

    @property
    def settled_ms(self) -> Mapping[int, int]:
        """Up to which append time each partition of this worker is on record as settled, unix ms."""
        return {tp.partition: mark.append_ms for tp, mark in self._recorded.items()}

    async def tick(self) -> None:
        """Record what can be said now; a store or broker that does not answer is asked again the next time.

        Raises:
            LedgerBehindError: the store was opened anew and lacks what this worker wrote: begin again. Exit 70.
        """
        try:
            await self._tick()
        except LedgerBehindError:
            raise
        except Exception as error:
            if classify(error) not in _PASSING:
                raise
            self._tell(error)

    def _tell(self, error: Exception) -> None:
        """Tell why nothing was recorded; of an outage, only if no partition has met it yet."""
        if not isinstance(error, StoreUnreachableError):
            logger.info("watermarks are not recorded now: %s", str(error).partition("\n")[0][:160])
        elif words := self._desk.outage.missed(error, time.monotonic()):
            logger.warning("%s", words)

    async def _tick(self) -> None:
        await self._require_ledger()
        marks = await self._observed()
        if marks and self._member().heartbeat_age_s <= self._desk.session_s:
            await self._record(marks)

    async def _observed(self) -> dict[TP, Mark]:
        """Ask how far the log goes where nothing is on its way; elsewhere what is written says enough."""
        loops, asked_ms = dict(self._loops()), self._now_ms()
        idle = [tp for tp, loop in loops.items() if loop.standing is not None and loop.standing.idle]
        ends = await self._member().end_offsets(idle) if idle else {}
        marks = {}
        for tp, loop in loops.items():
            standing = loop.standing
            if standing is not None and self._loops().get(tp) is loop:
                self._warn_if_early(tp, standing)
                marks[tp] = observe(tp.partition, standing, ends.get(tp), asked_ms)
        return {tp: mark for tp, mark in marks.items() if mark is not None}

    def _warn_if_early(self, tp: TP, standing: Standing) -> None:
        recorded = self._recorded.get(tp)
        if was_early(standing, recorded):
            logger.warning(
                "%s/%d: records came with append times from before what was called settled; "
                "the clocks of Kafka and this worker differ by more than the margin, or its producers set the time",
                tp.topic,
                tp.partition,
            )

    async def _record(self, marks: Mapping[TP, Mark]) -> None:
        known = {tp.partition: mark.append_ms for tp, mark in self._recorded.items()}
        fresh = news(marks.values(), known)
        if fresh:
            topic = next(iter(marks)).topic
            await self._threads.run(record_watermarks, self._store, self._desk.epoch, topic, fresh, self._boot)
            self._recorded = {**self._recorded, **marks}

    async def _require_ledger(self) -> None:
        """When the store was opened anew, look whether it still has what was written: an idle loop would not."""
        boot = await self._threads.run(refresh_boot, self._store)
        if boot == self._boot:
            return
        for tp, loop in self._loops().items():
            written = loop.standing.ledger_end if loop.standing is not None else None
            where = Partition(self._desk.epoch, tp.topic, tp.partition)
            end = await self._threads.run(Writer(self._store).ledger_end, where)
            if written is not None and (end is None or end < written):
                raise LedgerBehindError(f"the ledger ends at {end}, but batches up to {written} were written")
        self._boot, self._recorded = boot, {}
