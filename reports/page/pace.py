"""Which figure is asked next, and how long the store rests after: the page must cost little."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from tokentide.reports.page.board import Board, Cell
from tokentide.reports.page.figure import Figure
from tokentide.reports.page.freshness import Freshness

REST: Final = 3.0
"""Seconds of rest for each second of asking: readers take at most a quarter of one core."""
REST_MAX_S: Final = 2.0


@dataclass(frozen=True, slots=True)
class Job:
    """A figure to be asked for a board; `first` if its readers have nothing of it yet."""

    board: Board
    figure: Figure
    first: bool


def next_job(boards: Iterable[Board], figures: Sequence[Figure], held: Freshness, now: float) -> Job | None:
    """Return the most urgent ask of the boards that have readers, or None.

    What nobody has seen yet comes first, in the order of the page; then what is overdue longest.
    """
    watched = [board for board in boards if board.viewers]
    for figure in figures:
        for board in watched:
            if figure.id not in board.cells:
                return Job(board, figure, first=True)
    late = [
        (_overdue_s(board.cells[figure.id], figure, now), Job(board, figure, first=False))
        for board in watched
        for figure in figures
        if is_due(board.cells[figure.id], figure, held, now)
    ]
    return max(late, key=lambda pair: pair[0])[1] if late else None


def is_due(cell: Cell, figure: Figure, held: Freshness, now: float) -> bool:
    """Whether a figure may have changed since it was asked, and has rested."""
    return cell.asked_of != held and _overdue_s(cell, figure, now) >= 0


def _overdue_s(cell: Cell, figure: Figure, now: float) -> float:
    return now - cell.asked_at - figure.every_s


def rest_s(took_s: float, first: bool) -> float:
    """Return how long to rest after an ask; not at all while somebody waits for a first picture."""
    return 0.0 if first else min(REST_MAX_S, REST * took_s)
