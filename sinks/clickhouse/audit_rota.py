"""Which cells a run of the audit compares: a decision within a budget, so that each has its turn."""

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from tokentide.sinks.clickhouse.audit_slices import Cell

CELL_COST: Final = 1000
"""What a cell costs beside its facts, in facts, as measured: a read of a few rows reads thousands."""
_OLDER_SHARE: Final = 4
"""One part in so many of a budget, and of a run that is cut short, is for older cells."""
_NEVER: Final = -1

Place = tuple[date, int]


def chosen(
    cells: Iterable[Cell],
    compared: Mapping[Place, int],
    is_suspect: Callable[[Cell], bool],
    fresh_from_s: int,
    budget: int,
) -> list[Cell]:
    """Return the cells to compare now, in this order, as far as the budget goes.

    Suspects first, then what was compared longest ago, then the newest. A quarter of the budget is for cells
    of older event time, so that neither a flood of new events nor late ones spread over a week keep the other
    from being compared.

    Args:
        cells: all that may have changed.
        compared: number of the run that compared the cell at a place last.
        is_suspect: whether a cell differed when it was compared.
        fresh_from_s: cells that end later (unix s) are fresh.
        budget: facts to compare; at least one cell of either kind is.
    """
    ordered = sorted(cells, key=lambda cell: (not is_suspect(cell), _last(cell, compared), *_newest_first(cell)))
    fresh = [cell for cell in ordered if cell.begin_s + cell.span_s > fresh_from_s]
    older = [cell for cell in ordered if cell.begin_s + cell.span_s <= fresh_from_s]
    first = _take(older, budget // _OLDER_SHARE, least=1)
    second = _take(fresh, budget - _cost(first), least=1)
    third = _take(older[len(first) :], budget - _cost([*first, *second]), least=0)
    return _woven(second, [*first, *third])


def _woven(fresh: Iterable[Cell], older: Iterable[Cell]) -> list[Cell]:
    """Let older cells come whenever enough of the fresh ones came, so that a run cut short did some of both."""
    woven: list[Cell] = []
    waiting, due = deque(older), 0
    for cell in fresh:
        woven.append(cell)
        due += _cost([cell])
        while waiting and due >= (_OLDER_SHARE - 1) * _cost([waiting[0]]):
            due -= (_OLDER_SHARE - 1) * _cost([waiting[0]])
            woven.append(waiting.popleft())
    return [*woven, *waiting]


def _take(cells: Sequence[Cell], room: int, *, least: int) -> list[Cell]:
    taken: list[Cell] = []
    for cell in cells:
        if len(taken) >= least and _cost([cell]) > room:
            break
        taken.append(cell)
        room -= _cost([cell])
    return taken


def _cost(cells: Iterable[Cell]) -> int:
    return sum(cell.facts + CELL_COST for cell in cells)


def _last(cell: Cell, compared: Mapping[Place, int]) -> int:
    # An hour that was compared as a whole and is crowded by now was compared in each of its parts.
    return compared.get((cell.day, cell.begin_s), compared.get(cell.hour, _NEVER))


def _newest_first(cell: Cell) -> tuple[int, int]:
    return -cell.day.toordinal(), -cell.begin_s


@dataclass(slots=True)
class Rota:
    """Remembers what was compared when, by number of the run."""

    run: int = 0
    compared: dict[Place, int] = field(default_factory=dict)

    def turn(
        self, cells: Iterable[Cell], is_suspect: Callable[[Cell], bool], fresh_from_s: int, budget: int
    ) -> list[Cell]:
        """Begin a run: return its cells and forget those that are no longer among the touched."""
        cells = list(cells)
        self.run += 1
        places = {place for cell in cells for place in ((cell.day, cell.begin_s), cell.hour)}
        self.compared = {place: run for place, run in self.compared.items() if place in places}
        return chosen(cells, self.compared, is_suspect, fresh_from_s, budget)

    def done(self, cells: Iterable[Cell]) -> None:
        """Note that these were compared, or tried, in this run."""
        self.compared.update(((cell.day, cell.begin_s), self.run) for cell in cells)
