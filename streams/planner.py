"""The delivery protocol of one partition in one generation, as a pure state machine.

It decides; the partition loop acts. Every transition takes what was observed and
returns what to do next, so the randomised model drives this code and no copy of it.
Source: docs/protocol.md, "Per partition".
"""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Final, Protocol

from tokentide.schemas.errors import UserError
from tokentide.streams.plan import Commit, Plan, Versions


class Record(Protocol):
    """The part of a Kafka record the protocol needs."""

    offset: int
    value: bytes | None
    timestamp: int


class LedgerBehindError(LookupError):
    """The store went back behind what this loop wrote (power loss): begin again from its ledger. Exit 70."""


class PositionLostError(UserError):
    """The log ends before the committed offset: the topic was recreated or truncated."""


_OFFSET: Final = attrgetter("offset")


@dataclass(frozen=True, slots=True)
class Limits:
    """When a batch is due: full, or `linger_s` after its first record but not sooner than `spacing_s` after the last.

    Rows ≤ 50,000 and bytes ≤ 32 MiB keep an insert in one block.
    """

    rows: int
    bytes: int
    linger_s: float
    spacing_s: float = 0.0


@dataclass(frozen=True, slots=True)
class LogRange:
    """Offsets the broker still has: [begin, end)."""

    begin: int
    end: int


@dataclass(frozen=True, slots=True)
class SeekBack:
    """Read again from `offset`: what came was asked from later on, so what is between may only be on its way."""

    offset: int


def choose_start(epoch: str, commit: Commit | None, ledger_end: int | None, log: LogRange) -> Commit:
    """Return the position to start from and the plan to inherit, if any.

    The ledger outranks the commit: it was written with the batch, the commit may be lost or reset.

    Args:
        epoch: the incarnation of the topic; commits of another one say nothing about it.
        commit: what the group committed, or None.
        ledger_end: end of the last batch in the store's ledger, or None.
        log: what the broker still has.
    Raises:
        PositionLostError: the log is shorter than what was confirmed.
    """
    known = commit if commit is not None and commit.epoch in (epoch, "") else None
    settled = ledger_end if ledger_end is not None else _unrecorded_start(known, log)
    plan = known.plan if known is not None else None
    if plan is not None and settled not in (plan.start, plan.end):
        plan = None  # a new store, a reset offset or a ledger lost with the power
    if max(settled, plan.end if plan is not None else 0) > log.end:
        raise PositionLostError(
            "the topic ends before what was already confirmed: it was recreated or truncated; "
            "run `tokentide migrate` to begin a new epoch"
        )
    by_hand = ledger_end is None and known is not None and known.by_hand
    return Commit(settled, epoch, plan, by_hand)


def memory_holds(upto: int, start: int, ledger_end: int | None) -> bool:
    """Whether a memory kept up to an offset is still what facts before `start` say.

    Not where the batch after it begins elsewhere, nor where the ledger ends elsewhere: a store that lost its
    newest batches (power loss) lost their facts too, and what repeats them is no duplicate.
    """
    return upto == start == ledger_end


def _unrecorded_start(commit: Commit | None, log: LogRange) -> int:
    """Without a ledger: an offset somebody set by hand counts, ours only if nothing before it is left."""
    if commit is None:
        return log.begin
    return commit.offset if commit.by_hand else min(commit.offset, log.begin)


