"""A simulated worker: interprets the real Planner and Settlement as `streams/partition.py` does.

The loop is a generator: each `yield` is a place where the real loop awaits, so where others may act,
the process be killed or stopped, and the loop cancelled.
"""

from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, TypeVar

from model.decision import HERE, Decision, Memory, decide
from model.group import FencedError, Request, UnknownOutcomeError
from model.log import Message
from model.store import Fact, LedgerMismatchError, LedgerRow, Part, StaleBootError, StoreDownError, Token, levels_of

from tokentide.streams import planner as planner_code
from tokentide.streams import settlement as settlement_code
from tokentide.streams.plan import Plan, Versions
from tokentide.streams.planner import LedgerBehindError, Limits, Planner, SeekBack
from tokentide.streams.settlement import Settlement, Step

if TYPE_CHECKING:
    from model.world import World

LIMITS: Final = Limits(rows=6, bytes=150, linger_s=3.0)
VERSIONS: Final = Versions(1, 1)
T = TypeVar("T")
Loop = Generator[Request, Any, None]


class LostMembershipError(Exception):
    """Heartbeats stopped: exit 70."""


@dataclass(slots=True)
class Work:
    """One batch on its way: `decision` is set by DECIDE, `facts` are as they stand in the store."""

    settlement: Settlement
    planner: Planner
    memory: Memory
    decision: Decision = field(init=False)
    facts: list[Fact] = field(default_factory=list)

    def decide(self, plan: Plan, world: "World") -> None:
        """Judge the records that the plan settles."""
        records: list[Any] = self.planner.records_of(plan)
        self.decision = decide(plan, records, self.memory, world.wall_clock(), world.met)
        self.facts = self.decision.facts


