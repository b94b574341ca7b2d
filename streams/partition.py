"""One partition in one generation: act on what the planner decides, in the order the protocol fixes.

dead letters -> facts -> rollups with the ledger row; the next commit confirms.
Source: docs/protocol.md, "Per partition".
"""

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass, field
from time import monotonic
from typing import Any, Final, ParamSpec, Protocol, TypeVar

import pyarrow as pa
from faust.types import TP

from tokentide.schemas.position import Partition, Span
from tokentide.sinks.clickhouse.errors import TransientSinkError
from tokentide.sinks.clickhouse.writer import Writer
from tokentide.sinks.dead_letters import DeadLetterSink
from tokentide.streams.faults import FaultPoint, LostMembershipError, StoppedPartitionError, never
from tokentide.streams.memory import Memory, MemoryKeeper
from tokentide.streams.plan import RULES, Commit, Plan, Versions
from tokentide.streams.planner import Limits, LogRange, Planner, choose_start
from tokentide.streams.transforms.settle import Settled, Settler
from tokentide.streams.transport import Fetch

logger = logging.getLogger(__name__)
P = ParamSpec("P")
T = TypeVar("T")

_RETRY_FIRST_S: Final = 0.1
_RETRY_MOST_S: Final = 5.0


def _nothing() -> None:
    """No transport to tell."""


class Member(Protocol):
    """This worker's place in the consumer group; `transport.Consumer` is one."""

    @property
    def heartbeat_age_s(self) -> float:
        """Seconds since the coordinator last acknowledged this member."""

    async def fenced_commit(self, tp: TP, commit: Commit, generation: int) -> None:
        """Commit once in this generation, or raise FencedError."""

    async def committed(self, tp: TP) -> Commit | None:
        """Read back what the group committed."""

    async def log_range(self, tp: TP) -> LogRange:
        """Ask which offsets the broker has."""

    async def seek_back(self, tp: TP, offset: int) -> int:
        """Fetch from `offset` on; return the seek count that proves it."""


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

    @property
    def versions(self) -> Versions:
        """The versions new batches are decided by."""
        return Versions(RULES, self.settler.catalogue.version)


