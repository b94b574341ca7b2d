"""What a simulated worker makes of a batch: plain rules, the balance struck by the real `Settled`."""

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, Final

from model.log import LEAD_MAX, Message
from model.store import Fact

from tokentide.schemas.position import Partition, Span
from tokentide.schemas.reasons import Reason
from tokentide.streams.plan import Plan
from tokentide.streams.transforms.breaker import BreakerState
from tokentide.streams.transforms.ledger import Ledger
from tokentide.streams.transforms.settle import Settled

HERE: Final = Partition("e", "usage", 0)


@dataclass(slots=True)
class Memory:
    """The duplicate window by its definition: an id repeats if its newest acceptance is among the last N."""

    capacity: int
    number: int = 0
    newest: dict[int, tuple[int, int]] = field(default_factory=dict)

    def verdict(self, event: int, payload: int) -> str:
        number, known = self.newest.get(event, (-1, 0))
        if number < 0 or number < self.number - self.capacity:
            return "new"
        return "duplicate" if known == payload else "conflict"

    def add(self, event: int, payload: int) -> None:
        self.newest[event] = (self.number, payload)
        self.number += 1

    def copy(self) -> "Memory":
        return Memory(self.capacity, self.number, dict(self.newest))


@dataclass(slots=True)
class Decision:
    """What one worker makes of a batch; the balance is struck by the real `Settled`."""

    facts: list[Fact]
    settled: Settled

    def ledger_of(self, facts: list[Fact]) -> Ledger:
        offsets = [fact.offset for fact in facts]
        if facts is self.facts:
            return self.settled.ledger
        column = SimpleNamespace(to_pylist=lambda: offsets)
        table: Any = SimpleNamespace(num_rows=len(facts), column=lambda name: column)
        return self.settled._ledger_of(table)


def decide(plan: Plan, records: list[Message], memory: Memory, now: int | None, met: set[str]) -> Decision:
    """Accept, refuse or drop each record: by broker time, unless a mutation passes its wall clock."""
    trial, facts, conflicts, refused = memory.copy(), [], set(), 0
    for record in records:
        if record.event_time - (record.timestamp if now is None else now) > LEAD_MAX:
            refused += 1
            continue
        verdict = trial.verdict(record.event, record.payload)
        if verdict == "new":
            trial.add(record.event, record.payload)
            facts.append(Fact(record.offset, plan.start, record.day, record.event, record.payload, record.bucket))
        elif verdict == "conflict":
            conflicts.add(record.offset)
    dead = {Reason.CONFLICT: len(conflicts), Reason.TIME_AHEAD: refused}
    duplicates = len(records) - len(facts) - len(conflicts) - refused
    dropped = plan.end - plan.start - len(records)
    ledger = Ledger(Span(HERE, plan.start, plan.end), len(facts), duplicates, dropped, 0, 0, 1, 1, dead)
    nothing: Any = None
    met.update(what for what, n in (("refused", refused), ("conflict", conflicts), ("duplicate", duplicates)) if n)
    if dropped:
        met.add("hole in the log")
    received = frozenset(record.offset for record in records)
    return Decision(facts, Settled(nothing, [], ledger, received, frozenset(conflicts), 0, BreakerState(), None))
