"""Cohorts from counts: which accounts may be compared, which periods are over."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tokentide.reports.cohorts.accounts import Extent, KeySpan
from tokentide.reports.cohorts.calendar import Period


@dataclass(slots=True)
class Cell:
    """One cohort at one offset.

    Attributes:
        at_risk: accounts whose period of this offset is over and was observed; 0: nothing is known yet.
        active: of these, active then, whatever they did in between.
        strict: of these, active then and in every period before.
    """

    at_risk: int = 0
    active: int = 0
    strict: int = 0


@dataclass(slots=True)
class Cohort:
    """The accounts of one group whose first use fell into one period.

    Attributes:
        group: value of the dimension, '' for everything.
        cohort: index of the period.
        accounts: in it.
        cells: by offset, from 0; the last one is not over for some account.
    """

    group: str
    cohort: int
    accounts: int = 0
    cells: dict[int, Cell] = field(default_factory=lambda: defaultdict(Cell))


@dataclass(slots=True)
class Cohorts:
    """All cohorts of an answer, and the accounts per group that are in none because their key began late."""

    cohorts: dict[tuple[str, int], Cohort]
    rotated: dict[str, int]

    @property
    def groups(self) -> list[str]:
        """Groups by the number of their accounts, most first."""
        size: dict[str, int] = defaultdict(int)
        for (group, _), cohort in self.cohorts.items():
            size[group] += cohort.accounts
        return sorted(size, key=lambda group: (-size[group], group))

    def of(self, group: str) -> list[Cohort]:
        """Return the cohorts of a group, earliest first."""
        return [each for (name, _), each in sorted(self.cohorts.items()) if name == group]


def gather(rows: Iterable[Mapping[str, Any]], period: Period, extent: Extent) -> Cohorts:
    """Add up counts of all keys, without accounts that may be older than they look."""
    spans = {span.key: span for span in extent.keys}
    found, rotated = Cohorts({}, {}), defaultdict[str, int](int)
    for row in rows:
        if is_rotated(spans[row["key"]], int(row["cohort"]), period):
            rotated[row["grp"]] += int(row["accounts_"]) if int(row["offset"]) == 0 else 0
        else:
            _add(found, row)
    found.rotated = dict(rotated)
    return found


def is_rotated(span: KeySpan, cohort: int, period: Period) -> bool:
    """Tell whether a cohort is the first of a key that began late: who is in it may only be re-hashed."""
    return span.begins_late and cohort == period.index(span.first_day)


def _add(found: Cohorts, row: Mapping[str, Any]) -> None:
    group, index, offset = row["grp"], int(row["cohort"]), int(row["offset"])
    cohort = found.cohorts.setdefault((group, index), Cohort(group, index))
    cell = cohort.cells[offset]
    cohort.accounts += int(row["accounts_"]) if offset == 0 else 0
    cell.at_risk += int(row["at_risk"])
    cell.active += int(row["active"])
    cell.strict += int(row["strict"])