@dataclass(slots=True)
class Planner:
    """One partition: what is confirmed (`start`), planned (`plan`), buffered and wanted next (`position`).

    `sought` is the position a seek was asked for, `granted` the seek count of fetches begun after it: an
    earlier one is no reason to seek again. `settled` is the end of the last batch known to be in the
    ledger; `by_hand` holds until there is one, see `Commit`.
    """

    epoch: str
    start: int
    plan: Plan | None
    limits: Limits
    position: int
    sought: int = -1
    granted: int | None = None
    by_hand: bool = False
    settled: int | None = None
    buffer: list[Record] = field(default_factory=list)
    buffered_bytes: int = 0
    oldest_at: float = 0.0
    spaced_until: float = 0.0

    @classmethod
    def assigned(cls, commit: Commit, log: LogRange, limits: Limits, settled: int | None = None) -> "Planner":
        """Begin at what `choose_start` returned; deleted offsets are not waited for.

        Args:
            commit: from `choose_start`.
            log: what the broker still has.
            limits: of a batch.
            settled: the ledger's end.
        """
        start = commit.plan.start if commit.plan is not None else commit.offset
        position = max(start, log.begin)
        return cls(commit.epoch, start, commit.plan, limits, position, by_hand=commit.by_hand, settled=settled)

    def needs_seek(self, commit: Commit | None) -> bool:
        """Whether Faust, which begins at the committed offset, has to be sent elsewhere."""
        return commit is None or commit.offset != self.position

    def seeks(self) -> SeekBack:
        """Ask for `position`."""
        self.sought, self.granted = self.position, None
        return SeekBack(self.position)

    @property
    def is_idle(self) -> bool:
        """Whether nothing is in flight or buffered, so that the last batch may be confirmed without a next."""
        return self.plan is None and not self.buffer

    def require_ledger(self, end: int | None) -> None:
        """Compare the ledger of a store that was opened anew with what was written.

        Raises:
            LedgerBehindError: it ends earlier; the batches between would never be read again.
        """
        if self.settled is not None and (end is None or end < self.settled):
            raise LedgerBehindError(f"the ledger ends at {end}, but batches up to {self.settled} were written")

    def skip_deleted(self, log: LogRange) -> None:
        """Wait no longer for what the broker has deleted meanwhile: it counts as dropped."""
        self.position = max(self.position, log.begin)

    def collect(self, records: Sequence[Record], asked: int, seeks: int, now: float) -> SeekBack | None:
        """Take the records of one fetch, in offset order; what is before `position` was taken already.

        A fetch that was asked from `position` or earlier and begins later proves a hole in the log. One that
        was asked from later on proves nothing: the fetch before it may have been lost on the way.

        Args:
            records: of this partition and generation.
            asked: the offset the broker was asked from.
            seeks: the partition's seek count when the fetch began.
            now: monotonic seconds.
        Returns:
            The seek to make when the fetch was asked from too late.
        """
        wanted = records[_before(records, self.position) :]
        if not wanted:
            return None
        if wanted[0].offset > self.position and not self._proves_a_hole(asked):
            return self._seek_back(seeks)
        if not self.buffer:
            self.oldest_at = now
        self.buffer.extend(wanted)
        self.buffered_bytes += size_of(wanted)
        self.position = wanted[-1].offset + 1
        return None

    def _proves_a_hole(self, asked: int) -> bool:
        return asked <= self.position

    def _seek_back(self, seeks: int) -> SeekBack | None:
        if self.sought == self.position and (self.granted is None or seeks < self.granted):
            return None  # asked already; this fetch began before
        self.sought, self.granted = self.position, None
        return SeekBack(self.position)

    def sought_at(self, seeks: int) -> None:
        """The seek was made; fetches that carry this count begin where it was asked."""
        self.granted = seeks

    @property
    def is_full(self) -> bool:
        """Whether the buffer holds a batch, so that no more needs to be fetched."""
        return len(self.buffer) >= self.limits.rows or self.buffered_bytes >= self.limits.bytes

    def due_in(self, now: float) -> float | None:
        """Return the seconds until a batch is due: 0 = now, None = nothing to plan or plan incomplete."""
        if self.plan is not None:
            return 0.0 if self.position >= self.plan.end else None
        if not self.buffer:
            return None
        due_at = max(self.oldest_at + self.limits.linger_s, self.spaced_until)
        return 0.0 if self.is_full else max(0.0, due_at - now)

    def begin(self, now: float) -> None:
        """A batch is begun: the next one, unless it is full, keeps its distance."""
        self.spaced_until = now + self.limits.spacing_s

    def propose(self, versions: Versions, boot: str, window: int) -> Plan:
        """Return the plan of the buffered records: as many as fit one batch, at least one."""
        if self.buffered_bytes <= self.limits.bytes and len(self.buffer) <= self.limits.rows:
            return Plan(self.start, self.buffer[-1].offset + 1, versions, boot, window)
        rows, size = 0, 0
        for record in self.buffer[: self.limits.rows]:
            size += len(record.value or b"")
            if rows and size > self.limits.bytes:
                break
            rows += 1
        return Plan(self.start, self.buffer[rows - 1].offset + 1, versions, boot, window)

    def commit_of(self, plan: Plan | None) -> Commit:
        """Return the commit that makes `plan` durable and confirms everything before `start`."""
        return Commit(self.start, self.epoch, plan, self.by_hand)

    def planned(self, plan: Plan) -> None:
        """The commit of `plan` was acknowledged in this generation."""
        self.plan = plan

    def records_of(self, plan: Plan) -> list[Record]:
        """Return the records that the plan settles; they stay buffered until they are written."""
        return self.buffer[: _before(self.buffer, plan.end)]

    def written(self) -> None:
        """Every write of the plan was acknowledged: move on."""
        end = self.in_flight.end
        count = _before(self.buffer, end)
        self.buffered_bytes -= size_of(self.buffer[:count])
        del self.buffer[:count]
        self.start, self.plan, self.settled, self.by_hand = end, None, end, False
        self.position = max(self.position, end)

    @property
    def in_flight(self) -> Plan:
        """The plan being written; there must be one."""
        if self.plan is None:
            raise AssertionError("no plan is in flight")
        return self.plan


def _before(records: Sequence[Record], offset: int) -> int:
    """Return how many of the records, which are in offset order, come before an offset."""
    return bisect_left(records, offset, key=_OFFSET)


def size_of(records: Sequence[Record]) -> int:
    """Return the bytes of the records' values."""
    return sum(len(record.value or b"") for record in records)
