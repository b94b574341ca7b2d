"""Record values to columns of accepted events, and a refusal for every other message."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from tokentide.schemas.refusal import EventRefusedError, Refusal
from tokentide.schemas.usage_event import UsageEvent
from tokentide.streams.transforms.acceptance import Acceptance, time_refusals
from tokentide.streams.transforms.event_batch import event_batch


@dataclass(frozen=True, slots=True)
class Decoded:
    """What became of a sequence of messages.

    Attributes:
        events: the accepted ones in order, in EVENT_SCHEMA, n rows.
        rows: index of each accepted row in the sequence, ascending, shape (n,).
        refusals: one for every other message, by index.
    """

    events: pa.RecordBatch
    rows: npt.NDArray[np.int64]
    refusals: list[Refusal]


def decode(
    values: Sequence[bytes | None], timestamps_ms: npt.NDArray[np.int64], rules: Acceptance
) -> Decoded:
    """Decode messages; `timestamps_ms` holds their records' Kafka timestamps, shape (len(values),)."""
    events, rows, refusals = [], [], []
    for index, value in enumerate(values):
        try:
            events.append(UsageEvent.from_message(value))
            rows.append(index)
        except EventRefusedError as refused:
            refusals.append(refused.at(index))
    return _within_time(event_batch(events), np.array(rows, np.int64), refusals, timestamps_ms, rules)


def _within_time(
    events: pa.RecordBatch,
    rows: npt.NDArray[np.int64],
    refusals: list[Refusal],
    timestamps_ms: npt.NDArray[np.int64],
    rules: Acceptance,
) -> Decoded:
    times = events.column("event_time").cast(pa.int64()).to_numpy()
    late = time_refusals(times, timestamps_ms[rows], rows, rules)
    if late:
        kept = ~np.isin(rows, [refusal.index for refusal in late])
        events, rows = events.filter(pa.array(kept)), rows[kept]
    return Decoded(events, rows, sorted([*refusals, *late], key=lambda refusal: refusal.index))
