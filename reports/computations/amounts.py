"""The volume of a group of cells, and the columns every answer shows of it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from tokentide.reports.formulas import Row, Unit

NANO: Final = 1e9
MICRO: Final = 1e6
VOLUME_COLUMNS: Final = ("tokens", "requests", "cost_usd", "n", "unpriced", "known_share")


@dataclass(slots=True)
class Amount:
    """Additive sums of some cells of the model or place cube."""

    tokens: int = 0
    requests: int = 0
    cost_nano: int = 0
    n: int = 0
    unpriced: int = 0

    def add(self, row: Mapping[str, Any]) -> None:
        """Add a cell."""
        self.tokens += int(row["tokens"])
        self.requests += int(row["requests"])
        self.cost_nano += int(row["cost_nano"])
        self.n += int(row["n"])
        self.unpriced += int(row["unpriced"])

    def plus(self, other: "Amount") -> None:
        """Add another amount."""
        self.tokens += other.tokens
        self.requests += other.requests
        self.cost_nano += other.cost_nano
        self.n += other.n
        self.unpriced += other.unpriced

    def of(self, unit: Unit) -> int:
        """Return the amount in a unit."""
        return {Unit.USD: self.cost_nano, Unit.REQUESTS: self.requests}.get(unit, self.tokens)

    def row(self, unit: Unit) -> Row:
        """Return the columns of `VOLUME_COLUMNS`."""
        priced = self.n - self.unpriced
        return {
            "tokens": self.tokens,
            "requests": self.requests,
            "cost_usd": self.cost_nano / NANO if priced else None,
            "n": self.n,
            "unpriced": self.unpriced,
            "known_share": part(priced, self.n) if unit is Unit.USD else 1.0,
        }


def amount(rows: Iterable[Mapping[str, Any]]) -> Amount:
    """Return the sums of cells."""
    whole = Amount()
    for row in rows:
        whole.add(row)
    return whole


def total(parts: Iterable[Amount]) -> Amount:
    """Return the sum of amounts."""
    whole = Amount()
    for each in parts:
        whole.plus(each)
    return whole


def amounts(rows: Iterable[Mapping[str, Any]], *names: str) -> dict[tuple[Any, ...], Amount]:
    """Return the sums of cells by the values of columns."""
    found: dict[tuple[Any, ...], Amount] = {}
    for row in rows:
        found.setdefault(tuple(row[name] for name in names), Amount()).add(row)
    return found


def part(numerator: float, denominator: float) -> float | None:
    """Return a part of a whole; None where the whole is nothing."""
    return numerator / denominator if denominator else None
