"""The stage of one interleaving: its parts, what workers ask of it, and what is watched while it runs."""

import random
from typing import Final

from model.decision import HERE
from model.group import CommitRequest, Group, Request
from model.log import DAY, Log
from model.oracle import Violation
from model.setting import Setting
from model.store import Insert, Part, Store, Token
from model.worker import Worker

from tokentide.schemas.position import Span
from tokentide.streams.plan import Commit, Plan
from tokentide.streams.planner import LogRange

_AT_ONCE: Final = Request(ready=True)


class Stage:
    """Log, group, store and workers of one seed; `trace` collects readable steps when asked for."""

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

    def meet(self, what: str) -> None:
        self.met.add(what)

    def note(self, what: str) -> None:
        if self.trace is not None:
            self.trace.append(f"{self.now:4d} {what}")

    def tick(self) -> Request:
        return _AT_ONCE

    def send_commit(self, worker: Worker, commit: Commit) -> Request:
        reply = Request()
        member = worker.member if worker.member is not None else -1
        request = CommitRequest(member, worker.generation, commit.offset, commit.metadata(), reply)
        self.group.in_flight.append(request)
        if commit.plan is not None and (commit.plan.start, commit.plan.end) in self.windows:
            self.meet("plan moved to another boot")
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
        if commit.plan is not None:
            self.windows[commit.plan.start, commit.plan.end] = commit.plan.window
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
