"""The duplicate window is a function of the log: an ordered dictionary says the same, event by event."""

from collections import OrderedDict
from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tokentide.streams.transforms.deduplicate import DuplicateWindow

Log = list[tuple[int, int]]

IDS = st.integers(0, 12) | st.sampled_from([2**64 - 1, 2**63])
LOGS = st.lists(st.tuples(IDS, st.integers(0, 1)), max_size=80)
CAPACITIES = st.integers(1, 20)
CUTS = st.lists(st.integers(0, 80), max_size=8)


def told_by_dictionary(log: Log, capacity: int) -> tuple[list[str], Log]:
    """Judge event by event; return the words and what was accepted, in order."""
    remembered: OrderedDict[int, int] = OrderedDict()
    words, accepted = [], []
    for event_id, payload in log:
        if event_id in remembered:
            words.append("again" if remembered[event_id] == payload else "differs")
            continue
        words.append("new")
        accepted.append((event_id, payload))
        remembered[event_id] = payload
        if len(remembered) > capacity:
            remembered.popitem(last=False)
    return words, accepted


def columns(log: Log) -> tuple[np.ndarray, np.ndarray]:
    return np.array([i for i, _ in log], np.uint64), np.array([p for _, p in log], np.uint64)


def told_by_window(window: DuplicateWindow, log: Log, cuts: list[int]) -> list[str]:
    """Judge in batches cut at the given places, adding what was accepted after each."""
    words: list[str] = []
    edges = sorted({0, len(log), *(cut for cut in cuts if cut < len(log))})
    for low, high in pairwise(edges):
        ids, payloads = columns(log[low:high])
        verdicts = window.classify(ids, payloads)
        words += [("new", "again", "differs")[code] for code in verdicts]
        window.add(ids[verdicts == 0], payloads[verdicts == 0])
    return words


@given(LOGS, CAPACITIES, CUTS)
@settings(max_examples=300)
def test_verdicts_are_those_of_a_dictionary_of_the_last_n_whatever_the_batches(
    log: Log, capacity: int, cuts: list[int]
) -> None:
    expected, _ = told_by_dictionary(log, capacity)
    assert told_by_window(DuplicateWindow(capacity), log, cuts) == expected


@given(LOGS, CAPACITIES, CUTS, st.integers(0, 80))
@settings(max_examples=200)
def test_a_window_restored_from_what_was_accepted_goes_on_as_the_one_that_ran(
    log: Log, capacity: int, cuts: list[int], crash: int
) -> None:
    expected, _ = told_by_dictionary(log, capacity)
    _, accepted = told_by_dictionary(log[:crash], capacity)
    window = DuplicateWindow(capacity)
    window.add(*columns([(99, 99)]))  # whatever it held before, restoring forgets
    window.restore(*columns(accepted))
    assert told_by_window(window, log[crash:], cuts) == expected[crash:]


@given(LOGS, CUTS, st.integers(1, 5))
@settings(max_examples=100)
def test_replaying_a_prefix_any_number_of_times_accepts_nothing_new(log: Log, cuts: list[int], times: int) -> None:
    window = DuplicateWindow(1000)
    told_by_window(window, log, cuts)
    for _ in range(times):
        assert "new" not in told_by_window(window, log, cuts)


@given(st.integers(0, 2**32), st.integers(40, 400), st.integers(1, 90))
@settings(max_examples=25, deadline=None)
def test_long_logs_of_many_batches_agree_with_the_dictionary(seed: int, capacity: int, batch: int) -> None:
    """Enough events for runs to merge, expire and be evicted many times over."""
    generator = np.random.default_rng(seed)
    ids = generator.integers(0, capacity * 2, 3000)
    log = list(zip(ids.tolist(), generator.integers(0, 2, 3000).tolist(), strict=True))
    expected, _ = told_by_dictionary(log, capacity)
    assert told_by_window(DuplicateWindow(capacity), log, list(range(0, 3000, batch))) == expected
