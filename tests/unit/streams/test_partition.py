"""The partition loop: the order of writes, and what it does when they fail, the store reopens or the group moves."""

import asyncio
import gc
import weakref
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import pyarrow as pa
import pytest
from faust.types import TP

from tokentide.schemas.errors import UserError
from tokentide.schemas.position import Partition, Span
from tokentide.sinks.clickhouse.errors import StoreUnreachableError, Verdict, classify
from tokentide.streams.desk import Desk
from tokentide.streams.faults import LostMembershipError, StoppedPartitionError
from tokentide.streams.partition import PartitionLoop
from tokentide.streams.plan import Commit, Plan, Versions
from tokentide.streams.planner import Limits, LogRange
from tokentide.streams.settlement import Step
from tokentide.streams.transforms.breaker import Trip
from tokentide.streams.transport import FencedError, Fetch

HERE = TP("usage", 0)
NOW = Versions(1, 7)


@dataclass
class Kept:
    offset: int
    value: bytes | None = b"x"
    timestamp: int = 0


@dataclass
class Group:
    """A member whose coordinator does what a test says; `heard` lists the commits that got through."""

    commit: Commit | None = None
    log: LogRange = LogRange(0, 100)
    heartbeat_age_s: float = 0.0
    fenced: bool = False
    heard: list[Commit] = field(default_factory=list)
    seeks: int = 0
    fetched: int = 0

    async def fenced_commit(self, tp: TP, commit: Commit, generation: int) -> None:
        if self.fenced:
            raise FencedError
        self.heard.append(commit)

    async def committed(self, tp: TP) -> Commit | None:
        return self.commit

    async def log_range(self, tp: TP) -> LogRange:
        return self.log

    async def position(self, tp: TP) -> int:
        return self.fetched

    async def seek_back(self, tp: TP, offset: int) -> int:
        self.seeks += 1
        self.fetched = offset
        return self.seeks


class StoreDownError(Exception):
    """No numeric code: transient."""


@dataclass
class Books:
    """A store in memory that drops a token it has seen, as ClickHouse does."""

    boot: str = "b1"
    next_boot: str | None = None
    facts: dict[str, list[int]] = field(default_factory=dict)
    rollups: dict[str, list[int]] = field(default_factory=dict)
    ledger: set[tuple[int, int]] = field(default_factory=set)
    calls: list[str] = field(default_factory=list)
    failures: dict[str, int] = field(default_factory=dict)
    down: Callable[[], Exception] = StoreDownError

    def current_boot(self) -> str:
        self._fail("boot")
        self.boot = self.next_boot or self.boot
        return self.boot

    def ledger_end(self, partition: Partition) -> int | None:
        return max((end for _, end in self.ledger), default=None)

    def has_ledger(self, span: Span) -> bool:
        self.calls.append("ledger?")
        return (span.start, span.end) in self.ledger

    def write_facts(self, facts: Any, span: Span, boot: str) -> None:
        self._fail("facts")
        self.facts.setdefault(span.token(boot), facts.column("n").to_pylist())

    def write_rollups(self, block: Any, span: Span, boot: str) -> None:
        self._fail("rollups")
        self.rollups.setdefault(span.token(boot), block)
        self.ledger.add((span.start, span.end))

    def facts_of(self, span: Span, received_ms: Any = None) -> pa.Table:
        self.calls.append("read back")
        stored = next((rows for token, rows in self.facts.items() if f":{span.start}:{span.end}:" in token), [])
        return pa.table({"n": stored})

    def _fail(self, what: str) -> None:
        self.calls.append(what)
        if self.failures.get(what, 0):
            self.failures[what] -= 1
            raise self.down()


@dataclass
class Decision:
    facts: pa.RecordBatch
    trip: Trip | None = None
    dead: tuple[str, ...] = ()

    def rollups_of(self, facts: Any) -> list[int]:
        return facts.column("n").to_pylist()


class Catalogue:
    version = NOW.catalogue
    known_versions = (NOW.catalogue, NOW.catalogue - 1)