class PartitionLoop:
    """Carries one partition from assignment to revocation.

    Fetches are handed over without waiting; `wants_rest` tells the transport to stop fetching this
    partition for a while, so memory stays bounded while the store is slow or down.
    """

    def __init__(self, tp: TP, generation: int, member: Member, desk: Desk, limits: Limits) -> None:
        self.tp = tp
        self.generation = generation
        self.confirmed = -1
        self.on_appetite: Callable[[], None] = _nothing
        self._inbox: asyncio.Queue[Fetch] = asyncio.Queue()
        self._member = member
        self._desk = desk
        self._limits = limits
        self._where = Partition(desk.epoch, tp.topic, tp.partition)
        self._planner: Planner
        self._memory: Memory
        self._idle_committed = -1

    async def run(self) -> None:
        """Settle batch after batch until cancelled, fenced or stopped.

        Raises:
            FencedError: the group moved on; wait for the next assignment.
            LostMembershipError: this process may be a zombie.
            StoppedPartitionError: the breaker of dead letters opened.
            UserError: the log or the plan is one this worker cannot continue.
        """
        await self._begin()
        while True:
            due_s = self._planner.due_in(monotonic())
            if due_s == 0.0:
                await self._settle()
            else:
                await self._take(due_s)

    def hand_over(self, fetch: Fetch) -> None:
        """Take a fetch of this partition; ones of another generation are ignored."""
        if fetch.generation == self.generation:
            self._inbox.put_nowait(fetch)

    @property
    def wants_rest(self) -> bool:
        """Whether enough is waiting: one fetch unread, or a whole batch buffered."""
        return not self._inbox.empty()

    async def _begin(self) -> None:
        if (earlier := self._desk.busy.pop(self.tp, None)) is not None:
            await asyncio.wait([earlier])
        commit = await self._member.committed(self.tp)
        log = await self._member.log_range(self.tp)
        ledger_end = await self._persist(self._desk.writer.ledger_end, self._where)
        start = choose_start(self._desk.epoch, commit, ledger_end, log)
        self._desk.settler.require_known(start.plan)
        self._planner = Planner.assigned(start, log, self._limits)
        self._memory = await self._persist(self._desk.memories.recall, self._where, self._planner.start)
        self.confirmed = self._planner.start
        if commit is None or commit.offset != self._planner.position:
            await self._seek(self._planner.position)

    async def _take(self, due_s: float | None) -> None:
        """Collect the next fetch, or rest when none comes in time."""
        try:
            async with asyncio.timeout(self._desk.idle_s if due_s is None else due_s):
                fetch = await self._inbox.get()
        except TimeoutError:
            await self._rest()
            return
        if self._inbox.empty():
            self.on_appetite()
        seek = self._planner.collect(fetch.records, fetch.seeks, monotonic())
        if seek is not None:
            await self._seek(seek.offset)

    async def _seek(self, offset: int) -> None:
        self._planner.sought = offset
        self._planner.sought_at(await self._member.seek_back(self.tp, offset))

    async def _rest(self) -> None:
        """Confirm the last batch when nothing follows it."""
        start = self._planner.start
        if self._planner.plan is None and not self._planner.buffer and start != self._idle_committed:
            await self._commit(None)
            self._idle_committed = start

    async def _commit(self, plan: Plan | None) -> None:
        await self._member.fenced_commit(self.tp, self._planner.commit_of(plan), self.generation)

    async def _settle(self) -> None:
        """Plan, decide, write and remember one batch."""
        inherited = self._planner.plan is not None
        if not inherited:
            await self._plan(self._planner.propose(self._desk.versions, self._desk.writer.boot))
        batch = self._planner.batch()
        settled = await self._in_thread(self._desk.settler.settle, batch, self._where, self._memory)
        await self._persist_async(lambda: self._desk.dead_letters.bury(settled.dead))
        self._desk.reach("dead_letters_written")
        facts = await self._write(settled, inherited)
        self._desk.memories.remember(self._memory, facts, batch)
        self._planner.written()
        self.confirmed = self._planner.start
        if (why := self._memory.breaker_trips(settled)) is not None:
            raise StoppedPartitionError(f"{self.tp.topic}/{self.tp.partition}: {why}")

    async def _plan(self, plan: Plan) -> None:
        await self._commit(plan)
        self._planner.planned(plan)
        self._desk.reach("planned")

    async def _write(self, settled: Settled, inherited: bool) -> pa.RecordBatch | pa.Table:
        """Write facts, then rollups, until both are acknowledged; return the facts as stored."""
        check_boot = inherited
        delay_s = _RETRY_FIRST_S
        while True:
            self._require_membership()
            try:
                if check_boot and await self._is_settled_elsewhere():
                    return await self._in_thread(self._desk.writer.facts_of, self._span())
                return await self._write_once(settled, inherited)
            except TransientSinkError as error:
                logger.warning("%s/%d: %s; trying again", self.tp.topic, self.tp.partition, error)
            check_boot = True
            await asyncio.sleep(delay_s)
            delay_s = min(2 * delay_s, _RETRY_MOST_S)

    async def _is_settled_elsewhere(self) -> bool:
        """After a reopening of the store: is the batch in? If not, re-plan it under the new boot first.

        The store was repaired before it opened, so a ledger row means a whole batch, none means nothing.
        """
        boot = await self._in_thread(self._desk.writer.current_boot)
        plan = self._planner.plan
        if plan is None or boot == plan.boot:
            return False
        if await self._in_thread(self._desk.writer.has_ledger, self._span()):
            return True
        await self._plan(Plan(plan.start, plan.end, plan.versions, boot))
        return False

    async def _write_once(self, settled: Settled, inherited: bool) -> pa.RecordBatch | pa.Table:
        writer, span, boot = self._desk.writer, self._span(), self._planner.in_flight.boot
        facts: pa.RecordBatch | pa.Table = settled.facts
        await self._in_thread(writer.write_facts, facts, span, boot)
        self._desk.reach("facts_written")
        block = settled.rollups
        if inherited:  # another version may have decided: its facts stand
            facts = await self._in_thread(writer.facts_of, span)
            block = await self._in_thread(self._desk.settler.rollups_of, facts, settled)
        await self._in_thread(writer.write_rollups, block, span, boot)
        self._desk.reach("rollups_written")
        return facts

    def _span(self) -> Span:
        plan = self._planner.in_flight
        return Span(self._where, plan.start, plan.end)

    def _require_membership(self) -> None:
        if self._member.heartbeat_age_s > self._desk.session_s:
            raise LostMembershipError(f"no heartbeat for {self._member.heartbeat_age_s:.1f} s")

    async def _persist(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Ask the store until it answers; this generation's cancellation ends the asking."""
        return await self._persist_async(lambda: self._in_thread(call, *args, **kwargs))

    async def _persist_async(self, attempt: Callable[[], Any]) -> Any:
        delay_s = _RETRY_FIRST_S
        while True:
            try:
                return await attempt()
            except TransientSinkError as error:
                logger.warning("%s/%d: %s; trying again", self.tp.topic, self.tp.partition, error)
            self._require_membership()
            await asyncio.sleep(delay_s)
            delay_s = min(2 * delay_s, _RETRY_MOST_S)

    async def _in_thread(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run blocking work in a thread; should this loop be cancelled, its successor waits for it."""
        job = asyncio.get_running_loop().run_in_executor(self._desk.executor, lambda: call(*args, **kwargs))
        self._desk.busy[self.tp] = job
        result = await asyncio.shield(job)
        if self._desk.busy.get(self.tp) is job:
            del self._desk.busy[self.tp]
        return result
