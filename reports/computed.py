"""Metrics that are computed in Python from what a few small statements return."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import pyarrow as pa

from tokentide.reports.formulas import Row, Windows

if TYPE_CHECKING:
    from tokentide.reports.question import Question

StoreQuery = Callable[[str, Mapping[str, Any]], pa.Table]
"""Runs one SELECT with named parameters and returns its rows."""


@dataclass(slots=True)
class Ask:
    """What a computation is given: the store, and the checked question.

    Attributes:
        query: runs one SELECT.
        question: what is asked; times in epoch seconds.
        notes: what the reader should know about the answer; a computation may add to it.
        period: the bounds [from, to) it answered for, in epoch seconds, if it found them.
    """

    query: StoreQuery
    question: "Question"
    notes: list[str] = field(default_factory=list)
    period: tuple[int, int] | None = None

    def rows(self, sql: str, parameters: Mapping[str, Any] | None = None) -> list[Row]:
        """Run a statement and return its rows as dictionaries."""
        return list(self.query(sql, parameters or {}).to_pylist())


@runtime_checkable
class Computed(Protocol):
    """A figure, or a table of figures, whose last step is not SQL.

    Rows are flat: `bucket` in epoch seconds (only where the question has a calendar grid other than `all`),
    the dimensions by name, then the columns.
    """

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns after time and dimensions."""

    @property
    def windows(self) -> Windows:
        """How many windows an answer may have."""

    def keys(self, question: "Question") -> tuple[str, ...]:
        """Return the names of the dimensions an answer to this question has."""

    def rows(self, ask: Ask) -> list[Row]:
        """Return the answer."""


def by_value(rows: Iterable[Mapping[str, Any]], *names: str) -> dict[tuple[Any, ...], list[Mapping[str, Any]]]:
    """Group rows by the values of columns, in the order they come."""
    groups: dict[tuple[Any, ...], list[Mapping[str, Any]]] = {}
    for row in rows:
        groups.setdefault(tuple(row[name] for name in names), []).append(row)
    return groups


def total(rows: Sequence[Mapping[str, Any]], name: str) -> int:
    """Return the sum of a column."""
    return sum(int(row[name]) for row in rows)
