"""The promises of docs/alerting.md in short: quiet while nothing happens, fast and right when something does."""

from dataclasses import replace

import numpy as np
import pytest
from support.shares import CELL_S, MEMBERS, NOW, RULES, WATCH, run, times

from tokentide.schemas.alert import AlertClass, ChangeKind, Urgency
from tokentide.schemas.alert_rules import AlertRules
from tokentide.streams.detection.baseline import Baseline
from tokentide.streams.detection.cells import Cells
from tokentide.streams.detection.machine import acknowledge, step
from tokentide.streams.detection.state import Status, WatchState

HOUR_S, DAY_S = 3_600, 86_400
AT = NOW + 3 * HOUR_S
TOTAL = AlertRules().watch["total_volume"]


def summed(cells: Cells) -> Cells:
    one = {name: getattr(cells, name).sum(axis=1, keepdims=True) for name in ("events", "amount", "amount_sq")}
    return replace(cells, members=("all",), **one)


def with_accounts(cells: Cells) -> Cells:
    keys = np.tile(np.arange(1, 4), (len(cells.start), 5))[:, : len(MEMBERS)].astype(np.float64)
    return replace(cells, cost=2.0 * cells.amount, top_account=0.1 * cells.amount, top_key=keys)


def test_two_quiet_days_say_nothing_and_are_known_to_be_ok(traffic: Cells) -> None:
    state, told = run(traffic, NOW, NOW + 2 * DAY_S)
    assert told == []
    assert (state.status, state.reason) == (Status.OK, "")


@pytest.mark.parametrize(("member", "factor"), [(0, 0.38), (1, 2.2), (3, 3.0)])
def test_a_step_pages_once_within_20_minutes_and_names_who_moved(traffic: Cells, member: int, factor: float) -> None:
    _, told = run(times(traffic, member, factor, AT), NOW, AT + 4 * HOUR_S)
    (event,) = told
    assert (event.alert_class, event.kind, event.urgency) == (AlertClass.SHIFT, ChangeKind.OPENED, Urgency.PAGE)
    assert event.driver == MEMBERS[member]
    assert 0 < event.at.timestamp() - AT <= 20 * 60
    assert event.onset.timestamp() == AT
    assert 0.6 <= event.driver_change / (factor - 1) <= 1.15, "the window may hold a third of before"
    assert abs(event.delta_pp) >= 5
    assert abs(event.z) >= event.z_open


def test_a_step_below_the_slow_threshold_is_no_page(traffic: Cells) -> None:
    _, told = run(times(traffic, 3, 1.12, AT), NOW, AT + 6 * HOUR_S)
    assert [event for event in told if event.urgency is Urgency.PAGE] == []


def test_a_member_that_stops_is_an_outage(traffic: Cells) -> None:
    _, told = run(times(traffic, 4, 0.0, AT), NOW, AT + HOUR_S)
    assert [(event.alert_class, event.driver) for event in told] == [(AlertClass.OUTAGE, "elk")]


def test_what_comes_back_closes_by_itself_and_teaches_nothing(traffic: Cells) -> None:
    state, told = run(times(traffic, 0, 0.3, AT, AT + 2 * HOUR_S), NOW, AT + 5 * HOUR_S)
    assert [event.kind for event in told] == [ChangeKind.OPENED, ChangeKind.CLOSED]
    assert state.alert is None
    assert state.breaks == ()
    ((first, last),) = state.excluded
    assert first <= AT
    assert last >= AT + 2 * HOUR_S


def test_a_new_level_is_accepted_after_a_day_and_a_second_step_pages_again(traffic: Cells) -> None:
    second = AT + 30 * HOUR_S
    stepped = times(times(traffic, 1, 2.5, AT), 2, 3.0, second)
    state, told = run(stepped, NOW, second + 2 * HOUR_S)
    pages = [event for event in told if event.kind is ChangeKind.OPENED]
    assert [event.driver for event in pages] == ["bee", "cat"]
    accepted = next(event for event in told if event.kind is ChangeKind.ACCEPTED)
    assert (accepted.at - accepted.onset).total_seconds() == pytest.approx(DAY_S, abs=HOUR_S)
    assert state.breaks == (pytest.approx(AT, abs=HOUR_S),)


def test_a_second_step_while_the_first_stands_is_told_again(traffic: Cells) -> None:
    second = AT + 5 * HOUR_S
    stepped = times(times(traffic, 1, 2.5, AT), 2, 3.0, second)
    _, told = run(stepped, NOW, second + HOUR_S)
    assert [(event.kind, event.driver) for event in told] == [(ChangeKind.OPENED, "bee"), (ChangeKind.STEPPED, "cat")]
    assert told[0].alert_id == told[1].alert_id


def test_accepting_the_level_by_hand_ends_the_alert_and_it_stays_quiet(traffic: Cells) -> None:
    cells = times(traffic, 1, 2.5, AT)
    state, (opened,) = run(cells, NOW, AT + 3 * HOUR_S)
    state, (event,) = acknowledge(WATCH, state, AT + 3 * HOUR_S, opened, accept_level=True)
    assert (event.kind, event.alert_id) == (ChangeKind.ACCEPTED, opened.alert_id)
    _, told = run(cells, AT + 3 * HOUR_S, AT + 9 * HOUR_S, state)
    assert told == []


