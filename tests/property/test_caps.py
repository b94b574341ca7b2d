"""Caps are a function of the log: a plain count per day and dimension says the same, event by event."""

from itertools import pairwise

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from tokentide.streams.transforms.caps import DimensionCaps

DIMENSIONS = ("gateway", "tenant", "model", "author", "provider", "variant", "language")
Log = list[tuple[int, str]]

LOGS = st.lists(st.tuples(st.integers(0, 1), st.sampled_from(["", "other", *"abcdefgh"])), max_size=40)


def told_by_counting(log: Log, limit: int) -> list[str]:
    used: dict[int, list[str]] = {}
    told = []
    for day, value in log:
        names = used.setdefault(day, [])
        if value not in names and value not in ("", "other") and len(names) < limit:
            names.append(value)
        told.append(value if value in names or value == "" else "other")
    return told


def write(caps: DimensionCaps, batch: Log) -> tuple[list[str], pa.RecordBatch]:
    """Cap a batch in every dimension; return what became of the values, and the facts."""
    days = np.array([20_000 + day for day, _ in batch], np.int64)
    column = pa.array([value for _, value in batch], pa.string()).dictionary_encode()
    trial = caps.trial()
    used = {f"used_{name}": trial.apply(days, name, column)[0] for name in DIMENSIONS}
    received = pa.array(days * 86_400_000 + 5).view(pa.timestamp("ms", "UTC"))
    return used["used_model"].to_pylist(), pa.record_batch({"received_at": received, **used})


@given(LOGS, st.integers(1, 5), st.lists(st.integers(0, 40), max_size=5), st.booleans())
@settings(max_examples=200, deadline=None)
def test_capping_is_that_of_a_count_whatever_the_batches_and_restarts(
    log: Log, limit: int, cuts: list[int], restart: bool
) -> None:
    log = sorted(log, key=lambda event: event[0])  # received times do not decrease
    caps, told, facts = DimensionCaps(limit), [], []
    for low, high in pairwise(sorted({0, len(log), *(cut for cut in cuts if cut < len(log))})):
        write(caps, log[low:high])  # an attempt that was never written leaves no trace
        words, batch = write(caps, log[low:high])
        facts.append(batch)
        told += words
        caps.learn(batch)
        if restart:
            caps = DimensionCaps(limit)
            caps.learn(pa.concat_tables(pa.table(each) for each in facts))
    assert told == told_by_counting(log, limit)
