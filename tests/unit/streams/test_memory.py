"""A memory kept from the last generation serves only while the store still holds what it remembers."""

import pytest

from tokentide.streams.planner import memory_holds


@pytest.mark.parametrize(
    ("upto", "start", "ledger_end", "holds"),
    [
        (10, 10, 10, True),
        (10, 12, 12, False),
        (10, 10, 12, False),
        (10, 10, 8, False),
        (10, 10, None, False),
    ],
    ids=["nobody else wrote", "others wrote", "a plan is in the ledger", "the store lost batches", "a new store"],
)
def test_a_kept_memory_holds_only_at_its_own_end(
    upto: int, start: int, ledger_end: int | None, *, holds: bool
) -> None:
    assert memory_holds(upto, start, ledger_end) is holds
