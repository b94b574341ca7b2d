"""The duplicate window of one partition: which of the last N accepted events a message repeats.

Acceptances are numbered. An event repeats an earlier one exactly when the newest acceptance of its
id is among the N acceptances before it, counting those of its own batch: the verdict is a function
of the log alone, whatever the batch boundaries were and whenever runs were merged or evicted.
A refused, duplicate or conflicting event is no acceptance: it neither takes a number nor renews one.

Memory is sorted runs, merged geometrically up to a quarter of the capacity each (20 bytes per
acceptance, at most about 1.25 N of them), so a lookup is a handful of binary searches.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tokentide.streams.transforms.runs import U64, Run, merged, run_of

_MERGE_RATIO: Final = 2
_RUN_MAX: Final = 1 << 31
_NEVER: Final = -1


class Verdict(IntEnum):
    """What one event is, given everything accepted before it."""

    NEW = 0
    DUPLICATE = 1
    CONFLICT = 2


@dataclass(frozen=True, slots=True)
class _Seen:
    """Newest acceptance of each event's id: its number (or _NEVER) and payload hash, shape (n,) each."""

    numbers: NDArray[np.int64]
    payloads: U64


class DuplicateWindow:
    """The last `capacity` accepted events of a partition, by id hash and payload hash.

    Args:
        capacity: N, how many acceptances back a repetition is recognised; at least 1.
    """

    def __init__(self, capacity: int) -> None:
        if capacity < 1:
            raise ValueError(f"a duplicate window needs a capacity of at least 1, not {capacity}")
        self.capacity = capacity
        self._runs: list[Run] = []
        self._next = 0

    def __len__(self) -> int:
        """Return how many acceptances a repetition is still recognised of."""
        return min(self._next, self.capacity)

    @property
    def nbytes(self) -> int:
        """Return the memory held, in bytes."""
        return sum(run.nbytes for run in self._runs)

    def classify(self, ids: U64, payloads: U64) -> NDArray[np.uint8]:
        """Judge a batch in log order: against the window, then against its own earlier events.

        Changes nothing: the accepted ones are added once they are written.

        Args:
            ids: id hashes in log order, shape (n,).
            payloads: payload hashes, shape (n,).

        Returns:
            `Verdict` of each event, uint8, shape (n,).
        """
        order = np.argsort(ids, kind="stable")
        seen = self._seen(ids, order)
        if self._horizon_is_certain(seen, len(ids)):
            return _judge_at_once(ids, payloads, order, seen)
        return np.fromiter(self._judge_singly(ids, payloads, seen), np.uint8, len(ids))

    def add(self, ids: U64, payloads: U64) -> None:
        """Number the accepted events of a written batch, in log order."""
        for start in range(0, len(ids), self._run_limit):
            stop = start + self._run_limit
            self._push(run_of(ids[start:stop], payloads[start:stop], self._next))
        self._evict()

    def restore(self, ids: U64, payloads: U64) -> None:
        """Forget everything, then take accepted events read back from facts, oldest first."""
        self._runs, self._next = [], 0
        self.add(ids[-self.capacity :], payloads[-self.capacity :])

    @property
    def _run_limit(self) -> int:
        return max(1, min(self.capacity // 4, _RUN_MAX))

    def _seen(self, ids: U64, order: NDArray[np.intp]) -> _Seen:
        numbers = np.full(len(ids), _NEVER, np.int64)
        payloads = np.zeros(len(ids), np.uint64)
        ascending = ids[order]  # neighbours share cache lines of the binary search
        for run in self._runs:
            at = np.searchsorted(run.ids, ascending, side="right") - 1
            hit = np.flatnonzero((at >= 0) & (run.ids[at] == ascending))
            numbers[order[hit]] = run.ages[at[hit]].astype(np.int64) + run.first
            payloads[order[hit]] = run.payloads[at[hit]]
        return _Seen(numbers, payloads)

    def _horizon_is_certain(self, seen: _Seen, events: int) -> bool:
        """Return whether no verdict depends on how many events of this batch are accepted."""
        if events > self.capacity:
            return False
        oldest = self._next - self.capacity
        return not np.any((seen.numbers != _NEVER) & (seen.numbers < oldest + events))

    def _judge_singly(self, ids: U64, payloads: U64, seen: _Seen) -> Iterator[int]:
        """Judge one by one: some id is so old that acceptances of this batch push it out."""
        accepted: dict[int, tuple[int, int]] = {}
        number = self._next
        before = zip(seen.numbers.tolist(), seen.payloads.tolist(), strict=True)
        for event_id, payload, older in zip(ids.tolist(), payloads.tolist(), before, strict=True):
            last, last_payload = accepted.get(event_id, older)
            if last != _NEVER and last >= number - self.capacity:
                yield Verdict.DUPLICATE if payload == last_payload else Verdict.CONFLICT
                continue
            accepted[event_id] = (number, payload)
            number += 1
            yield Verdict.NEW

    def _push(self, run: Run) -> None:
        self._next = run.end
        while self._runs and self._worth_merging(self._runs[-1], run):
            run = merged(self._runs.pop(), run)
        self._runs.append(run)

    def _worth_merging(self, older: Run, newer: Run) -> bool:
        span = older.span + newer.span
        return span <= self._run_limit and older.span < _MERGE_RATIO * newer.span

    def _evict(self) -> None:
        oldest_kept = self._next - self.capacity
        self._runs = [run for run in self._runs if run.end > oldest_kept]


def _judge_at_once(ids: U64, payloads: U64, order: NDArray[np.intp], seen: _Seen) -> NDArray[np.uint8]:
    """Judge a batch in which every id seen before is surely inside the window."""
    ascending = ids[order]
    opens = np.ones(len(ids), np.bool_)
    opens[1:] = ascending[1:] != ascending[:-1]
    first = order[np.flatnonzero(opens)[np.cumsum(opens) - 1]]  # stable sort: the earliest of each id
    known = seen.numbers[order] != _NEVER
    reference = np.where(known, seen.payloads[order], payloads[first])
    same = reference == payloads[order]
    verdicts = np.where(same, Verdict.DUPLICATE, Verdict.CONFLICT)
    verdicts[opens & ~known] = Verdict.NEW
    judged = np.empty(len(ids), np.uint8)
    judged[order] = verdicts
    return judged
