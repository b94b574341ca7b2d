"""The parts a decision is made of: the week, levels and shapes, scales, drivers, limits, views of many ticks."""

from dataclasses import replace

import numpy as np
import pytest
from support.shares import CELL_S, DAY_CELLS, MEMBERS, NOW, RULES, SHARES, START, WATCH, quiet, times

from tokentide.schemas.alert_rules import WINDOWS_S
from tokentide.streams.detection.baseline import Baseline, baseline_for, build_baseline
from tokentide.streams.detection.cells import Cells
from tokentide.streams.detection.driver import name_driver
from tokentide.streams.detection.gates import FULL, PARTLY, holds, judged_window
from tokentide.streams.detection.machine import advance, step
from tokentide.streams.detection.power import power
from tokentide.streams.detection.state import WatchState
from tokentide.streams.detection.tick import Tick
from tokentide.streams.detection.view import look
from tokentide.streams.detection.week import Detail, by_cell, hour_of_week, middle, shape_table

HOUR_S, DAY_S = 3_600, 86_400
HOURS = START + HOUR_S * np.arange(24 * 7 * 8, dtype=np.int64)


def test_the_week_begins_on_monday() -> None:
    assert hour_of_week(np.asarray([START, START + 5 * DAY_S, START + 7 * DAY_S - 1])).tolist() == [0, 120, 167]


def test_the_median_leaves_out_what_is_unknown() -> None:
    values = np.asarray([[1.0, np.nan, np.nan], [3.0, 5.0, np.nan], [8.0, 7.0, np.nan], [9.0, np.nan, np.nan]])
    assert middle(values).tolist() == [5.5, 6.0, 0.0]


