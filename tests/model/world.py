"""One seeded interleaving: publisher, workers, group, store and every fault, one small step at a time."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from model.group import CommitRequest, Group, Request, UnknownOutcomeError
from model.log import DAY, Log
from model.oracle import Violation, check
from model.store import Insert, Part, StaleBootError, Store, StoreDownError, Token
from model.worker import HERE, Worker

from tokentide.schemas.position import Span
from tokentide.streams.plan import Commit, Plan
from tokentide.streams.planner import LogRange

STEPS: Final = 220
DRAIN_STEPS: Final = 3000

_AT_ONCE: Final = Request(ready=True)


@dataclass(frozen=True, slots=True)
class Setting:
    """What an interleaving is made of; drawn from its seed."""

    kind: str
    capacities: tuple[int, int]
    events: int
    faults: float
    retention: bool
    holes: bool
    static: bool
    power: bool
    reset: bool
    lenient: bool

    @classmethod
    def drawn(cls, rng: random.Random) -> "Setting":
        kind = rng.choice(("embedded", "shared", "server"))
        narrow = rng.choice((2, 4, 8, 20))
        wide = narrow if rng.random() < 0.6 else narrow * 3
        return cls(
            kind,
            (narrow, wide),
            events=rng.choice((3, 8, 30)),
            faults=rng.choice((0.5, 1.0, 2.0)),
            retention=rng.random() < 0.25,
            holes=rng.random() < 0.3,
            static=rng.random() < 0.3,
            power=kind != "server" and rng.random() < 0.2,
            reset=rng.random() < 0.1,
            lenient=rng.random() < 0.3,
        )


class World:
    """Runs one seed. `trace` collects readable steps when asked for."""

    def __init__(self, seed: int, *, trace: bool = False) -> None:
        self.seed = seed
        self.rng = random.Random(seed)  # noqa: S311  (reproducible, not secret)
        self.setting = Setting.drawn(self.rng)
        self.trace: list[str] | None = [] if trace else None
        self.now = DAY - 40
        self.log = Log(self.rng, self.setting.events)
        self.group = Group(self.commit_applied)
        self.store = Store(self.setting.kind, self.rng, self.part_applied, self.meet)
        self.workers: list[Worker] = []
        self.born = 0
        self.calm = False
        self.first_start: int | None = None
        self.committed = -1
        self.went_back = False
        self.written = 0
        self.windows: dict[tuple[int, int], int] = {}
        self.plans: set[tuple[int, int, str]] = set()
        self.met: set[str] = set()
        self.strict = True
        if self.setting.static:
            self.met.add("static member")

    # Driving.

    def run(self) -> "World":
        """Interleave, settle, check.

        Raises:
            Violation: the protocol was broken; says how.
        """
        actions = self._actions()
        names = [name for name, _, _ in actions]
        weights = [weight for _, weight, _ in actions]
        table = {name: act for name, _, act in actions}
        for name in self.rng.choices(names, weights, k=STEPS):
            self.now += 1
            table[name]()
        self._settle()
        check(self)
        return self

    def _actions(self) -> list[tuple[str, float, Callable[[], None]]]:
        setting, f = self.setting, self.setting.faults
        actions: list[tuple[str, float, Callable[[], None]]] = [
            ("publish", 8, self.publish),
            ("step", 40, self.step_any),
            ("fetch", 12, self.fetch_any),
            ("deliver", 25, self.deliver_any),
            ("unanswered", 1.5 * f, self.unanswered),
            ("kill", 0.5 * f, self.kill_any),
            ("stop", 0.4 * f, self.stop_any),
            ("pause", 0.5 * f, self.pause_any),
            ("resume", 1.0, self.resume_any),
            ("expire member", 0.6, self.expire_member),
            ("rebalance", 0.5 * f, self.rebalance),
            ("join", 2.0, self.join_any),
            ("start worker", 1.5, self.start_worker),
        ]
        if setting.kind == "shared":
            actions += [("kill store", 0.7 * f, self.kill_store), ("stop store", 0.3 * f, self.stop_store)]
            actions += [("open store", 4.0, self.open_store)]
        if setting.kind == "server":
            actions += [("store down", 0.4 * f, self.store_down), ("open store", 4.0, self.store_back)]
        if setting.power:
            actions += [("power", 0.4 * f, self.lose_power)]
        if setting.retention:
            actions += [("retention", 1.0, self.expire_log)]
        if setting.reset:
            actions += [("reset", 1.0, self.reset_offsets)]
        return actions

    def meet(self, what: str) -> None:
        self.met.add(what)

    def note(self, what: str) -> None:
        if self.trace is not None:
            self.trace.append(f"{self.now:4d} {what}")

    # Requests.

    def tick(self) -> Request:
        return _AT_ONCE

    def send_commit(self, worker: Worker, commit: Commit) -> Request:
        reply = Request()
        member = worker.member if worker.member is not None else -1
        request = CommitRequest(member, worker.generation, commit.offset, commit.metadata(), reply)
        self.group.in_flight.append(request)
        if commit.plan is not None:
            key = (commit.plan.start, commit.plan.end)
            if key in self.windows:
                self.meet("plan moved to another boot")
            self.windows.setdefault(key, worker.capacity)
        self.note(f"{worker.name} sends commit {commit.offset} {commit.plan and (commit.plan.end, commit.plan.boot)}")
        return reply

    def send_insert(self, worker: Worker, token: Token, parts: list[Part]) -> Request:
        rows = [row for part in parts if part.table == "facts" for row in part.rows]
        insert = Insert(token, list(parts), Request(), worker, rows)
        self.store.inserts.append(insert)
        self.note(f"insert sent {token.text} {[(part.table, part.day, len(part.rows)) for part in parts]}")
        return insert.reply

    def token(self, plan: Plan) -> str:
        return Span(HERE, plan.start, plan.end).token(plan.boot)

    def log_range(self) -> LogRange:
        return LogRange(self.log.begin, self.log.end)

    def wall_clock(self) -> int | None:
        return None

    def heartbeat_is_fresh(self, worker: Worker) -> bool:
        if worker.member in self.group.members:
            return True
        passes = self.setting.lenient and self.rng.random() < 0.7
        if passes:
            self.meet("zombie past its heartbeat check")
        return passes

    # What is watched while it runs.

    def began(self, worker: Worker, start: Commit) -> None:
        self.note(f"{worker.name} begins at {start.offset} plan {start.plan} generation {worker.generation}")
        ledger_end, plan = self.store.ledger_end(), start.plan
        if plan is not None:
            self.meet("plan inherited")
            if self.windows.get((plan.start, plan.end), worker.capacity) != worker.capacity:
                self.meet("plan inherited by another window")
            if ledger_end == plan.end:
                self.meet("plan already in the ledger")
        if ledger_end is not None and self.group.offset > ledger_end:
            self.meet("ledger behind the commit")
        if ledger_end is None:
            self.first_start = max(self.first_start or 0, start.offset)

    def commit_applied(self, commit: Commit) -> None:
        self.note(f"commit applied: {commit.offset} {commit.plan and (commit.plan.end, commit.plan.boot)}")
        if self.strict:
            self._check_commit(commit)
        self.committed = commit.offset
        if commit.plan is not None:
            self.plans.add((commit.plan.start, commit.plan.end, commit.plan.boot))

    def _check_commit(self, commit: Commit) -> None:
        """Commits never go back and never say more than what is written."""
        if commit.offset < self.committed and not self.went_back:
            raise Violation(f"commit {commit.offset} after {self.committed}")
        self.went_back = self.went_back and commit.offset >= self.committed
        written = max(self.written, self.first_start or 0)
        if commit.offset > written:
            raise Violation(f"commit {commit.offset} is ahead of what is written ({written})")

    def part_applied(self, insert: Insert, part: Part) -> None:
        self.note(f"part applied {part.table} day {part.day} {insert.token.text}: {part.rows}")
        token = insert.token
        if part.table == "ledger":
            self.written = max(self.written, token.end)
        if part.table == "facts" and len({row.day for row in insert.rows}) > 1:
            self.meet("batch over two days")
        if self.strict:
            self._check_part(part, token)

    def _check_part(self, part: Part, token: Token) -> None:
        """What is written was planned, and the plan is the one that holds: no stale generation adds anything."""
        if (token.start, token.end, token.boot) not in self.plans:
            raise Violation(f"{part.table} written under {token.text}, which nobody planned")
        current = self.group.read()
        plan = current.plan if current is not None else None
        if plan is None or (plan.start, plan.end) != (token.start, token.end):
            raise Violation(f"{part.table} written under {token.text} while the commit says {current}")

    # Actors.

    def publish(self) -> None:
        for _ in range(self.rng.randrange(1, 4)):
            self.log.publish(self.now)
        if self.setting.holes and self.rng.random() < 0.2:
            self.log.skip()

    def running(self) -> list[Worker]:
        return [worker for worker in self.workers if not worker.paused]

    def pick(self) -> Worker | None:
        running = self.running()
        return self.rng.choice(running) if running else None

    def step_any(self) -> None:
        worker = self.pick()
        if worker is not None and worker.loop is not None and worker.waiting is not None and worker.waiting.ready:
            worker.go_on()

    def fetch_any(self) -> None:
        worker = self.pick()
        if worker is None or worker.loop is None:
            return
        if worker.fetching is None:
            worker.begin_fetch()
            if self.rng.random() < 0.5:
                return
        worker.end_fetch(self.rng.randrange(1, 8), lose=not self.calm and self.rng.random() < 0.1)

    def deliver_any(self) -> None:
        on_their_way: list[CommitRequest | Insert] = [*self.group.in_flight, *self.store.inserts]
        if not on_their_way:
            return
        one = self.rng.choice(on_their_way)
        if one.reply.ready and not self.calm and self.rng.random() < 0.8:
            return  # nobody waits for it any more: it takes its time
        if isinstance(one, CommitRequest):
            late = one.reply.ready
            if self.group.arrive(one):
                if late:
                    self.meet("commit of unknown outcome, late")
                elif self.calm or self.rng.random() < 0.93:
                    one.reply.answer()
                else:
                    self.meet("commit of unknown outcome, applied")
                    one.reply.fail(UnknownOutcomeError())
            else:
                self.meet("commit fenced")
        else:
            if one.reply.ready and one.owner not in self.running():
                self.meet("late write of an earlier owner")
            self.store.progress(one)

    def unanswered(self) -> None:
        """A request times out for its sender; it is lost, cut short, or still under way."""
        rng = self.rng
        waiting = [request for request in self.group.in_flight if not request.reply.ready]
        inserts = [insert for insert in self.store.inserts if not insert.reply.ready]
        if waiting and (not inserts or rng.random() < 0.4):
            request = rng.choice(waiting)
            self.note(f"commit {request.offset} unanswered")
            request.reply.fail(UnknownOutcomeError())
            if rng.random() < 0.4:
                self.meet("commit of unknown outcome, lost")
                self.group.in_flight.remove(request)
        elif inserts and self.setting.kind != "embedded":
            insert = rng.choice(inserts)
            self.note(f"insert {insert.token.text} unanswered, {len(insert.parts)} parts to go")
            if rng.random() < 0.4:
                self.store.cut_short(insert)
            else:
                insert.reply.fail(StoreDownError())
        elif inserts:  # an engine in the process fails: memory or disk, after some parts
            self.store.cut_short(rng.choice(inserts))

    # The group.

    def unknown_outcome(self, worker: Worker) -> None:
        """As the transport: leave the group, so that the commit is refused should it still arrive."""
        self.note(f"{worker.name} does not know whether its commit holds; leaves")
        if not self.setting.static and self.rng.random() < 0.7:
            self.group.members.discard(worker.member or -1)
        worker.member = None

    def join_any(self) -> None:
        worker = self.pick()
        if worker is not None and (worker.member not in self.group.members):
            self.join(worker)

    def join(self, worker: Worker) -> None:
        """Join; a static member takes its place again without a new generation."""
        worker.revoked()
        worker.member = self.group.join()
        self.note(f"{worker.name} joins as {worker.member}")
        self.rebalance()

    def rebalance(self) -> None:
        """Eager: everyone gives up everything, one member of the next generation gets the partition."""
        group = self.group
        live = [worker for worker in self.running() if worker.member in group.members]
        group.members = {worker.member for worker in live if worker.member is not None}
        group.generation += 1
        for worker in live:
            worker.revoked()
        group.owner = None
        if live:
            owner = self.rng.choice(live)
            group.owner = owner.member
            self.note(f"generation {group.generation}: {owner.name} of {[worker.name for worker in live]}")
            owner.assigned(group.generation)

    def expire_member(self) -> None:
        """The session of a stalled or dead member ends."""
        running = {worker.member for worker in self.running()}
        if self.group.members - running or (self.group.members and self.group.owner not in running):
            self.rebalance()

    # Processes.

    def start_worker(self) -> None:
        most = 1 if self.setting.kind == "embedded" else 3
        if len(self.workers) >= most:
            return
        if self.setting.kind == "embedded":
            self.store.open()
        self.born += 1
        worker = Worker(f"w{self.born}", self, self.rng.choice(self.setting.capacities))
        worker.boot = self.store.boot
        self.note(f"{worker.name} starts, window {worker.capacity}, boot {worker.boot}")
        self.workers.append(worker)
        self.join(worker)

    def kill_any(self) -> None:
        worker = self.pick()
        if worker is not None:
            self.note(f"kill -9 {worker.name}")
            self.meet("kill worker")
            self.kill(worker)

    def kill(self, worker: Worker) -> None:
        if worker not in self.workers:
            return
        self.workers.remove(worker)
        worker.revoked()
        if self.setting.kind == "embedded":
            self.store.die()

    def stop_any(self) -> None:
        """SIGTERM: nothing is flushed, the embedded engine is closed in order."""
        worker = self.pick()
        if worker is None:
            return
        self.note(f"stop {worker.name}")
        worker.revoked()
        self.workers.remove(worker)
        self.group.members.discard(worker.member or -1)
        if self.setting.kind == "embedded":
            self.store.close()

    def pause_any(self) -> None:
        worker = self.pick()
        if worker is not None:
            self.note(f"SIGSTOP {worker.name}")
            worker.paused = True

    def resume_any(self) -> None:
        paused = [worker for worker in self.workers if worker.paused]
        if paused:
            worker = self.rng.choice(paused)
            self.note(f"SIGCONT {worker.name}")
            worker.paused = False

    # The store.

    def kill_store(self) -> None:
        if self.store.up:
            self.note("kill -9 store")
            self.store.die()

    def stop_store(self) -> None:
        if self.store.up:
            self.note("stop store")
            self.store.close()

    def open_store(self) -> None:
        if not self.store.up:
            self.store.open()
            self.note(f"store opens: {self.store.boot}, ledger to {self.store.ledger_end()}")

    def store_down(self) -> None:
        """A replicated server dies: what committed stays, the rest of its inserts is cut."""
        for insert in [insert for insert in self.store.inserts if insert.admitted]:
            self.store.cut_short(insert)
        self.store.up = False

    def store_back(self) -> None:
        self.store.up = True

    def lose_power(self) -> None:
        """The machine of the store loses power; with an engine inside, the worker goes with it."""
        if not self.store.up:
            return
        self.note("power lost")
        self.meet("power lost")
        self.store.lose_power()
        self.went_back = True
        for worker in list(self.workers):
            if self.setting.kind == "embedded":
                self.kill(worker)

    # Kafka and its operator.

    def expire_log(self) -> None:
        """Retention: mostly what is settled, sometimes what is not."""
        settled = self.store.ledger_end() or 0
        upto = self.rng.randrange(self.log.begin, self.log.end + 1)
        if self.rng.random() < 0.7:
            upto = min(upto, settled)
        if upto > settled:
            self.meet("log lost what was not settled")
        if upto > self.log.begin:
            self.note(f"retention: log begins at {upto}")
            self.log.expire(upto)

    def reset_offsets(self) -> None:
        """An operator resets the group's offset; Kafka lets them only while the group is empty."""
        if any(worker.member in self.group.members for worker in self.workers) or self._in_the_middle():
            return
        offset = self.rng.randrange(self.log.begin, self.log.end + 1)
        self.meet("offsets reset by hand")
        self.note(f"operator resets the offset to {offset}")
        self.group.offset, self.group.metadata = offset, ""
        self.committed = -1

    def _in_the_middle(self) -> bool:
        """Whether a batch is planned and not wholly in: a reset then forgets where it ends (docs: drain first)."""
        commit = self.group.read()
        plan = commit.plan if commit is not None else None
        under_way = any(insert.admitted or not insert.reply.ready for insert in self.store.inserts)
        return under_way or (plan is not None and self.store.ledger_end() != plan.end) or bool(self.store.doubts)

    # The end.

    def _settle(self) -> None:
        """Faults stop; sleepers wake or die; one worker drains the log; what is late arrives."""
        self.calm = True
        rng = self.rng
        self.note("--- faults end")
        for worker in list(self.workers):
            if worker.paused and rng.random() < 0.5:
                worker.paused = False
        self.store_back() if self.setting.kind == "server" else None
        self.open_store() if self.setting.kind == "shared" else None
        for worker in list(self.workers):
            if rng.random() < 0.5 or (worker.paused and self.setting.kind == "embedded"):
                self.kill(worker)
        if self.workers and all(worker.paused for worker in self.workers):
            self.kill(self.workers[0])
        if not self.running():
            self.start_worker()
        self.log.publish(self.now)
        late = [one for one in self.store.inserts if one.reply.ready and rng.random() < 0.5]
        self._drain(late)
        self.store.inserts.extend(late)
        for worker in self.workers:
            worker.paused = False
        for _ in range(200):
            self.now += 1
            self.step_any()
            self.deliver_any()

    def _drain(self, late: list[Insert]) -> None:
        self.store.inserts = [insert for insert in self.store.inserts if insert not in late]
        for _ in range(DRAIN_STEPS):
            self.now += 1
            self.expire_member()
            if not self.running():
                self.start_worker()
            owner = next((worker for worker in self.running() if worker.member == self.group.owner), None)
            if owner is None or owner.loop is None:
                self.join_any()
                self.deliver_any()
                continue
            self.deliver_any()
            if not owner.inbox:
                owner.begin_fetch()
                owner.end_fetch(self.rng.randrange(1, 8), lose=False)
            if owner.waiting is not None and owner.waiting.ready:
                owner.go_on()
            if self.store.ledger_end() == self.log.end and self.group.offset == self.log.end:
                return
        raise Violation(
            f"not settled after {DRAIN_STEPS} calm steps: ledger to {self.store.ledger_end()}, "
            f"commit {self.group.offset}, log [{self.log.begin}, {self.log.end})"
        )


__all__ = ["Setting", "StaleBootError", "World"]
