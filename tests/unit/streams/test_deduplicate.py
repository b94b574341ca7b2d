"""The duplicate window at its edges; the general law is in tests/property/test_dedupe.py."""

import numpy as np
import pytest

from tokentide.streams.transforms.deduplicate import DuplicateWindow, Verdict

NEW, DUPLICATE, CONFLICT = 0, 1, 2


def column(*values: int) -> np.ndarray:
    return np.array(values, np.uint64)


def settle(window: DuplicateWindow, ids: np.ndarray, payloads: np.ndarray) -> list[int]:
    verdicts = window.classify(ids, payloads)
    window.add(ids[verdicts == NEW], payloads[verdicts == NEW])
    return [int(verdict) for verdict in verdicts]


def test_codes_are_what_the_ledger_counts() -> None:
    assert [int(code) for code in (Verdict.NEW, Verdict.DUPLICATE, Verdict.CONFLICT)] == [0, 1, 2]


def test_within_a_batch_the_first_occurrence_wins() -> None:
    window = DuplicateWindow(10)
    assert settle(window, column(7, 8, 7, 7, 8), column(1, 2, 1, 9, 2)) == [
        NEW,
        NEW,
        DUPLICATE,
        CONFLICT,
        DUPLICATE,
    ]


def test_a_conflict_does_not_replace_what_was_accepted() -> None:
    window = DuplicateWindow(10)
    assert settle(window, column(7), column(1)) == [NEW]
    assert settle(window, column(7), column(2)) == [CONFLICT]
    assert settle(window, column(7, 7), column(2, 1)) == [CONFLICT, DUPLICATE]


def test_classifying_changes_nothing() -> None:
    window = DuplicateWindow(10)
    assert window.classify(column(1), column(1)).tolist() == [NEW]
    assert window.classify(column(1), column(1)).tolist() == [NEW]
    assert len(window) == 0


def test_the_horizon_is_counted_in_accepted_events() -> None:
    """Of capacity 3, the third acceptance after an id still knows it; the fourth does not."""
    window = DuplicateWindow(3)
    settle(window, column(1, 2, 3), column(0, 0, 0))
    assert settle(window, column(1), column(0)) == [DUPLICATE]
    settle(window, column(4), column(0))
    assert settle(window, column(1), column(0)) == [NEW]


def test_a_duplicate_does_not_renew_the_id() -> None:
    window = DuplicateWindow(2)
    verdicts = settle(window, column(1, 2, 1, 1, 3, 1), column(0, 0, 0, 0, 0, 0))
    assert verdicts == [NEW, NEW, DUPLICATE, DUPLICATE, NEW, NEW]


def test_acceptances_of_the_same_batch_push_old_ids_out() -> None:
    window = DuplicateWindow(2)
    settle(window, column(1, 2), column(0, 0))
    assert settle(window, column(1, 3, 1), column(0, 0, 0)) == [DUPLICATE, NEW, NEW]


def test_extreme_hashes_are_ordinary() -> None:
    window = DuplicateWindow(4)
    top = 2**64 - 1
    assert settle(window, column(0, top), column(top, 0)) == [NEW, NEW]
    assert settle(window, column(top, 0), column(0, top)) == [DUPLICATE, DUPLICATE]


def test_an_empty_batch_has_no_verdicts() -> None:
    window = DuplicateWindow(4)
    assert settle(window, column(), column()) == []
    window.restore(column(), column())
    assert window.nbytes == 0


def test_memory_stays_within_a_quarter_of_the_capacity() -> None:
    window = DuplicateWindow(10_000)
    generator = np.random.default_rng(5)
    for _ in range(100):
        ids = generator.integers(0, 2**64, 700, dtype=np.uint64)
        window.add(ids, ids)
        assert window.nbytes <= 20 * 1.3 * 10_000
    assert len(window) == 10_000


def test_a_window_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        DuplicateWindow(0)
