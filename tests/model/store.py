"""The simulated store: parts, tokens and what each kind of store loses when it dies.

Kinds: `embedded` (the engine lives and dies with the one worker), `shared` (an engine behind HTTP, killed
under several workers), `server` (constant boot; token and part commit together, tables one after the other).
"""

import random
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from model.group import Request

LEVELS: Final = {"10s": 1, "1h": 3}
"""Buckets of the log per bucket of each level."""


class StoreDownError(Exception):
    """Nothing answers, or not in time."""


class StaleBootError(Exception):
    """The insert names another opening of the store."""


class LedgerMismatchError(Exception):
    """The ledger holds another batch over these offsets."""


class Fact(NamedTuple):
    """An accepted event as stored."""

    offset: int
    batch_start: int
    day: int
    event: int
    payload: int
    bucket: int


class LedgerRow(NamedTuple):
    """A settled batch as stored."""

    start: int
    end: int
    stored: int
    duplicates: int
    dead: int
    dropped: int


class Part(NamedTuple):
    """What one insert brings to one table and received day."""

    table: str
    day: int
    token: str
    rows: tuple[object, ...]


class Token(NamedTuple):
    """What an insert names."""

    text: str
    start: int
    end: int
    boot: str


@dataclass(slots=True)
class Insert:
    """An insert on its way: first in the network, then applied part by part."""

    token: Token
    parts: list[Part]
    reply: Request
    owner: object
    rows: list[Fact]
    admitted: bool = False
    kind: tuple[str, bool] = ("", False)

    def __post_init__(self) -> None:
        self.kind = (self.token.text, self.parts[0].table == "facts")


