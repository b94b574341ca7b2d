"""What a run of the continuous audit compares: never more than its budget, and everything in its turn."""

from collections.abc import Collection
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokentide.sinks.clickhouse.audit_rota import CELL_COST, Rota, chosen
from tokentide.sinks.clickhouse.audit_slices import Cell, Slice, divided, slices, within

DAY = date(2026, 3, 5)
HOUR = 3600
FRESH = 1000 * HOUR
"""Where fresh hours begin."""
BUDGET = 400_000


def hours(*begins: int, facts: int = 10_000, day: date = DAY) -> list[Cell]:
    return [Cell(day, begin * HOUR, facts) for begin in begins]


def never(_: Cell) -> bool:
    return False


def cost(cells: Collection[Cell]) -> int:
    return sum(cell.facts + CELL_COST for cell in cells)


def test_late_events_over_a_week_do_not_make_a_run_read_the_week() -> None:
    """Of 24 M facts of a day touched at every hour, a run takes its budget, the last two hours among them."""
    week = hours(*range(830, 1000), facts=100_000)
    fresh = hours(1000, 1001, 1002)
    taken = chosen([*week, *fresh], {}, never, FRESH, BUDGET)
    assert cost(taken) <= BUDGET
    assert set(fresh) <= set(taken)


def test_a_flood_of_new_events_leaves_a_quarter_for_older_hours_and_old_ones_leave_room_for_new() -> None:
    fresh, older = hours(*range(1000, 1100)), hours(*range(900, 1000))
    taken = chosen([*fresh, *older], {}, never, FRESH, BUDGET)
    assert cost(taken) <= BUDGET
    assert len(set(taken) & set(older)) == 9
    assert len(set(taken) & set(fresh)) == 27


def test_a_run_that_is_cut_short_did_three_times_as_much_of_the_fresh_hours() -> None:
    taken = chosen([*hours(*range(1000, 1020)), *hours(*range(900, 920))], {}, never, FRESH, 10 * BUDGET)
    assert len(taken) == 40
    for cut in (4, 8, 20):
        assert sum(cell.begin_s >= FRESH for cell in taken[:cut]) == cut * 3 // 4


def test_a_budget_that_one_kind_leaves_is_for_the_other() -> None:
    older = hours(*range(900, 1000))
    assert len(chosen(older, {}, never, FRESH, BUDGET)) == 36
    assert len(chosen([*older, *hours(1000)], {}, never, FRESH, BUDGET)) == 36


def test_a_cell_larger_than_the_budget_is_compared_alone() -> None:
    large = Cell(DAY, FRESH, 10 * BUDGET)
    assert chosen([large, *hours(1001)], {(DAY, 1001 * HOUR): 3}, never, FRESH, BUDGET) == [large]


def test_suspects_are_first_then_the_longest_ago_then_the_newest() -> None:
    cells = hours(1000, 1001, 1002, 1003, facts=BUDGET // 3)
    compared = {(DAY, 1002 * HOUR): 1, (DAY, 1003 * HOUR): 2, (DAY, 1000 * HOUR): 3}
    suspect = cells[0]
    assert chosen(cells, compared, never, FRESH, BUDGET) == [cells[1], cells[2]]
    assert chosen(cells, compared, lambda cell: cell == suspect, FRESH, BUDGET) == [suspect, cells[1]]
    newest = chosen(cells, dict.fromkeys(compared, 1) | {(DAY, 1001 * HOUR): 1}, never, FRESH, BUDGET)
    assert newest == [cells[3], cells[2]]


def test_an_hour_that_became_crowded_counts_as_compared_when_it_was() -> None:
    parts = list(divided(hours(1000, facts=600_000)))
    other = hours(1001, facts=BUDGET)
    compared = {(DAY, 1000 * HOUR): 2, (DAY, 1001 * HOUR): 1}
    assert chosen([*parts, *other], compared, never, FRESH, BUDGET)[0] == other[0]


@given(
    sizes=st.lists(st.tuples(st.integers(800, 1050), st.integers(0, 2 * BUDGET)), min_size=1, max_size=60),
    suspects=st.sets(st.integers(800, 1050), max_size=3),
)
def test_every_touched_cell_is_compared_in_the_end_and_no_run_exceeds_its_budget(
    sizes: list[tuple[int, int]], suspects: set[int]
) -> None:
    cells = list({begin: Cell(DAY, begin * HOUR, facts) for begin, facts in sizes}.values())
    rota = Rota()
    seen: set[Cell] = set()
    for run in range(2 * len(cells)):
        named = suspects if run % 3 == 0 else set()
        taken = rota.turn(cells, lambda cell, named=named: cell.begin_s // HOUR in named, FRESH, BUDGET)  # type: ignore[misc]
        rota.done(taken)
        assert cost(taken) <= BUDGET or large_alone(taken)
        seen |= set(taken)
    assert seen == set(cells)


def large_alone(cells: list[Cell]) -> bool:
    """Above the budget there is at most the first cell of either kind."""
    kinds = [[cell for cell in cells if (cell.begin_s + HOUR > FRESH) is fresh] for fresh in (True, False)]
    return any(found and cost(found[:1]) > BUDGET // 4 for found in kinds) and all(
        cost(found[1:]) <= BUDGET for found in kinds
    )


def test_what_a_run_did_not_get_to_is_first_in_the_next() -> None:
    cells = hours(1000, 1001, 1002)
    rota = Rota()
    first = rota.turn(cells, never, FRESH, 10 * BUDGET)
    rota.done(first[:1])
    assert rota.turn(cells, never, FRESH, 10 * BUDGET) == [*first[1:], first[0]]


def test_slices_hold_cells_of_one_day_and_are_bounded() -> None:
    after = DAY + timedelta(days=1)
    cells = [Cell(after, 0, 1), Cell(DAY, 10800, 99), Cell(DAY, 7200, 5), Cell(DAY, 3600, 5), Cell(DAY, 0, 5)]
    assert list(slices(cells, 10)) == [
        Slice(DAY, (cells[1],)),
        Slice(DAY, (cells[2], cells[3])),
        Slice(after, (cells[0],)),
        Slice(DAY, (cells[4],)),
    ]
    assert [len(part.cells) for part in slices(hours(*range(500), facts=0))] == [200, 200, 100]


def test_a_crowded_hour_is_cut_into_six_and_keeps_its_facts_and_its_time() -> None:
    parts = list(divided(hours(7, facts=600_001)))
    assert [part.begin_s for part in parts] == [7 * HOUR + nth * 600 for nth in (5, 4, 3, 2, 1, 0)]
    assert {part.span_s for part in parts} == {600}
    assert 600_001 <= sum(part.facts for part in parts) <= 600_007
    assert {part.hour for part in parts} == {(DAY, 7 * HOUR)}
    assert parts[0].covers(DAY, 8 * HOUR - 10)
    assert not parts[0].covers(DAY, 8 * HOUR)


@pytest.mark.parametrize(
    ("spans", "ranges"), [([(0, 10), (10, 20)], 1), ([(5, 9), (0, 10)], 1), ([(20, 30), (0, 10)], 2)]
)
def test_spans_that_touch_are_one_range_of_the_key(spans: list[tuple[int, int]], ranges: int) -> None:
    assert within("at", spans).count("at >= ") == ranges
