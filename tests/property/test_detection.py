"""What must hold of the detector whatever the traffic: order, units and repetition do not matter, nothing is lost."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.shares import CELL_S, DAY_CELLS, MEMBERS, NOW, RULES, START, WATCH, WEEKS, quiet, times

from tokentide.schemas.alert import AlertEvent
from tokentide.streams.detection.baseline import Baseline, build_baseline
from tokentide.streams.detection.cells import OTHER, Cells
from tokentide.streams.detection.machine import step
from tokentide.streams.detection.state import WatchState

TICKS = 14
SLOW = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def traffic() -> Cells:
    return quiet(START, WEEKS * 7 * DAY_CELLS, seed=1).then(quiet(NOW, TICKS + 6, seed=2))


@pytest.fixture(scope="module")
def baseline(traffic: Cells) -> Baseline:
    found = build_baseline(WATCH, RULES, traffic, WatchState(), NOW)
    assert found is not None
    return found


def decided(cells: Cells, baseline: Baseline | None) -> tuple[WatchState, list[AlertEvent]]:
    state, told = WatchState(), []
    for now in range(NOW + CELL_S, NOW + TICKS * CELL_S, CELL_S):
        state, changes = step(WATCH, RULES, state, cells, baseline, now)
        told += changes
    return state, told


@SLOW
@given(member=st.integers(0, 4), factor=st.sampled_from([0.0, 0.2, 0.5, 2.0, 4.0]), order=st.permutations(range(5)))
def test_the_order_of_members_does_not_matter(
    traffic: Cells, baseline: Baseline, member: int, factor: float, order: list[int]
) -> None:
    cells = times(traffic, member, factor, NOW + 2 * CELL_S)
    turned = replace(
        cells,
        members=tuple(cells.members[at] for at in order),
        **{name: getattr(cells, name)[:, order] for name in ("events", "amount", "amount_sq")},
    )
    assert decided(turned, baseline) == decided(cells, baseline)


@SLOW
@given(member=st.integers(0, 4), factor=st.sampled_from([0.2, 2.5]), unit=st.sampled_from([1e-3, 0.5, 1e3]))
def test_the_unit_of_amounts_does_not_matter(traffic: Cells, member: int, factor: float, unit: float) -> None:
    def in_unit(cells: Cells) -> Cells:
        return replace(cells, amount=cells.amount * unit, amount_sq=cells.amount_sq * unit**2)

    cells = times(traffic, member, factor, NOW + 2 * CELL_S)
    one = decided(cells, build_baseline(WATCH, RULES, traffic, WatchState(), NOW))[1]
    other = decided(in_unit(cells), build_baseline(WATCH, RULES, in_unit(traffic), WatchState(), NOW))[1]
    assert [(event.change_id, event.driver, event.alert_class) for event in one] == [
        (event.change_id, event.driver, event.alert_class) for event in other
    ]
    assert [event.z for event in one] == pytest.approx([event.z for event in other], rel=1e-6)


@SLOW
@given(again=st.lists(st.integers(1, TICKS - 1), max_size=20), factor=st.sampled_from([0.0, 0.3, 3.0]))
def test_ticks_seen_again_in_any_order_change_nothing(
    traffic: Cells, baseline: Baseline, again: list[int], factor: float
) -> None:
    cells = times(traffic, 1, factor, NOW + 2 * CELL_S)
    plain = decided(cells, baseline)
    state, told = WatchState(), []
    for tick in range(1, TICKS):
        for now in (tick, *(each for each in again if each <= tick)):
            state, changes = step(WATCH, RULES, state, cells, baseline, NOW + now * CELL_S)
            told += changes
    assert (state, told) == plain


@SLOW
@given(last=st.integers(2, TICKS))
def test_cells_after_the_tick_are_not_seen(traffic: Cells, baseline: Baseline, last: int) -> None:
    now = NOW + last * CELL_S
    later = times(traffic, 0, 0.0, now)
    assert step(WATCH, RULES, WatchState(), later, baseline, now) == step(
        WATCH, RULES, WatchState(), traffic, baseline, now
    )


@given(
    counts=st.lists(st.lists(st.integers(0, 10**6), min_size=5, max_size=5), min_size=1, max_size=6),
    kept=st.lists(st.sampled_from(MEMBERS), unique=True),
    top=st.integers(1, 6),
)
def test_folding_and_choosing_members_loses_nothing(counts: list[list[int]], kept: list[str], top: int) -> None:
    events = np.asarray(counts, np.float64)
    start = START + CELL_S * np.arange(len(events), dtype=np.int64)
    cells = Cells(start, MEMBERS, events, events * 3, events * 9, np.zeros(len(events), np.bool_))
    for changed in (cells.over((*kept, OTHER)), cells.folded(top)):
        for name in ("events", "amount", "amount_sq"):
            assert getattr(changed, name).sum(axis=1).tolist() == getattr(cells, name).sum(axis=1).tolist()
        for member in set(changed.members) & set(MEMBERS):
            column = changed.events[:, changed.members.index(member)]
            assert column.tolist() == events[:, MEMBERS.index(member)].tolist()
