"""Up to which append time a partition is settled: a decision over what its owner knows and sees.

Source: docs/protocol.md, "Watermarks".
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

MARGIN_MS: Final = 60_000
"""How far the broker's clock, and what it has not shown yet, may lag behind our clock.

A record is shown once its replicas have it, at most `replica.lag.time.max.ms` (30 s) after it was stamped;
the other half is for clocks.
"""


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a partition loop stands.

    Attributes:
        start: offset before which everything is written.
        position: offset wanted next.
        idle: nothing is planned or buffered.
        settled_ms: latest append time of what is written, unix ms; 0 if nothing ever was.
        ledger_end: end of the last batch known to be in the ledger, if any.
    """

    start: int
    position: int
    idle: bool
    settled_ms: int
    ledger_end: int | None


@dataclass(frozen=True, slots=True)
class Mark:
    """What is recorded of a partition: everything appended before `append_ms` was settled at `observed_ms`."""

    number: int
    start: int
    end_offset: int
    append_ms: int
    observed_ms: int


def observe(number: int, standing: Standing, end_offset: int | None, asked_ms: int) -> Mark | None:
    """Return what can be said of a partition, or None if it is nothing.

    Args:
        number: of the partition.
        standing: of its loop, taken after the broker answered.
        end_offset: the end of the log in an answer to a question asked at `asked_ms`; None if not asked.
        asked_ms: our clock before the question, unix ms.
    """
    append_ms = standing.settled_ms
    if end_offset is not None and standing.idle and standing.position >= end_offset:
        append_ms = max(append_ms, asked_ms - MARGIN_MS)
    if append_ms <= 0:
        return None
    return Mark(number, standing.start, end_offset or standing.start, append_ms, asked_ms)


def news(marks: Iterable[Mark], recorded: Mapping[int, int]) -> list[Mark]:
    """Return the marks that say more than what is recorded (append time by partition)."""
    return [mark for mark in marks if mark.append_ms > recorded.get(mark.number, 0)]


def was_early(standing: Standing, recorded: Mark | None) -> bool:
    """Tell whether records came with append times from before what had been called settled."""
    return recorded is not None and standing.start > recorded.start and standing.settled_ms < recorded.append_ms