@dataclass
class Rules:
    trip: Trip | None = None
    catalogue: Any = field(default_factory=Catalogue)

    def settle(self, records: list[Kept], span: Span, known: Any) -> Decision:
        rows = pa.array([record.offset for record in records], pa.int64())
        return Decision(pa.record_batch({"n": rows}), self.trip)


class Window:
    capacity = 9


class Memory:
    window = Window()

    def __init__(self) -> None:
        self.learnt: list[list[int]] = []
        self.kept: int | None = None
        self.asked: list[int | None] = []

    def recall(self, partition: Partition, start: int, ledger_end: int | None, capacity: int | None) -> "Memory":
        self.asked.append(capacity)
        return self

    def keep(self, partition: Partition, upto: int, known: Any) -> None:
        self.kept = upto

    def learn(self, settled: Decision, facts: Any) -> None:
        self.learnt.append(facts.column("n").to_pylist())


class Morgue:
    async def bury(self, letters: Any) -> None:
        return


class Bench:
    """One loop over fakes, driven until a condition holds."""

    def __init__(self, group: Group, books: Books, rules: Rules | None = None) -> None:
        self.group, self.books, self.memory = group, books, Memory()
        self.points: list[Step] = []
        self.desk = Desk(
            writer=books,  # type: ignore[arg-type]
            dead_letters=Morgue(),  # type: ignore[arg-type]
            settler=rules or Rules(),  # type: ignore[arg-type]
            memories=self.memory,  # type: ignore[arg-type]
            executor=ThreadPoolExecutor(1),
            epoch="e",
            session_s=10.0,
            idle_s=0.01,
            reach=self.points.append,
        )
        self.loop = PartitionLoop(HERE, 4, group, self.desk, Limits(rows=3, bytes=1000, linger_s=0.01))

    def deliver(self, *offsets: int) -> None:
        self.loop.hand_over(Fetch(0, [Kept(offset) for offset in offsets], offsets[0], self.group.seeks, 4))

    async def until(self, condition: Callable[[], bool]) -> None:
        task = asyncio.create_task(self.loop.run())
        async with asyncio.timeout(5):
            while not condition() and not task.done():
                await asyncio.sleep(0.002)
        task.cancel()
        results = await asyncio.gather(task, return_exceptions=True)
        if isinstance(results[0], Exception):
            raise results[0]


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tokentide.streams.partition._RETRY_FIRST_S", 0.001)


def plan(start: int, end: int, boot: str = "b1", versions: Versions = NOW) -> Plan:
    return Plan(start, end, versions, boot, Memory.window.capacity)


async def test_a_batch_is_planned_before_it_is_written_and_confirmed_after() -> None:
    bench = Bench(Group(), Books())
    bench.deliver(0, 1, 2)

    await bench.until(lambda: len(bench.group.heard) == 2)

    assert bench.group.heard == [Commit(0, "e", plan(0, 3)), Commit(3, "e")]
    assert bench.points == [Step.COMMIT, Step.DECIDE, Step.BURY, Step.WRITE_FACTS, Step.WRITE_ROLLUPS]
    assert bench.books.facts == {"e:usage:0:0:3:b1": [0, 1, 2]}
    assert bench.books.rollups == {"e:usage:0:0:3:b1": [0, 1, 2]}
    assert bench.memory.learnt == [[0, 1, 2]]


async def test_nothing_is_written_when_the_plan_is_refused() -> None:
    bench = Bench(Group(fenced=True), Books())
    bench.deliver(0, 1, 2)

    with pytest.raises(FencedError):
        await bench.until(lambda: False)

    assert "facts" not in bench.books.calls


async def test_a_failed_write_is_tried_again_under_the_same_token() -> None:
    bench = Bench(Group(), Books(failures={"facts": 2, "rollups": 2}))
    bench.deliver(0, 1, 2)

    await bench.until(lambda: bench.loop.confirmed == 3)

    assert list(bench.books.facts) == ["e:usage:0:0:3:b1"]
    assert list(bench.books.rollups) == ["e:usage:0:0:3:b1"]
    assert [c.plan for c in bench.group.heard if c.plan] == [plan(0, 3)]