@dataclass(slots=True)
class Worker:
    """One process: its place in the group, its consumer, its memory, its loop."""

    name: str
    world: "World"
    capacity: int
    member: int | None = None
    generation: int = -1
    position: int = 0
    seeks: int = 0
    boot: str = ""
    alive: bool = True
    paused: bool = False
    loop: Loop | None = None
    waiting: Request | None = None
    fetching: tuple[int, int] | None = None
    inbox: list[tuple[int, list[Message]]] = field(default_factory=list)
    busy: Request | None = None
    kept: tuple[int, Memory] | None = None
    idle_committed: int = -1

    # Driven by the world.

    def assigned(self, generation: int) -> None:
        """Begin the loop of a new generation; Faust seeks to the commit, and counts that as seeks."""
        self.revoked()
        self.generation = generation
        self.seeks += 1
        commit = self.world.group.read()
        self.position = commit.offset if commit is not None else self.world.log.begin
        self.seeks += 1
        self.loop = self.run()
        self.go_on()

    def revoked(self) -> None:
        """Cancel the loop; what it fetched is dropped."""
        if self.loop is not None:
            self.loop.close()
        self.loop, self.waiting, self.fetching, self.inbox = None, None, None, []

    def go_on(self) -> None:
        """Resume the loop with what it waited for."""
        if self.loop is None:
            return
        waiting, self.waiting = self.waiting, None
        try:
            if waiting is None:
                self.waiting = next(self.loop)
            elif waiting.error is not None:
                self.waiting = self.loop.throw(waiting.error)
            else:
                self.waiting = self.loop.send(waiting.value)
        except FencedError:
            self.loop = None
            self.world.note(f"{self.name} fenced")
        except UnknownOutcomeError:
            self.loop = None
            self.world.unknown_outcome(self)
        except (LostMembershipError, LedgerBehindError, LedgerMismatchError) as error:
            self.world.note(f"{self.name} exits 70: {type(error).__name__}")
            if isinstance(error, LedgerBehindError):
                self.world.meet("ledger went back under a live worker")
            self.world.kill(self)
        except StopIteration:
            raise AssertionError("a loop never ends by itself") from None

    def begin_fetch(self) -> None:
        self.fetching = (self.position, self.seeks)

    def end_fetch(self, most: int, *, lose: bool) -> None:
        """Hand over a fetch; one begun before a seek is stale, one lost lets the next begin too late."""
        if self.fetching is None:
            return
        (position, seeks), self.fetching = self.fetching, None
        records = self.world.log.read(position, most)
        if not records:
            return
        if seeks != self.seeks:
            self.world.meet("stale fetch")
        if seeks == self.seeks:
            self.position = records[-1].offset + 1
        if lose:
            return
        asked = max(
            position, self.world.log.begin
        )  # what expired is not asked for: the driver begins at the first left
        self.inbox.append((seeks, asked, records))

    # The loop.

    def run(self) -> Loop:
        """Settle batch after batch, as PartitionLoop.run."""
        world = self.world
        if self.busy is not None and not self.busy.ready:
            yield from self._outlive(self.busy)
        commit = yield from self._ask(world.group.read)
        ledger_end = yield from self._persist(world.store.ledger_end)
        log = yield from self._ask(world.log_range)
        start = planner_code.choose_start(HERE.epoch, commit, ledger_end, log)
        planner = Planner.assigned(start, log, LIMITS, ledger_end)
        memory = yield from self._persist(lambda: self._recall(planner, ledger_end))
        world.began(self, start)
        try:
            if planner.needs_seek(commit):
                yield from self._seek(planner, planner.seeks())
            while True:
                yield from self._turn(planner, memory)
        finally:
            if planner.plan is None:
                self.kept = (planner.start, memory)

    def _turn(self, planner: Planner, memory: Memory) -> Loop:
        due = planner.due_in(self.world.now)
        if due == 0.0:
            yield from self._settle(planner, memory)
            return
        yield self.world.tick()
        if not self.inbox:
            yield from self._rest(planner)
            return
        seeks, asked, records = self.inbox.pop(0)
        seek = planner.collect(records, asked, seeks, self.world.now)
        if seek is not None:
            self.world.meet("fetch begins too late")
            planner.skip_deleted((yield from self._ask(self.world.log_range)))
            yield from self._seek(planner, planner.seeks())

    def _rest(self, planner: Planner) -> Loop:
        if planner.is_idle and planner.start != self.idle_committed:
            yield self.world.send_commit(self, planner.commit_of(None))
            self.idle_committed = planner.start

    def _seek(self, planner: Planner, seek: SeekBack) -> Loop:
        yield self.world.tick()
        self.position = seek.offset
        self.seeks += 1
        planner.sought_at(self.seeks)

    def _settle(self, planner: Planner, memory: Memory) -> Loop:
        inherited = planner.plan
        plan = inherited or planner.propose(VERSIONS, self.boot, memory.capacity)
        settlement = settlement_code.Settlement.of(plan, inherited=inherited is not None)
        facts = yield from self._go_on(settlement, planner, memory)
        for fact in facts:
            memory.add(fact.event, fact.payload)
        planner.written()

    def _go_on(self, settlement: Settlement, planner: Planner, memory: Memory) -> Generator[Request, Any, list[Fact]]:
        work = Work(settlement, planner, memory)
        while settlement.step is not Step.DONE:
            self._require_membership()
            try:
                answer = yield from self._perform(work, settlement.plan)
            except (StoreDownError, StaleBootError):
                settlement.fail()
                yield self.world.tick()
            else:
                settlement.advance(answer)
        return work.facts

    def _perform(self, work: "Work", plan: Plan) -> Generator[Request, Any, object]:
        """Do one step, as PartitionLoop._perform."""
        store = self.world.store
        match work.settlement.step:
            case Step.COMMIT:
                yield self.world.send_commit(self, work.planner.commit_of(plan))
                work.planner.planned(plan)
            case Step.DECIDE:
                work.decide(plan, self.world)
            case Step.BURY:
                yield self.world.tick()
            case Step.ASK_BOOT:
                self.boot = yield from self._query(lambda: store.boot)
                return self.boot
            case Step.ASK_LEDGER:
                work.planner.require_ledger((yield from self._query(store.ledger_end)))
                return (yield from self._query(lambda: store.has_ledger(plan.start, plan.end)))
            case Step.WRITE_FACTS:
                yield from self._insert(plan, _fact_parts(work.decision.facts, self.world.token(plan)))
            case Step.READ_FACTS:
                work.facts = yield from self._query(lambda: store.facts_of(plan.start, plan.end))
            case Step.WRITE_ROLLUPS:
                yield from self._insert(plan, self._rollup_parts(plan, work.decision, work.facts))
        return None

    def _rollup_parts(self, plan: Plan, decision: Decision, facts: list[Fact]) -> list[Part]:
        token, ledger = self.world.token(plan), decision.ledger_of(facts)
        parts = [
            Part(level, day, token, rows) for level, days in levels_of(facts).items() for day, rows in days.items()
        ]
        dead = sum(ledger.dead.values())
        row = LedgerRow(plan.start, plan.end, ledger.stored, ledger.duplicates, dead, ledger.dropped)
        parts.append(Part("ledger", 0, token, (row,)))
        self.world.rng.shuffle(parts)
        return parts

    def _insert(self, plan: Plan, parts: list[Part]) -> Loop:
        if not parts:
            return
        request = self.world.send_insert(self, Token(self.world.token(plan), plan.start, plan.end, plan.boot), parts)
        self.busy = request
        yield request

    def _ask(self, question: Callable[[], T]) -> Generator[Request, Any, T]:
        """Ask Kafka; the answer is of the moment the loop goes on."""
        yield self.world.tick()
        return question()

    def _query(self, question: Callable[[], T]) -> Generator[Request, Any, T]:
        yield self.world.tick()
        self.world.store.require_up()
        return question()

    def _persist(self, question: Callable[[], T]) -> Generator[Request, Any, T]:
        while True:
            self._require_membership()
            try:
                return (yield from self._query(question))
            except StoreDownError:
                yield self.world.tick()

    def _outlive(self, earlier: Request) -> Loop:
        while not earlier.ready:
            yield self.world.tick()

    def _recall(self, planner: Planner, ledger_end: int | None) -> Memory:
        (upto, memory), self.kept = self.kept or (-1, None), None
        planned = planner.plan.window if planner.plan is not None else None
        holds = planner_code.memory_holds(upto, planner.start, ledger_end)
        if memory is not None and holds and planned in (None, memory.capacity):
            return memory
        restored = Memory(planned or self.capacity)
        for event, payload in self.world.store.accepted_before(planner.start, restored.capacity):
            restored.add(event, payload)
        return restored

    def _require_membership(self) -> None:
        if not self.world.heartbeat_is_fresh(self):
            raise LostMembershipError


def _fact_parts(facts: list[Fact], token: str) -> list[Part]:
    days: dict[int, list[Fact]] = {}
    for fact in facts:
        days.setdefault(fact.day, []).append(fact)
    return [Part("facts", day, token, tuple(rows)) for day, rows in days.items()]
