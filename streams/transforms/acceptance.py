"""Which event times are accepted; "now" is the record's Kafka timestamp, so a retry decides the same."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from tokentide.schemas.reasons import Reason
from tokentide.schemas.refusal import Refusal

TEN_YEARS_MS: Final = 10 * 366 * 86_400_000
TEN_MINUTES_MS: Final = 600_000

_WORDS: Final = {
    Reason.TIME_AHEAD: "the event time is too far ahead of the record's timestamp",
    Reason.TIME_TOO_OLD: "the event time is older than events may be",
}


@dataclass(frozen=True, slots=True)
class Acceptance:
    """Bounds of an event's time against its record's timestamp.

    Attributes:
        event_age_max_ms: an event older than this is refused; exactly this old is accepted.
        event_lead_max_ms: an event further ahead than this is refused; exactly this far is accepted.
    """

    event_age_max_ms: int = TEN_YEARS_MS
    event_lead_max_ms: int = TEN_MINUTES_MS


def time_refusals(
    event_us: npt.NDArray[np.int64],
    timestamps_ms: npt.NDArray[np.int64],
    rows: npt.NDArray[np.int64],
    rules: Acceptance,
) -> list[Refusal]:
    """Return a refusal for every event whose time its record's timestamp does not allow.

    Args:
        event_us: event times, µs since 1970, shape (n,).
        timestamps_ms: the records' Kafka timestamps, ms since 1970, shape (n,).
        rows: index of each event in the decoded sequence, shape (n,).
        rules: the bounds.
    """
    now_us = timestamps_ms * 1000
    ahead = event_us > now_us + rules.event_lead_max_ms * 1000
    old = event_us < now_us - rules.event_age_max_ms * 1000
    return [
        Refusal(int(rows[at]), reason, "event_time", _WORDS[reason])
        for reason, late in ((Reason.TIME_AHEAD, ahead), (Reason.TIME_TOO_OLD, old))
        for at in np.flatnonzero(late)
    ]