async def test_a_failed_try_keeps_nothing_in_memory() -> None:
    """Python looks for cycles rarely here: each try of an outage would keep its batch for minutes."""
    books = Books(failures={"facts": 5})
    errors: list[weakref.ref[BaseException]] = []
    original = books._fail

    def fail(what: str) -> None:
        try:
            original(what)
        except StoreDownError as error:
            errors.append(weakref.ref(error))
            raise

    books._fail = fail  # type: ignore[method-assign]
    bench = Bench(Group(), books)
    bench.deliver(0, 1, 2)
    gc.disable()
    try:
        await bench.until(lambda: bench.loop.confirmed == 3)
        assert [error() for error in errors] == [None] * 5
    finally:
        gc.enable()


async def test_a_store_that_reopened_without_the_batch_gets_it_under_a_new_plan() -> None:
    """The new boot is durable in the commit before the first write under it."""
    bench = Bench(Group(), Books(next_boot="b2", failures={"facts": 1}))
    bench.deliver(0, 1, 2)

    await bench.until(lambda: bench.loop.confirmed == 3)

    assert [c.plan for c in bench.group.heard if c.plan] == [plan(0, 3), plan(0, 3, "b2")]
    assert list(bench.books.facts) == ["e:usage:0:0:3:b2"]


async def test_a_store_that_reopened_with_the_batch_is_not_written_again() -> None:
    books = Books(next_boot="b2", failures={"rollups": 1}, facts={"e:usage:0:0:3:b1": [0, 1, 2]})
    bench = Bench(Group(), books)
    bench.deliver(0, 1, 2)
    original = books._fail

    def lose_the_answer(what: str) -> None:
        if what == "rollups" and not books.ledger:
            books.ledger.add((0, 3))
        original(what)

    books._fail = lose_the_answer  # type: ignore[method-assign]

    await bench.until(lambda: bench.loop.confirmed == 3)

    assert books.rollups == {}
    assert bench.memory.learnt == [[0, 1, 2]], "what is stored is remembered"


async def test_an_inherited_plan_is_finished_with_the_facts_that_stand() -> None:
    """The earlier writer stored other facts for the span: rollups are of those."""
    group = Group(commit=Commit(0, "e", plan(0, 3)))
    bench = Bench(group, Books(facts={"e:usage:0:0:3:b1": [0, 2]}))
    bench.deliver(0, 1, 2, 3)

    await bench.until(lambda: bench.loop.confirmed >= 3)

    assert bench.books.facts["e:usage:0:0:3:b1"] == [0, 2]
    assert bench.books.rollups["e:usage:0:0:3:b1"] == [0, 2]
    assert bench.memory.learnt[0] == [0, 2]
    assert bench.memory.asked == [9], "whoever finishes a batch judges it by the window it was planned with"


async def test_an_inherited_plan_of_an_unknown_version_stops_the_worker() -> None:
    group = Group(commit=Commit(0, "e", plan(0, 3, versions=Versions(1, 5))))
    bench = Bench(group, Books())

    with pytest.raises(UserError, match="catalogue version 5"):
        await bench.until(lambda: False)


async def test_a_worker_without_heartbeats_writes_nothing_more() -> None:
    bench = Bench(Group(), Books())
    bench.desk.reach = lambda point: setattr(bench.group, "heartbeat_age_s", 11.0)
    bench.deliver(0, 1, 2)

    with pytest.raises(LostMembershipError):
        await bench.until(lambda: False)

    assert bench.books.facts == {}


async def test_the_breaker_stops_the_partition_after_the_batch_is_whole() -> None:
    bench = Bench(Group(), Books(), Rules(trip=Trip(1, "too many refused")))
    bench.deliver(0, 1, 2)

    with pytest.raises(StoppedPartitionError, match="too many refused"):
        await bench.until(lambda: False)

    assert bench.books.ledger == {(0, 3)}