def levels_of(facts: Iterable[Fact]) -> dict[str, dict[int, tuple[tuple[int, int], ...]]]:
    """Group facts into the rows of each level, per received day."""
    sums: dict[str, dict[int, Counter[int]]] = {level: {} for level in LEVELS}
    for fact in facts:
        for level, width in LEVELS.items():
            sums[level].setdefault(fact.day, Counter())[fact.bucket // width] += 1000 + fact.payload
    return {level: {day: tuple(rows.items()) for day, rows in days.items()} for level, days in sums.items()}


@dataclass(slots=True)
class Store:
    """Tables as lists of parts; `tokens` is the deduplication log of every table."""

    kind: str
    rng: random.Random
    on_part: Callable[[Insert, Part], None]
    meet: Callable[[str], None]
    boot: str = "boot0"
    up: bool = True
    openings: int = 0
    clean: bool = True
    tables: dict[str, list[Part]] = field(default_factory=dict)
    tokens: set[tuple[str, int, str]] = field(default_factory=set)
    inserts: list[Insert] = field(default_factory=list)
    doubts: set[tuple[str, bool]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.tables = {table: [] for table in ("facts", *LEVELS, "ledger")}

    # What happens to inserts on their way.

    def progress(self, insert: Insert) -> None:
        """Admit an insert, or apply its next part."""
        if not insert.admitted:
            self._admit(insert)
        elif insert.parts:
            self._apply(insert, insert.parts.pop(0))
        if insert.admitted and not insert.parts:
            self.inserts.remove(insert)
            self.doubts.discard(insert.kind)
            insert.reply.answer()

    def cut_short(self, insert: Insert) -> None:
        """End an insert between two parts by an error of the engine, or on its way."""
        self.inserts.remove(insert)
        if insert.admitted:
            self.doubts.add(insert.kind)
        insert.reply.fail(StoreDownError())

    def _admit(self, insert: Insert) -> None:
        if not self.up:
            self.inserts.remove(insert)
            insert.reply.fail(StoreDownError())
        elif self.refuses(insert):
            self.meet("insert of an old boot refused")
            self.inserts.remove(insert)
            insert.reply.fail(StaleBootError())
        else:
            insert.admitted = True

    def refuses(self, insert: Insert) -> bool:
        """Whether the insert names another opening than this one."""
        return self.kind != "server" and insert.token.boot != self.boot

    def remembers(self, part: Part) -> bool:
        """Whether the table has a deduplication window."""
        return True

    def is_whole(self) -> bool:
        """Whether a close may be marked clean."""
        return not self.doubts and not self.uncovered()

    def _apply(self, insert: Insert, part: Part) -> None:
        key = (part.table, part.day, part.token)
        if key in self.tokens:
            self.meet("part dropped by its token")
            return
        if self.remembers(part):
            self.tokens.add(key)
        self.tables[part.table].append(part)
        self.on_part(insert, part)

    # How it dies and opens.

    def die(self) -> None:
        """Kill -9: whatever was admitted stops between any two parts; a token may be logged before its part."""
        for insert in [insert for insert in self.inserts if insert.admitted]:
            self.meet("kill store in an insert")
            for _ in range(self.rng.randrange(len(insert.parts) + 1)):
                self._apply(insert, insert.parts.pop(0))
            if insert.parts and self.rng.random() < 0.5:
                self.meet("token without its part")
                lost = insert.parts[0]
                self.tokens.add((lost.table, lost.day, lost.token))
            self.inserts.remove(insert)
            insert.reply.fail(StoreDownError())
        self.up = self.clean = False

    def lose_power(self) -> None:
        """Each table loses some of its newest parts, tokens stay or go."""
        self.die()
        for parts in self.tables.values():
            for _ in range(min(len(parts), self.rng.randrange(4))):
                lost = parts.pop()
                if self.rng.random() < 0.5:
                    self.tokens.discard((lost.table, lost.day, lost.token))

    def close(self) -> None:
        """Stop in order: inserts under way end first. Doubtful inserts or an unfinished batch ask for a repair."""
        while admitted := [insert for insert in self.inserts if insert.admitted]:
            self.progress(admitted[0])
        if self.uncovered():
            self.meet("close in the middle of a batch")
        self.up, self.clean = False, self.is_whole()

    def open(self) -> None:
        """Repair what an unclean end left, then begin a new boot; a repair may itself be killed and begin again."""
        while not self.clean:
            for step in (self._cut_ledger, self._delete_uncovered, self._rebuild_levels):
                step()
                if self.rng.random() < 0.1:
                    self.meet("repair cut short")
                    break
            else:
                self.clean = True
        self.openings += 1
        self.up, self.clean = True, False
        self.doubts.clear()
        if self.kind != "server":
            self.boot = f"boot{self.openings}"

    def _cut_ledger(self) -> None:
        held = Counter(fact.batch_start for fact in self.facts())
        damaged = [row.start for row in self.ledger() if held[row.start] != row.stored]
        if damaged:
            kept = [row for row in self.ledger() if row.start < min(damaged)]
            self.tables["ledger"] = [Part("ledger", 0, "", (row,)) for row in kept]

    def uncovered(self) -> set[int]:
        """Return the starts of batches that have facts and no ledger row."""
        covered = {row.start for row in self.ledger()}
        return {fact.batch_start for fact in self.facts()} - covered

    def _delete_uncovered(self) -> None:
        undone = self.uncovered()
        kept = [fact for fact in self.facts() if fact.batch_start not in undone]
        self.tables["facts"] = [Part("facts", 0, "", tuple(kept))] if kept else []

    def _rebuild_levels(self) -> None:
        for level, days in levels_of(self.facts()).items():
            self.tables[level] = [Part(level, day, "", rows) for day, rows in days.items()]

    # What a worker asks.

    def require_up(self) -> None:
        if not self.up:
            raise StoreDownError

    def facts(self) -> list[Fact]:
        """Return all facts, by offset."""
        rows: list[Fact] = [row for part in self.tables["facts"] for row in part.rows]  # type: ignore[misc]
        return sorted(rows)

    def ledger(self) -> list[LedgerRow]:
        """Return all ledger rows, by offset."""
        rows: list[LedgerRow] = [row for part in self.tables["ledger"] for row in part.rows]  # type: ignore[misc]
        return sorted(rows)

    def level(self, name: str) -> Counter[tuple[int, int]]:
        """Return the sums of a level by (received day, bucket)."""
        sums: Counter[tuple[int, int]] = Counter()
        for part in self.tables[name]:
            for bucket, amount in part.rows:  # type: ignore[misc]
                sums[part.day, bucket] += amount
        return sums

    def facts_of(self, start: int, end: int) -> list[Fact]:
        return [fact for fact in self.facts() if start <= fact.offset < end]

    def ledger_end(self) -> int | None:
        return max((row.end for row in self.ledger()), default=None)

    def has_ledger(self, start: int, end: int) -> bool:
        found = {(row.start, row.end) for row in self.ledger() if row.start < end and row.end > start}
        if found and found != {(start, end)}:
            raise LedgerMismatchError(f"[{start}, {end}) was planned, but the ledger holds {sorted(found)}")
        return bool(found)

    def accepted_before(self, start: int, capacity: int) -> list[tuple[int, int]]:
        """Return (event, payload) of the newest acceptances before `start`, oldest first."""
        return [(fact.event, fact.payload) for fact in self.facts() if fact.offset < start][-capacity:]