def test_taking_note_alone_changes_nothing(traffic: Cells) -> None:
    state, (opened,) = run(times(traffic, 1, 2.5, AT), NOW, AT + HOUR_S)
    assert acknowledge(WATCH, state, AT + HOUR_S, opened, accept_level=False) == (state, ())


def test_deciding_a_tick_again_changes_nothing(traffic: Cells, baseline: Baseline) -> None:
    cells, state = times(traffic, 0, 0.3, AT), WatchState()
    for now in range(NOW + CELL_S, AT + HOUR_S, CELL_S):
        state, _ = step(WATCH, RULES, state, cells, baseline, now)
        assert step(WATCH, RULES, state, cells, baseline, now) == (state, ())
    assert state.alert is not None


def test_two_leaders_say_the_same_under_the_same_names(traffic: Cells) -> None:
    cells = times(traffic, 0, 0.3, AT)
    (_, one), (_, other) = run(cells, NOW, AT + HOUR_S), run(cells, NOW, AT + HOUR_S)
    assert [event.change_id for event in one] == [event.change_id for event in other]
    assert one == other


def test_late_cells_open_nothing(traffic: Cells) -> None:
    cells = replace(times(traffic, 0, 0.3, AT), late=traffic.start >= AT)
    state, told = run(cells, NOW, AT + 3 * HOUR_S)
    assert told == []
    assert state.status is Status.UNKNOWN


def test_few_effective_requests_are_unknown_and_not_ok(traffic: Cells, baseline: Baseline) -> None:
    heavy = replace(traffic, amount_sq=traffic.amount_sq * 40_000)
    state, told = step(WATCH, RULES, WatchState(), heavy, baseline, NOW + HOUR_S)
    assert (state.status, told) == (Status.UNKNOWN, ())
    assert "effective events" in state.reason


def test_without_a_week_of_history_it_is_unknown(traffic: Cells) -> None:
    state, told = run(traffic.part(NOW - 3 * DAY_S, NOW + HOUR_S), NOW, NOW + HOUR_S)
    assert (state.status, state.reason, told) == (Status.UNKNOWN, "too little history", [])


def test_a_new_member_is_a_ticket(traffic: Cells) -> None:
    wider = traffic.over((*MEMBERS, "fox"))
    launched = [times(wider, at, 0.85, AT) for at in range(5)][4]
    for name, scale in (("events", 1.0), ("amount", 1.0), ("amount_sq", 1.0)):
        getattr(launched, name)[launched.start >= AT, 5] = scale * getattr(traffic, name)[traffic.start >= AT, 3]
    _, told = run(launched, NOW, AT + 2 * HOUR_S)
    assert [(event.alert_class, event.driver, event.urgency) for event in told] == [
        (AlertClass.NEW_MEMBER, "fox", Urgency.TICKET)
    ]


def test_one_account_is_a_ticket_that_says_how_much_is_its(traffic: Cells) -> None:
    cells = with_accounts(traffic)
    more = times(cells, 1, 2.5, AT)
    late = more.start >= AT
    top, key = more.top_account.copy(), more.top_key.copy()
    top[late, 1] += 0.8 * (more.amount - cells.amount)[late, 1]
    key[late, 1] = 987_654_321.0
    _, told = run(replace(more, top_account=top, top_key=key), NOW, AT + HOUR_S)
    assert [(event.alert_class, event.urgency) for event in told] == [(AlertClass.WHALE, Urgency.TICKET)]
    assert told[0].account_share == pytest.approx(0.85, abs=0.15)
    assert "987654321" not in told[0].to_message().decode()


def test_the_largest_accounts_of_each_cell_are_not_one_account(traffic: Cells) -> None:
    cells = with_accounts(traffic)
    more = times(cells, 1, 2.5, AT)
    late = more.start >= AT
    top, key = more.top_account.copy(), more.top_key.copy()
    top[late, 1] += 0.8 * (more.amount - cells.amount)[late, 1]
    key[late, 1] = 100.0 + np.arange(late.sum())
    _, told = run(replace(more, top_account=top, top_key=key), NOW, AT + HOUR_S)
    assert [event.alert_class for event in told] == [AlertClass.SHIFT]


def test_a_rise_at_a_lower_price_is_a_promotion(traffic: Cells) -> None:
    cells = with_accounts(traffic)
    more = times(cells, 2, 2.5, AT)
    cost = more.cost.copy()
    cost[more.start >= AT, 2] *= 0.3
    _, told = run(replace(more, cost=cost), NOW, AT + HOUR_S)
    assert [(event.alert_class, event.driver) for event in told] == [(AlertClass.PROMOTION, "cat")]


@pytest.mark.parametrize(("factor", "kind"), [(0.2, AlertClass.VOLUME_DROP), (0.0, AlertClass.NO_DATA)])
def test_the_total_falls_or_stops(traffic: Cells, factor: float, kind: AlertClass) -> None:
    _, told = run(times(summed(traffic), 0, factor, AT), NOW, AT + HOUR_S, watch=TOTAL)
    assert [event.alert_class for event in told] == [kind]
    assert told[0].at.timestamp() - AT <= 20 * 60


def test_a_total_that_stops_is_no_shift_of_any_share(traffic: Cells) -> None:
    silent = traffic
    for member in range(5):
        silent = times(silent, member, 0.0, AT)
    state, told = run(silent, NOW, AT + 3 * HOUR_S)
    assert told == []
    assert state.status is Status.NO_DATA