async def test_memory_outlives_the_generation_only_when_nothing_is_in_flight() -> None:
    settled = Bench(Group(), Books())
    settled.deliver(0, 1, 2)
    await settled.until(lambda: len(settled.group.heard) == 2)
    cut_short = Bench(Group(), Books(failures={"facts": 10_000}))
    cut_short.deliver(0, 1, 2)
    await cut_short.until(lambda: "facts" in cut_short.books.calls)

    assert settled.memory.kept == 3
    assert cut_short.memory.kept is None


async def test_fetches_of_another_generation_are_ignored() -> None:
    bench = Bench(Group(), Books())
    bench.loop.hand_over(Fetch(0, [Kept(0)], 0, 0, generation=3))

    assert not bench.loop.wants_rest


async def test_a_batch_that_is_due_takes_in_what_waits_already() -> None:
    """A full batch leaves a remainder that is old at once: alone it would be a batch of its own."""
    bench = Bench(Group(), Books())
    bench.deliver(0, 1, 2, 3)
    bench.deliver(4, 5)

    await bench.until(lambda: bench.loop.confirmed == 6)

    assert bench.books.ledger == {(0, 3), (3, 6)}


async def test_fetching_rests_while_a_whole_batch_waits() -> None:
    bench = Bench(Group(), Books())
    bench.deliver(0, 1)
    enough = bench.loop.wants_rest
    bench.deliver(2)

    assert not enough
    assert bench.loop.wants_rest


async def test_a_start_behind_the_commit_seeks_there_first() -> None:
    """The ledger is behind the commit (power loss): what it lacks is read again."""
    group = Group(commit=Commit(8, "e"))
    bench = Bench(group, Books(ledger={(0, 5)}))
    await bench.until(lambda: group.seeks == 1)
    bench.deliver(5, 6, 7)

    assert bench.loop.confirmed == 5


async def test_a_fetch_that_got_lost_is_fetched_again_though_none_follows_it() -> None:
    """Found by a stalled worker: what the rebalance swallowed at the end of the traffic waited for more traffic."""
    group = Group(fetched=3)
    bench = Bench(group, Books())
    await bench.until(lambda: group.seeks == 1)
    bench.deliver(0, 1, 2)
    await bench.until(lambda: bench.loop.confirmed == 3)

    assert group.fetched == 0


def test_a_store_that_does_not_answer_is_waited_for() -> None:
    """Found by killing the store under two workers: one met it while connecting and gave up."""
    assert classify(StoreUnreachableError("nothing answers")) is Verdict.TRANSIENT
    assert classify(UserError("the server refuses this password")) is Verdict.PERMANENT


async def test_an_outage_is_told_once_and_once_that_it_is_over(caplog: pytest.LogCaptureFixture) -> None:
    words = "store here: nothing answers at here:1 (connection refused)"
    down = partial(StoreUnreachableError, words, "store here")
    bench = Bench(Group(), Books(failures={"facts": 1, "boot": 4, "rollups": 1}, down=down))
    bench.deliver(0, 1, 2)
    await bench.until(lambda: bench.loop.confirmed == 3)

    told = [record.getMessage() for record in caplog.records if record.name.startswith("tokentide")]
    # After the facts came through the rollups met another outage.
    assert [line.partition(":")[0] for line in told] == ["store here"] * 4
    assert told[0].startswith("store here: nothing answers at here:1 (connection refused): check that it runs")
    assert "TOKENTIDE_STORE" in told[0]
    assert told[1] == "store here: reached again after 0 s"
    assert bench.books.facts == {"e:usage:0:0:3:b1": [0, 1, 2]}


async def test_another_failure_is_told_at_every_try(caplog: pytest.LogCaptureFixture) -> None:
    bench = Bench(Group(), Books(failures={"facts": 3}, down=partial(StoreDownError, "memory is short\nstack")))
    bench.deliver(0, 1, 2)
    await bench.until(lambda: bench.loop.confirmed == 3)

    told = [record.getMessage() for record in caplog.records if record.name.startswith("tokentide")]
    assert told == ["usage/0: memory is short; trying again"] * 3
