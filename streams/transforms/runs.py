"""A sorted run: consecutive acceptances, searchable by id hash, mergeable with its neighbour."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

U64 = NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class Run:
    """Acceptances number `first` to `first + span - 1`, sorted by id hash.

    Attributes:
        ids: id hashes, ascending; equal ones in order of acceptance.
        payloads: payload hash of each.
        ages: acceptance number of each, relative to `first` (32 bits: a run never spans more).
        first: number of the oldest acceptance covered.
    """

    ids: U64
    payloads: U64
    ages: NDArray[np.uint32]
    first: int

    @property
    def span(self) -> int:
        """Return how many acceptances are covered."""
        return len(self.ids)

    @property
    def end(self) -> int:
        """Return the acceptance number after the newest one covered."""
        return self.first + self.span

    @property
    def nbytes(self) -> int:
        """Return the memory held, in bytes."""
        return int(self.ids.nbytes + self.payloads.nbytes + self.ages.nbytes)


def run_of(ids: U64, payloads: U64, first: int) -> Run:
    """Sort acceptances given in order of acceptance, the oldest numbered `first`."""
    order = np.argsort(ids, kind="stable")
    return Run(ids[order], payloads[order], order.astype(np.uint32), first)


def merged(older: Run, newer: Run) -> Run:
    """Merge two neighbouring runs."""
    ages = np.concatenate([older.ages, newer.ages + np.uint32(newer.first - older.first)])
    ids = np.concatenate([older.ids, newer.ids])
    payloads = np.concatenate([older.payloads, newer.payloads])
    order = np.argsort(ids, kind="stable")  # a merge sort: linear on two sorted stretches
    return Run(ids[order], payloads[order], ages[order], older.first)
