"""One partition in one generation: act on what the planner decides, in the order the protocol fixes.

dead letters -> facts -> rollups with the ledger row; the next commit confirms.
Source: docs/protocol.md, "Per partition".
"""

import asyncio
import logging
from collections.abc import Callable, Container
from dataclasses import dataclass, field
from functools import partial
from time import monotonic
from typing import Any, Final, ParamSpec, TypeVar

import pyarrow as pa
from faust.types import TP

from tokentide.schemas.errors import UserError
from tokentide.schemas.position import Partition, Span
from tokentide.sinks.clickhouse.errors import StoreUnreachableError, Verdict, classify
from tokentide.streams.desk import Desk
from tokentide.streams.faults import LostMembershipError, StoppedPartitionError
from tokentide.streams.member import Member
from tokentide.streams.plan import KNOWN_RULES, Plan
from tokentide.streams.planner import Limits, Planner, Record, SeekBack, choose_start
from tokentide.streams.settlement import Settlement, Step
from tokentide.streams.transforms.settle import Known, Settled
from tokentide.streams.transport import Fetch
from tokentide.streams.watermark import Standing

logger = logging.getLogger(__name__)
P = ParamSpec("P")
T = TypeVar("T")

_PASSING: Final = frozenset({Verdict.TRANSIENT, Verdict.STALE_BOOT})
_CAN_WAIT: Final = frozenset(Step) - {Step.COMMIT, Step.DECIDE}
"""Steps whose failure may pass; a refused commit ends this generation, a failing decision is a defect."""
_RETRY_FIRST_S: Final = 0.1
_RETRY_MOST_S: Final = 5.0
_WORDS_MOST: Final = 160


def _require_known(plan: Plan | None, catalogues: Container[int]) -> None:
    """A program finishes batches of the two newest versions of rules and catalogue.

    Raises:
        UserError: the plan in flight was made by a version this one does not know.
    """
    if plan is None:
        return
    for name, version, known in (
        ("rules", plan.versions.rules, KNOWN_RULES),
        ("catalogue", plan.versions.catalogue, catalogues),
    ):
        if version not in known:
            raise UserError(
                f"a batch was planned by {name} version {version}, which this program does not know: "
                "finish it with the program that planned it"
            )


@dataclass(slots=True)
class Patience:
    """Growing delays between tries."""

    delay_s: float = field(default_factory=lambda: _RETRY_FIRST_S)

    def next_s(self) -> float:
        """Return how long to wait now; twice as long the next time, up to five seconds."""
        now_s, self.delay_s = self.delay_s, min(2 * self.delay_s, _RETRY_MOST_S)
        return now_s


def _nothing() -> None:
    """No transport to tell."""


def _heard(job: "asyncio.Future[Any]") -> None:
    """Take note of how a job ended, also of one whose loop was cancelled meanwhile."""
    if not job.cancelled():
        job.exception()


