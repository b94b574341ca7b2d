"""What a run of the audit compares: hours of event time by received day, cut into slices that bound its memory."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final

SLICE_FACTS: Final = 100_000
SLICE_CELLS: Final = 200
HOUR_S: Final = 3600
_STEP_S: Final = 600

Hour = tuple[date, int]
"""Received day and the begin of an hour of event time, unix s."""


@dataclass(frozen=True, slots=True, order=True)
class Cell:
    """A span of time of one received day, and about how many facts it holds.

    Attributes:
        day: received.
        begin_s: of the span, unix s.
        facts: as counted or estimated; it only decides how much is compared at once.
        span_s: an hour, or the sixth part of one that is crowded.
    """

    day: date
    begin_s: int
    facts: int
    span_s: int = HOUR_S

    @property
    def hour(self) -> Hour:
        """The hour it is or lies in."""
        return self.day, self.begin_s - self.begin_s % HOUR_S

    def covers(self, day: date, at_s: int) -> bool:
        """Tell whether a bucket that begins at `at_s` lies in it."""
        return self.day == day and self.begin_s <= at_s < self.begin_s + self.span_s


@dataclass(frozen=True, slots=True)
class Slice:
    """Cells of one received day that are compared by one query per level."""

    day: date
    cells: tuple[Cell, ...]

    @property
    def facts(self) -> int:
        """How many facts it holds."""
        return sum(cell.facts for cell in self.cells)

    @property
    def hours(self) -> frozenset[Hour]:
        """The hours it touches."""
        return frozenset(cell.hour for cell in self.cells)

    def condition(self, time: str) -> str:
        """Return the SQL that selects its cells by a time, which may be a key of the table."""
        return within(time, [(cell.begin_s, cell.begin_s + cell.span_s) for cell in self.cells])


def within(time: str, spans: Iterable[tuple[int, int]]) -> str:
    """Return the SQL that a time lies in one of the spans (begin, end; unix s); touching ones are joined."""
    joined: list[tuple[int, int]] = []
    for begin, end in sorted(spans):
        if joined and begin <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((begin, end))
    ranges = (f"{time} >= toDateTime({one}, 'UTC') AND {time} < toDateTime({end}, 'UTC')" for one, end in joined)
    return f"({' OR '.join(f'({each})' for each in ranges)})"


def divided(cells: Iterable[Cell], most: int = SLICE_FACTS) -> Iterator[Cell]:
    """Cut hours of more than `most` facts into six equal parts, as if facts came evenly."""
    for cell in cells:
        if cell.facts <= most or cell.span_s == _STEP_S:
            yield cell
            continue
        parts = cell.span_s // _STEP_S
        for nth in reversed(range(parts)):
            yield Cell(cell.day, cell.begin_s + nth * _STEP_S, -(-cell.facts // parts), _STEP_S)


def slices(cells: Iterable[Cell], most: int = SLICE_FACTS) -> Iterator[Slice]:
    """Pack cells, in the order given, into slices of one day and at most `most` facts; no cell is divided."""
    packed: dict[date, list[Cell]] = {}
    for cell in cells:
        same = packed.setdefault(cell.day, [])
        if same and (sum(each.facts for each in same) + cell.facts > most or len(same) == SLICE_CELLS):
            yield Slice(cell.day, tuple(same))
            same.clear()
        same.append(cell)
    yield from (Slice(day, tuple(same)) for day, same in packed.items())