@pytest.mark.parametrize(
    ("detail", "known"),
    [(Detail.WEEK_HOUR, lambda h: h * 1.0), (Detail.DAY_HOUR, lambda h: (h // 24 >= 5) * 10.0 + h % 24)],
)
def test_a_shape_is_found_again_with_the_detail_that_can_tell_it(detail: Detail, known: object) -> None:
    truth = known(np.arange(168.0))  # type: ignore[operator]
    table = shape_table(HOURS, truth[hour_of_week(HOURS)][:, None], detail)
    inside = slice(2, 166)
    assert table[inside, 0] == pytest.approx(truth[inside], abs=1e-9)


def test_a_smooth_day_is_told_by_4_hour_blocks() -> None:
    truth = np.sin(2 * np.pi * np.arange(168.0) / 24)
    table = shape_table(HOURS, truth[hour_of_week(HOURS)][:, None], Detail.BLOCK)
    assert np.abs(table[:, 0] - truth).max() < 0.25
    assert by_cell(table).shape == (2016, 1)


def test_the_level_is_where_the_shares_are(baseline: Baseline) -> None:
    level = 1 / (1 + np.exp(-baseline.watched.expectation.level))
    assert baseline.members[:5] == MEMBERS
    assert level[:5] == pytest.approx(SHARES, abs=0.01)


def test_one_bad_day_in_three_weeks_moves_the_level_little(history: Cells) -> None:
    bad = times(history, 0, 0.2, NOW - 2 * DAY_S, NOW - DAY_S)
    found = build_baseline(WATCH, RULES, bad, WatchState(), NOW)
    assert found is not None
    assert 1 / (1 + np.exp(-found.watched.expectation.level[0])) == pytest.approx(0.4, abs=0.015)


def test_an_incident_nobody_told_of_does_not_blind_the_detector(history: Cells, baseline: Baseline) -> None:
    bad = times(history, 0, 0.1, NOW - 5 * DAY_S, NOW - 5 * DAY_S + 4 * HOUR_S)
    found = build_baseline(WATCH, RULES, bad, WatchState(), NOW)
    assert found is not None
    assert found.watched.scales[900].z_open[0] <= 2 * baseline.watched.scales[900].z_open[0]


def test_refreshed_levels_are_those_of_a_baseline_built_anew(traffic: Cells, baseline: Baseline) -> None:
    later = NOW + 20 * HOUR_S
    fresh = baseline_for(WATCH, RULES, traffic, WatchState(), later, baseline)
    anew = build_baseline(WATCH, RULES, traffic, WatchState(), later)
    assert fresh is not None
    assert anew is not None
    assert fresh.learned == baseline.learned
    assert fresh.watched.expectation.level == pytest.approx(anew.watched.expectation.level, abs=0.02)
    assert fresh.watched.scales is baseline.watched.scales


def test_a_break_starts_the_level_anew(history: Cells) -> None:
    at = NOW - 3 * DAY_S
    state = WatchState(breaks=(at,))
    found = build_baseline(WATCH, RULES, times(history, 1, 3.0, at), state, NOW)
    assert found is not None
    share = 1 / (1 + np.exp(-found.watched.expectation.level[1]))
    assert share == pytest.approx(0.75 / 1.5, abs=0.02)
    assert found.watched.expectation.trust > 1
    assert found.stale(WatchState())
    assert not found.stale(state)


def test_longer_windows_show_smaller_shifts(baseline: Baseline) -> None:
    limits = [limit for limit in power(WATCH, RULES, baseline) if limit.member == "ant"]
    assert [limit.window_s for limit in limits] == list(WINDOWS_S)
    short, long = limits[0].limit_pp, limits[-1].limit_pp
    assert short > 1.5 * limits[2].limit_pp > 1.5 * 0.5 * long
    assert [limit.judged for limit in limits].count(True) == 1
    assert limits[0].sentence == f"author ant: smallest shift I can catch: {short:.1f} pp in 15 min"


def test_a_gateway_of_few_requests_is_judged_in_a_longer_window(baseline: Baseline) -> None:
    few = build_baseline(WATCH, RULES, quiet(START, 21 * DAY_CELLS, seed=3, per_cell=120), WatchState(), NOW)
    assert few is not None
    assert judged_window(RULES, baseline) < judged_window(RULES, few)


@pytest.mark.parametrize(("member", "factor"), [(0, 0.38), (1, 0.2), (2, 2.0), (4, 5.0)])
def test_the_driver_is_who_moved_and_not_who_gave_way(
    traffic: Cells, baseline: Baseline, member: int, factor: float
) -> None:
    cells = traffic
    for each in range(5):
        cells = times(cells, each, 1.15, NOW)
    view = look(WATCH, baseline, times(cells, member, factor, NOW), np.asarray([NOW + 1_800], np.int64))
    driver = name_driver(view, 0, 900)
    assert view.members[driver.at] == MEMBERS[member]
    assert driver.change == pytest.approx(1.15 * factor - 1, rel=0.25)


def test_many_ticks_at_once_are_decided_as_one_by_one(traffic: Cells, baseline: Baseline) -> None:
    cells = times(traffic, 0, 0.4, NOW + HOUR_S)
    ends = np.arange(NOW + CELL_S, NOW + 4 * HOUR_S, CELL_S, dtype=np.int64)
    view, judged = look(WATCH, baseline, cells, ends), judged_window(RULES, baseline)
    one, other, told, other_told = WatchState(), WatchState(), [], []
    for at, now in enumerate(ends.tolist()):
        one, changes = step(WATCH, RULES, one, cells, baseline, now)
        told += changes
        other, changes = advance(Tick(WATCH, RULES, baseline, view, at, judged), other)
        other_told += changes
    assert told
    assert [(event.change_id, event.summary) for event in told] == [
        (event.change_id, event.summary) for event in other_told
    ]
    assert (one.alert is None) == (other.alert is None)


def test_cells_follow_each_other_without_a_gap(history: Cells) -> None:
    with pytest.raises(ValueError, match="without a gap"):
        history.then(quiet(NOW + CELL_S, 3, seed=4))


def test_largest_accounts_survive_folding(history: Cells) -> None:
    part = history.part(NOW - HOUR_S, NOW)
    top = np.tile(np.asarray([1.0, 2.0, 3.0, 9.0, 4.0]), (12, 1))
    cells = replace(part, top_account=top, top_key=10 * top)
    folded = cells.over(("ant", "other"))
    assert folded.top_account is not None
    assert folded.top_key is not None
    assert folded.top_account[0].tolist() == [1.0, 9.0]
    assert folded.top_key[0].tolist() == [10.0, 90.0]


def test_what_all_members_have_in_common_is_nobodys_doing(traffic: Cells, baseline: Baseline) -> None:
    busy = traffic
    for member in (0, 1, 2, 4):
        busy = times(busy, member, 1.6, NOW)
    view = look(WATCH, baseline, busy, np.asarray([NOW + 1_800], np.int64))
    assert view.members[name_driver(view, 0, 900).at] == "dog"


def test_the_first_of_two_ticks_needs_two_thirds_of_every_threshold(traffic: Cells, baseline: Baseline) -> None:
    view = look(WATCH, baseline, times(traffic, 0, 0.5, NOW), np.asarray([NOW + 600], np.int64))
    scores = view.shifts[900]
    least = abs(float(scores.points[0, 0]))
    weaker = RULES.fast.model_copy(update={"delta_pp": least + 2 * float(scores.sigma_points[0, 0]) + 1.0})
    assert not holds(scores, weaker, FULL)[0, 0]
    assert holds(scores, weaker, PARTLY)[0, 0]
