"""Cohorts that stand out: foundational ones, models without any, and comebacks.

Decisions on counts alone; every threshold is here. How often each is wrong and how often it finds what is
there was measured on simulated markets (see the tests): cohorts differ by chance and by themselves.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import erfc, sqrt
from statistics import median
from typing import Final

from tokentide.reports.cohorts.cells import Cohort

FOUNDATIONAL_ACCOUNTS: Final = 100
"""Every cohort that is compared has at least as many accounts."""
BOOMERANG_ACCOUNTS: Final = 300
EARLY: Final = 3
"""Foundational cohorts are among a group's first so many."""
LATER: Final = 3
"""Later cohorts needed to compare with."""
MARGIN: Final = 0.10
"""An early cohort must retain so much more than the median later one; also the largest rise called none."""
NATURAL: Final = 0.05
"""Cohorts of one model differ by about this for no lasting reason; a difference is tested against it."""
RISE: Final = 0.05
"""A comeback lifts retention by at least this."""


class Verdict(StrEnum):
    """What is known of a group's early cohorts."""

    FOUNDATIONAL = "foundational"
    NONE = "none"
    UNDECIDED = "undecided"
    TOO_FEW = "too_few"


@dataclass(frozen=True, slots=True)
class Lead:
    """An early cohort against the later ones, at one offset.

    Attributes:
        cohort: index of the early cohort.
        offset: the last one that enough later cohorts have reached.
        n, retention: accounts and retention of the early cohort.
        later: cohorts compared with; later_retention: their median.
        p: chance of such a lead if it were only natural; high: upper 95 % end of the lead.
    """

    cohort: int
    offset: int
    n: int
    retention: float
    later: int
    later_retention: float
    p: float
    high: float

    @property
    def lead(self) -> float:
        """How much more the early cohort retains."""
        return self.retention - self.later_retention


def leads(cohorts: Sequence[Cohort]) -> list[Lead]:
    """Compare each early cohort of one group with the cohorts after it, where there are enough."""
    large = [each for each in cohorts if each.accounts >= FOUNDATIONAL_ACCOUNTS]
    found = (_lead(early, [each for each in large if each.cohort > early.cohort]) for early in large[:EARLY])
    return [each for each in found if each is not None]


def _lead(early: Cohort, later: Sequence[Cohort]) -> Lead | None:
    offset = max(
        (n for n in early.cells if n > 0 and len(_at(later, n)) >= LATER and _usable(early, n)), default=None
    )
    if offset is None:
        return None
    others = [each.cells[offset].active / each.cells[offset].at_risk for each in _at(later, offset)]
    sizes = [each.cells[offset].at_risk for each in _at(later, offset)]
    n = early.cells[offset].at_risk
    own, typical = early.cells[offset].active / n, median(others)
    error = sqrt(_noise(own, n) + _between(others, sizes) + _noise(typical, sum(sizes)))
    # not 1 - cdf: of a sure lead nothing would be left
    p = erfc((own - typical - NATURAL) / error / sqrt(2)) / 2
    return Lead(early.cohort, offset, n, own, len(others), typical, p, own - typical + 1.96 * error)


def _at(cohorts: Sequence[Cohort], offset: int) -> list[Cohort]:
    return [each for each in cohorts if offset in each.cells and _usable(each, offset)]


def _usable(cohort: Cohort, offset: int) -> bool:
    """Tell whether a cohort is whole at an offset: some of its accounts may end with their key."""
    return cohort.cells[offset].at_risk >= FOUNDATIONAL_ACCOUNTS


def _noise(share: float, n: int) -> float:
    """Return the variance of a share of n, never 0 (Agresti and Coull)."""
    kept = (share * n + 2) / (n + 4)
    return kept * (1 - kept) / (n + 4)


def _between(shares: Sequence[float], sizes: Sequence[int]) -> float:
    """Return how much cohorts vary beyond chance: the spread of the later ones, less their noise."""
    mean = sum(shares) / len(shares)
    spread = sum((share - mean) ** 2 for share in shares) / (len(shares) - 1)
    noise = sum(_noise(share, n) for share, n in zip(shares, sizes, strict=True)) / len(shares)
    return max(spread - noise, 0.0)


def verdict(found: Sequence[Lead], adjusted: Mapping[int, float]) -> Verdict:
    """Return what is known of one group.

    Args:
        found: its leads; adjusted: p of each cohort's lead, Benjamini-Hochberg over all groups.
    """
    if not found:
        return Verdict.TOO_FEW
    if any(adjusted[each.cohort] <= 0.05 and each.lead >= MARGIN for each in found):
        return Verdict.FOUNDATIONAL
    return Verdict.NONE if all(each.high < 2 * MARGIN for each in found) else Verdict.UNDECIDED


@dataclass(frozen=True, slots=True)
class Paired:
    """The same accounts of one cohort at two offsets: how many came back, how many were lost."""

    cohort: int
    earlier: int
    later: int
    n: int
    gained: int
    lost: int

    @property
    def rise(self) -> float:
        """How much retention rose from the earlier offset to the later one."""
        return (self.gained - self.lost) / self.n


def best_rise(pairs: Sequence[Paired], p_values: Sequence[float]) -> tuple[Paired, float] | None:
    """Return the surest rise of one cohort and its p-value, times the pairs it was picked from (Bonferroni)."""
    if not pairs:
        return None
    # of equally sure ones the earliest: rows come in no order
    ranked = ((p, -pair.rise, pair.later, pair.earlier, pair) for p, pair in zip(p_values, pairs, strict=True))
    p, *_, pair = min(ranked, key=lambda each: each[:4])
    return pair, min(1.0, p * len(pairs))
