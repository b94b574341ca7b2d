"""Rows of an answer against the rows they must equal: integers and words exactly, fractions to rounding."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Row = Mapping[str, Any]
EXACT = 1e-9
QUANTILE = 0.01
_QUANTILE = re.compile(r"(^|_)p(50|90|99)$")


@dataclass
class Difference:
    """What was compared, and where the two sides part.

    Attributes:
        rows: rows that both sides have.
        columns: columns compared in them.
        largest: relative difference of fractions, of all but quantiles.
        largest_quantile: of quantiles.
        wrong: one line each that says what and where.
    """

    rows: int = 0
    columns: set[str] = field(default_factory=set)
    largest: float = 0.0
    largest_quantile: float = 0.0
    wrong: list[str] = field(default_factory=list)

    def value(self, where: object, name: str, found: Any, expected: Any) -> None:
        """Compare one value of one row."""
        self.columns.add(name)
        apart = relative(found, expected)
        if _QUANTILE.search(name) and apart != math.inf:
            self.largest_quantile = max(self.largest_quantile, apart)
            right = apart <= QUANTILE
        else:
            exact = isinstance(expected, int) and isinstance(found, int)
            right = apart == 0 if exact else apart <= EXACT
            self.largest = max(self.largest, apart if right else 0.0)
        if not right:
            self.wrong.append(f"{where} {name}: {found!r} instead of {expected!r}")


def relative(found: Any, expected: Any) -> float:
    """Return how far two values are apart, relative to the expected; infinite where they are not two numbers."""
    numbers = all(isinstance(value, int | float) and not isinstance(value, bool) for value in (found, expected))
    if found == expected:
        return 0.0
    if not numbers:
        return math.inf
    return abs(found - expected) / abs(expected) if expected else abs(found)


def compare(found: Sequence[Row], expected: Sequence[Row], keys: Sequence[str]) -> Difference:
    """Return how an answer differs from what it must be; its further columns are not looked at."""
    difference = Difference()
    ours, theirs = keyed(found, keys), keyed(expected, keys)
    for words, rows in (("twice", len(found) - len(ours)), ("twice expected", len(expected) - len(theirs))):
        if rows:
            difference.wrong.append(f"{rows} rows {words}")
    difference.wrong += [f"{key} is missing" for key in theirs.keys() - ours.keys()]
    difference.wrong += [f"{key} is too much" for key in ours.keys() - theirs.keys()]
    for key in theirs.keys() & ours.keys():
        difference.rows += 1
        for name, value in theirs[key].items():
            if name not in keys:
                difference.value(key, name, ours[key].get(name, "absent"), value)
    return difference


def keyed(rows: Sequence[Row], keys: Sequence[str]) -> dict[tuple[Any, ...], Row]:
    """Return rows by their time and dimensions."""
    return {tuple(row.get(name) for name in keys): row for row in rows}
