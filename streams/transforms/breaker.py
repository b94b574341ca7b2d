"""The dead-letter breaker of one partition: when refusals stop being accidents, stop loudly.

Two signs, each off at 0: more than `in_row` refused messages in a row, at once; and a minute of which
more than `ratio` was refused, when that minute is over (a later record arrives) and held at least
`minimum` messages, so that one bad message of ten stops nothing. Minutes are of the records' Kafka
timestamps, clamped to non-decreasing: the same log trips at the same message whatever the batches.
"""

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

I64 = NDArray[np.int64]
Flags = NDArray[np.bool_]

_MINUTE_MS: Final = 60_000


@dataclass(frozen=True, slots=True)
class BreakerLimits:
    """What a partition bears.

    Attributes:
        ratio: share of a minute's messages, 0 = off.
        in_row: refused messages in a row, 0 = off.
        minimum: messages a minute must hold before its share counts.
    """

    ratio: float = 0.01
    in_row: int = 100
    minimum: int = 1_000


@dataclass(frozen=True, slots=True)
class BreakerState:
    """What the log so far has left: the minute under way and the refusals at its end."""

    minute: int = 0
    messages: int = 0
    dead: int = 0
    in_row: int = 0


@dataclass(frozen=True, slots=True)
class Trip:
    """Why a partition stops, and at which row of the batch it was clear."""

    row: int
    why: str


def observe(
    state: BreakerState, limits: BreakerLimits, timestamps_ms: I64, dead: Flags
) -> tuple[BreakerState, Trip | None]:
    """Return the state after a batch and the first trip in it, if any.

    Args:
        state: after all earlier batches of the partition.
        limits: what is borne.
        timestamps_ms: Kafka timestamp of each message in offset order, unix ms, shape (n,).
        dead: whether each was refused, shape (n,).
    """
    if len(dead) == 0:
        return state, None
    in_row = _in_row(state.in_row, dead)
    last = replace(state, in_row=int(in_row[-1]))
    last, by_minute = _observe_minutes(last, limits, timestamps_ms, dead)
    trips = [trip for trip in (_row_trip(limits, in_row), by_minute) if trip]
    return last, min(trips, key=lambda trip: trip.row, default=None)


def _in_row(carried: int, dead: Flags) -> I64:
    """Return how many messages up to and including each were refused in a row."""
    places = np.arange(1, len(dead) + 1)
    last_good = np.maximum.accumulate(np.where(dead, -carried, places))
    return np.where(dead, places - last_good, 0)


def _row_trip(limits: BreakerLimits, in_row: I64) -> Trip | None:
    over = np.flatnonzero(in_row > limits.in_row)
    if limits.in_row == 0 or over.size == 0:
        return None
    return Trip(int(over[0]), f"more than {limits.in_row} messages in a row were refused (breaker_in_row)")


def _observe_minutes(
    state: BreakerState, limits: BreakerLimits, timestamps_ms: I64, dead: Flags
) -> tuple[BreakerState, Trip | None]:
    minutes = np.maximum.accumulate(np.maximum(timestamps_ms // _MINUTE_MS, state.minute))
    opens = set(np.flatnonzero(np.diff(minutes, prepend=state.minute)).tolist())
    trip = None
    for start, stop in pairwise(sorted({0, *opens, len(dead)})):
        if start in opens:
            trip = trip or _minute_trip(state, limits, start)
            state = replace(state, minute=int(minutes[start]), messages=0, dead=0)
        refused = int(np.count_nonzero(dead[start:stop]))
        state = replace(state, messages=state.messages + stop - start, dead=state.dead + refused)
    return state, trip


def _minute_trip(state: BreakerState, limits: BreakerLimits, row: int) -> Trip | None:
    if limits.ratio == 0 or state.messages < limits.minimum or state.dead <= limits.ratio * state.messages:
        return None
    share = f"{state.dead} of {state.messages} messages"
    return Trip(row, f"{share} of a minute were refused, more than {limits.ratio:.1%} (breaker_ratio)")
