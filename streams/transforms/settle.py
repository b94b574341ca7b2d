"""One batch, decided: decode -> refuse or accept -> drop duplicates -> enrich -> group.

A pure function of the batch, of what the partition knows and of the versions: a retry by anyone,
here or on another worker, decides the same.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final, Protocol

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from tokentide.schemas.catalogue import Catalogue
from tokentide.schemas.dead_letter import DeadLetter
from tokentide.schemas.position import Span
from tokentide.schemas.reasons import Reason
from tokentide.schemas.refusal import Refusal
from tokentide.schemas.settings import DeadLetterMode
from tokentide.streams.transforms.acceptance import Acceptance
from tokentide.streams.transforms.breaker import BreakerLimits, BreakerState, Trip, observe
from tokentide.streams.transforms.caps import DimensionCaps
from tokentide.streams.transforms.decode import decode
from tokentide.streams.transforms.deduplicate import DuplicateWindow, Verdict
from tokentide.streams.transforms.enrich import Where, enrich
from tokentide.streams.transforms.group import group
from tokentide.streams.transforms.ledger import Ledger, rollup_block
from tokentide.streams.transforms.payload_hash import event_id_hash, payload_hash

U64 = NDArray[np.uint64]
I64 = NDArray[np.int64]

_TIME_END_MS: Final = 4_102_444_800_000
"""2100: where the broker does not stamp records, one in microseconds, say, must not stop its partition."""


class Message(Protocol):
    """The part of a Kafka record a decision depends on."""

    offset: int
    value: bytes | None
    timestamp: int


@dataclass(slots=True)
class Known:
    """What a partition remembers of everything before a batch; a decision reads it, a written batch adds.

    `clock_ms` is the latest append time: timestamps never run backwards, whoever set them.
    """

    window: DuplicateWindow
    caps: DimensionCaps
    clock_ms: int = 0
    breaker: BreakerState = BreakerState()

    def learn(self, settled: "Settled", facts: pa.RecordBatch | pa.Table) -> None:
        """Take in a written batch: `facts` as they stand in the store."""
        if facts.num_rows:
            events = _one_batch(facts)
            self.window.add(event_id_hash(events), events.column("payload_hash").to_numpy())
            self.caps.learn(events)
        self.clock_ms, self.breaker = settled.clock_ms, settled.breaker


@dataclass(frozen=True, slots=True)
class Settled:
    """A decided batch: what to store, what to bury, how the balance stands.

    `received` are the offsets the log still had, `conflicts` those of them that conflict.
    """

    facts: pa.RecordBatch
    dead: list[DeadLetter]
    ledger: Ledger
    received: frozenset[int]
    conflicts: frozenset[int]
    clock_ms: int
    breaker: BreakerState
    trip: Trip | None

    def rollups_of(self, facts: pa.RecordBatch | pa.Table) -> pa.RecordBatch:
        """Return the block for `usage_rollups_in`: rollups of the facts as stored, and the ledger row.

        Facts that an earlier writer of this batch decided stand, whatever was decided here.
        """
        return rollup_block(group(facts), self._ledger_of(facts))

    def _ledger_of(self, facts: pa.RecordBatch | pa.Table) -> Ledger:
        """Balance the batch with what is stored, which an earlier writer may have decided otherwise.

        Its rules may have been older, its window wider or narrower, and the log may have lost records since.
        """
        if facts is self.facts:
            return self.ledger
        stored = frozenset(facts.column("offset").to_pylist())
        dropped = self.ledger.dropped - len(stored - self.received)
        dead = Counter(self.ledger.dead)
        for letter in self.dead:  # an earlier version of the rules accepted what this one refuses
            if letter.offset in stored and letter.reason is not Reason.CONFLICT:
                dead[letter.reason] -= 1
        if overruled := len(self.conflicts & stored):
            dead[Reason.CONFLICT] = self.ledger.conflicts - overruled
        duplicates = self.ledger.received - len(stored) - sum(dead.values()) - dropped
        return replace(self.ledger, stored=len(stored), duplicates=duplicates, dead=dead, dropped=dropped)


@dataclass(frozen=True, slots=True)
class Settler:
    """The rules of a worker: bounds, catalogue and what dead letters keep."""

    catalogue: Catalogue
    acceptance: Acceptance
    breaker: BreakerLimits
    dead_letters: DeadLetterMode
    rules: int

    def settle(self, records: Sequence[Message], span: Span, known: Known) -> Settled:
        """Decide a batch.

        Args:
            records: the messages of `span` that the log still has, in offset order.
            span: the offsets the batch settles.
            known: the partition's memory of everything before `span.start`.
        """
        clock = _clock(records, known.clock_ms)
        decoded = decode([record.value for record in records], clock, self.acceptance)
        ids, payloads = event_id_hash(decoded.events), payload_hash(decoded.events)
        verdicts = known.window.classify(ids, payloads)
        new = verdicts == Verdict.NEW
        rows = decoded.rows[new]
        offsets = np.fromiter((record.offset for record in records), np.uint64, len(records))
        facts = enrich(
            decoded.events.filter(pa.array(new)),
            Where(span, self.rules),
            offsets[rows],
            clock[rows],
            payloads[new],
            self.catalogue,
            known.caps.trial(),
        )
        refusals = [*decoded.refusals, *_conflicts(decoded.rows[verdicts == Verdict.CONFLICT])]
        breaker, trip = observe(known.breaker, self.breaker, clock, _flags(refusals, len(records)))
        return Settled(
            facts,
            [self._dead_letter(records[refusal.index], refusal, span) for refusal in refusals],
            self._ledger(span, len(records), facts, refusals, _append_times(clock, known)),
            frozenset(offsets.tolist()),
            frozenset(offsets[decoded.rows[verdicts == Verdict.CONFLICT]].tolist()),
            int(clock[-1]) if len(clock) else known.clock_ms,
            breaker,
            trip,
        )

    def _ledger(
        self, span: Span, received: int, facts: pa.RecordBatch, refusals: Sequence[Refusal], times: tuple[int, int]
    ) -> Ledger:
        dead = Counter(refusal.reason for refusal in refusals)
        return Ledger(
            span=span,
            stored=facts.num_rows,
            duplicates=received - facts.num_rows - len(refusals),
            dropped=span.end - span.start - received,
            append_time_min=times[0],
            append_time_max=times[1],
            rules=self.rules,
            catalogue=self.catalogue.version,
            dead=dead,
        )

    def _dead_letter(self, record: Message, refusal: Refusal, span: Span) -> DeadLetter:
        return DeadLetter.of(
            record.value,
            refusal=refusal,
            partition=span.partition,
            offset=record.offset,
            timestamp_ms=record.timestamp,
            mode=self.dead_letters,
        )


def _one_batch(facts: pa.RecordBatch | pa.Table) -> pa.RecordBatch:
    return facts if isinstance(facts, pa.RecordBatch) else facts.combine_chunks().to_batches()[0]


def _clock(records: Sequence[Message], earliest_ms: int) -> I64:
    """Return the append times, clamped to non-decreasing, unix ms; one that no clock gives counts as none."""
    times = np.fromiter((record.timestamp for record in records), np.int64, len(records))
    times[times >= _TIME_END_MS] = earliest_ms
    return np.maximum.accumulate(np.maximum(times, earliest_ms)) if len(times) else times


def _append_times(clock: I64, known: Known) -> tuple[int, int]:
    return (int(clock[0]), int(clock[-1])) if len(clock) else (known.clock_ms, known.clock_ms)


def _conflicts(rows: I64) -> Iterable[Refusal]:
    words = "this event_id was accepted before with other values"
    return (Refusal(row, Reason.CONFLICT, "event_id", words) for row in rows.tolist())


def _flags(refusals: Sequence[Refusal], count: int) -> NDArray[np.bool_]:
    flags = np.zeros(count, np.bool_)
    flags[[refusal.index for refusal in refusals]] = True
    return flags
