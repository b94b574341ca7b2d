"""The dead-letter breaker: what trips it, what does not, and that only the log decides when."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tokentide.streams.transforms.breaker import BreakerLimits, BreakerState, Trip, observe

MINUTE = 60_000
START = 28_900_000 * MINUTE
NO_ROW_LIMIT = BreakerLimits(ratio=0.01, in_row=0, minimum=1000)


def seen(limits: BreakerLimits, *stretches: tuple[int, int, bool]) -> Trip | None:
    """Observe (minute, messages, refused) stretches as one batch."""
    minutes = np.concatenate([np.full(count, START + minute * MINUTE) for minute, count, _ in stretches])
    dead = np.concatenate([np.full(count, refused) for _, count, refused in stretches])
    return observe(BreakerState(), limits, minutes.astype(np.int64), dead)[1]


def test_a_hundred_refused_in_a_row_are_borne_and_one_more_is_not() -> None:
    limits = BreakerLimits()
    assert seen(limits, (0, 7, False), (0, 100, True), (0, 1, False), (0, 100, True)) is None
    trip = seen(limits, (0, 7, False), (0, 101, True))
    assert trip is not None
    assert trip.row == 107
    assert "100 messages in a row" in trip.why
    assert "breaker_in_row" in trip.why


def test_a_row_goes_on_from_one_batch_to_the_next() -> None:
    state, trip = observe(BreakerState(), BreakerLimits(), np.full(60, START), np.ones(60, bool))
    assert trip is None
    _, trip = observe(state, BreakerLimits(), np.full(60, START), np.ones(60, bool))
    assert trip is not None
    assert trip.row == 40


def test_more_than_one_percent_of_a_finished_minute_trips() -> None:
    trip = seen(NO_ROW_LIMIT, (0, 989, False), (0, 11, True), (1, 1, False))
    assert trip is not None
    assert trip.row == 1000
    assert "11 of 1000 messages" in trip.why
    assert "breaker_ratio" in trip.why


def test_exactly_one_percent_is_borne() -> None:
    assert seen(NO_ROW_LIMIT, (0, 990, False), (0, 10, True), (1, 1, False)) is None


def test_a_minute_is_judged_when_it_is_over() -> None:
    """A bad start of a minute may be made good by the rest of it."""
    assert seen(NO_ROW_LIMIT, (0, 50, True), (0, 1000, False)) is None
    assert seen(NO_ROW_LIMIT, (0, 50, True), (0, 5000, False), (1, 1, False)) is None
    assert seen(NO_ROW_LIMIT, (0, 50, True), (0, 1000, False), (1, 1, False)) is not None


def test_one_bad_message_of_ten_stops_nothing() -> None:
    assert seen(NO_ROW_LIMIT, (0, 9, False), (0, 1, True), (1, 1, False)) is None


def test_both_signs_are_off_at_zero() -> None:
    assert seen(BreakerLimits(ratio=0, in_row=0), (0, 5000, True), (1, 5000, True), (2, 1, True)) is None


def test_a_timestamp_that_runs_backwards_opens_no_minute() -> None:
    assert seen(NO_ROW_LIMIT, (5, 600, False), (0, 300, False), (5, 100, False), (5, 10, True), (6, 1, False)) is None


def test_an_empty_batch_changes_nothing() -> None:
    state = BreakerState(minute=3, messages=5, dead=1, in_row=1)
    assert observe(state, BreakerLimits(), np.array([], np.int64), np.array([], bool)) == (state, None)


def told_one_by_one(log: list[tuple[int, bool]], limits: BreakerLimits) -> int | None:
    """Return the first message at which a person counting along would stop the partition."""
    minute, total, refused, row = -1, 0, 0, 0
    for place, (stamp, dead) in enumerate(log):
        now = max(minute, stamp // 60_000)
        if now != minute:
            if minute >= 0 and limits.ratio and total >= limits.minimum and refused / total > limits.ratio:
                return place
            minute, total, refused = now, 0, 0
        total, refused, row = total + 1, refused + dead, row + 1 if dead else 0
        if limits.in_row and row > limits.in_row:
            return place
    return None


@given(
    st.lists(st.tuples(st.integers(0, 6), st.booleans()), max_size=60),
    st.lists(st.integers(0, 60), max_size=6),
    st.builds(
        BreakerLimits,
        ratio=st.sampled_from([0.0, 0.25, 0.5]),
        in_row=st.integers(0, 5),
        minimum=st.integers(1, 5),
    ),
)
@settings(max_examples=300)
def test_it_trips_at_the_same_message_whatever_the_batches(
    log: list[tuple[int, bool]], cuts: list[int], limits: BreakerLimits
) -> None:
    log = [(START + step * 20_000, dead) for step, dead in log]
    state, place = BreakerState(), None
    edges = sorted({0, len(log), *(cut for cut in cuts if cut < len(log))})
    for low, high in zip(edges, edges[1:], strict=False):
        stamps = np.array([stamp for stamp, _ in log[low:high]], np.int64)
        dead = np.array([dead for _, dead in log[low:high]], bool)
        state, trip = observe(state, limits, stamps, dead)
        if trip and place is None:
            place = low + trip.row
    assert place == told_one_by_one(log, limits)


@pytest.mark.parametrize("count", [1, 100, 5000])
def test_clean_messages_never_trip(count: int) -> None:
    state, trip = observe(BreakerState(), BreakerLimits(), np.full(count, START), np.zeros(count, bool))
    assert trip is None
    assert state.messages == count