@dataclass(slots=True)
class _Work:
    """One batch on its way: `settled` is set by DECIDE, `facts` are as they stand in the store."""

    settlement: Settlement
    records: list[Record]
    settled: Settled = field(init=False)
    facts: pa.RecordBatch | pa.Table = field(init=False)


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
        self._waiting_rows = 0
        self._waiting_bytes = 0
        self._member = member
        self._desk = desk
        self._limits = limits
        self._where = Partition(desk.epoch, tp.topic, tp.partition)
        self._planner: Planner
        self._known: Known
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
        try:
            await self._settle_forever()
        finally:
            if self._planner.plan is None:
                self._desk.memories.keep(self._where, self._planner.start, self._known)

    async def _settle_forever(self) -> None:
        while True:
            due_s = self._planner.due_in(monotonic())
            if due_s == 0.0 and not self._can_grow:
                await self._settle()
            else:
                await self._take(due_s)

    @property
    def _can_grow(self) -> bool:
        """Whether the next batch, though due, can take in a fetch that is here: fewer batches cost less."""
        return self._planner.plan is None and not self._planner.is_full and not self._inbox.empty()

    def hand_over(self, fetch: Fetch) -> None:
        """Take a fetch of this partition; ones of another generation are ignored."""
        if fetch.generation == self.generation:
            self._inbox.put_nowait(fetch)
            self._waiting_rows += len(fetch.records)
            self._waiting_bytes += fetch.bytes
            self._desk.tally.taken_bytes += fetch.bytes

    @property
    def standing(self) -> Standing | None:
        """How far this partition is settled, and whether anything is on its way; None until it has begun."""
        if self.confirmed < 0:
            return None
        planner = self._planner
        return Standing(planner.start, planner.position, planner.is_idle, self._known.clock_ms, planner.settled)

    @property
    def wants_rest(self) -> bool:
        """Whether enough is waiting: fetches that make a whole batch."""
        return self._waiting_rows >= self._limits.rows or self._waiting_bytes >= self._limits.bytes

    async def _begin(self) -> None:
        if (earlier := self._desk.busy.get(self.tp)) is not None:
            await asyncio.wait([earlier])
        commit = await self._member.committed(self.tp)
        ledger_end = await self._persist(self._desk.writer.ledger_end, self._where)
        log = await self._member.log_range(self.tp)  # last: a log that seems to end before the ledger stops us
        start = choose_start(self._desk.epoch, commit, ledger_end, log)
        _require_known(start.plan, self._desk.settler.catalogue.known_versions)
        self._planner = Planner.assigned(start, log, self._limits, ledger_end)
        window = start.plan.window if start.plan is not None else None
        recall = self._desk.memories.recall
        self._known = await self._persist(recall, self._where, self._planner.start, ledger_end, window)
        self.confirmed = self._planner.start
        if self._planner.needs_seek(commit):
            await self._seek(self._planner.seeks())

    async def _take(self, due_s: float | None) -> None:
        """Collect the next fetch, or rest when none comes in time."""
        try:
            async with asyncio.timeout(self._desk.idle_s if due_s is None else due_s):
                fetch = await self._inbox.get()
        except TimeoutError:
            if due_s is None:
                await self._rest()
            return
        self._waiting_rows -= len(fetch.records)
        self._waiting_bytes -= fetch.bytes
        if not self.wants_rest:
            self.on_appetite()
        seek = self._planner.collect(fetch.records, fetch.asked, fetch.seeks, monotonic())
        if seek is not None:
            self._planner.skip_deleted(await self._member.log_range(self.tp))
            await self._seek(self._planner.seeks())

    async def _seek(self, seek: SeekBack) -> None:
        self._planner.sought_at(await self._member.seek_back(self.tp, seek.offset))

    async def _rest(self) -> None:
        """Confirm the last batch when nothing follows it; look again for what was fetched and never came.

        A fetch can get lost while the group rebalances. The next one would tell, but there may be none.
        """
        if await self._member.position(self.tp) > self._planner.position and self._inbox.empty():
            await self._seek(self._planner.seeks())
            return
        start = self._planner.start
        if self._planner.is_idle and start != self._idle_committed:
            await self._commit(None)
            self._idle_committed = start

    async def _commit(self, plan: Plan | None) -> None:
        await self._member.fenced_commit(self.tp, self._planner.commit_of(plan), self.generation)

    async def _settle(self) -> None:
        """Plan, decide, write and remember one batch."""
        inherited = self._planner.plan
        plan = inherited or self._propose()
        work = _Work(Settlement.of(plan, inherited=inherited is not None), self._planner.records_of(plan))
        await self._go_on(work)
        await self._in_thread(self._known.learn, work.settled, work.facts)
        self._planner.written()
        self.confirmed = self._planner.start
        self._desk.tally.settle(len(work.records), work.settled.dead)
        if work.settled.trip is not None:
            raise StoppedPartitionError(work.settled.trip.why)

    def _propose(self) -> Plan:
        desk = self._desk
        self._planner.begin(monotonic())
        return self._planner.propose(desk.versions, desk.writer.boot, self._known.window.capacity)

    async def _go_on(self, work: "_Work") -> None:
        settlement, patience = work.settlement, Patience()
        while settlement.step is not Step.DONE:
            step = settlement.step
            self._require_membership()
            try:
                answer = await self._perform(step, work)
            except Exception as error:
                if step not in _CAN_WAIT or classify(error) not in _PASSING:
                    raise
                settlement.fail()
                await self._wait(error, patience)
            else:
                if step.asks_store:
                    self._tell(self._desk.outage.answered(monotonic()))
                settlement.advance(answer)
                self._desk.reach(step)

    async def _perform(self, step: Step, work: "_Work") -> object:
        """Do one step; return what it answered."""
        writer, plan = self._desk.writer, work.settlement.plan
        span = Span(self._where, plan.start, plan.end)
        match step:
            case Step.COMMIT:
                await self._plan(plan)
            case Step.DECIDE:
                work.settled = await self._in_thread(self._desk.settler.settle, work.records, span, self._known)
                work.facts = work.settled.facts
            case Step.BURY:
                await self._desk.dead_letters.bury(work.settled.dead)
            case Step.ASK_BOOT:
                return await self._in_thread(writer.current_boot)
            case Step.ASK_LEDGER:
                self._planner.require_ledger(await self._in_thread(writer.ledger_end, self._where))
                return await self._in_thread(writer.has_ledger, span)
            case Step.WRITE_FACTS:
                await self._in_thread(writer.write_facts, work.settled.facts, span, plan.boot)
            case Step.READ_FACTS:
                work.facts = await self._in_thread(writer.facts_of, span, None)
            case Step.WRITE_ROLLUPS:
                block = await self._in_thread(work.settled.rollups_of, work.facts)
                await self._in_thread(writer.write_rollups, block, span, plan.boot)
        return None

    async def _plan(self, plan: Plan) -> None:
        await self._commit(plan)
        self._planner.planned(plan)

    def _require_membership(self) -> None:
        if self._member.heartbeat_age_s > self._desk.session_s:
            raise LostMembershipError(f"no heartbeat for {self._member.heartbeat_age_s:.1f} s")

    async def _persist(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Ask the store until it answers, while this generation lives."""
        patience = Patience()
        while True:
            self._require_membership()
            try:
                answer = await self._in_thread(call, *args, **kwargs)
            except Exception as error:
                if classify(error) not in _PASSING:
                    raise
                await self._wait(error, patience)
            else:
                self._tell(self._desk.outage.answered(monotonic()))
                return answer

    async def _wait(self, error: Exception, patience: "Patience") -> None:
        if isinstance(error, StoreUnreachableError):
            self._tell(self._desk.outage.missed(error, monotonic()))
        else:
            words = str(error).partition("\n")[0][:_WORDS_MOST]
            self._tell(f"{self.tp.topic}/{self.tp.partition}: {words or repr(error)}; trying again")
        await asyncio.sleep(patience.next_s())

    @staticmethod
    def _tell(words: str | None) -> None:
        if words is not None:
            logger.warning("%s", words)

    async def _in_thread(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run blocking work in a thread; should this loop be cancelled, its successor waits for it."""
        loop = asyncio.get_running_loop()
        job = loop.run_in_executor(self._desk.executor, partial(call, *args, **kwargs))
        job.add_done_callback(_heard)
        self._desk.busy[self.tp] = job
        try:
            return await asyncio.shield(job)
        finally:
            if job.done() and self._desk.busy.get(self.tp) is job:
                del self._desk.busy[self.tp]
            del job  # it holds its error, whose traceback holds this frame, and the batch that was not written
