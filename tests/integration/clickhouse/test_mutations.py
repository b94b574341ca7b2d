"""A protection of the real engine taken away is missed: what the store then holds is no longer what was written.

The retry is the one that a worker makes after an answer got lost: the same block, under the same token.
"""

import pytest
from support.stored_facts import TODAY_MS, Folder, assert_whole, facts, span, write

from tokentide.sinks.clickhouse.audit import audit
from tokentide.sinks.clickhouse.store import Store

SEEDS = range(3)
TABLES = ("usage_events", "usage_model_10s", "usage_model_1h", "usage_batches")
_FORGET = "ALTER TABLE {} MODIFY SETTING non_replicated_deduplication_window = 0"


def retried(store: Store, seed: int) -> bool:
    """Write a batch twice, as after a lost answer; tell whether the store still holds it once."""
    where = span(0, 40 + 30 * seed, number=seed)
    rows = facts(where, TODAY_MS - 100)
    for _ in range(2):
        write(store, where, rows)
    ledger = store.rows("SELECT count() AS rows FROM usage_batches")
    try:
        assert_whole(store, rows)
    except AssertionError:
        return False
    return ledger == [{"rows": 1}] and audit(store).faults == ()


@pytest.mark.parametrize("seed", SEEDS)
def test_a_retried_batch_is_there_once(folder: Folder, seed: int) -> None:
    assert retried(folder.open(), seed)


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("seed", SEEDS)
def test_a_window_of_0_on_one_table_counts_a_retried_batch_twice(folder: Folder, table: str, seed: int) -> None:
    store = folder.open()
    store.command(_FORGET.format(table))

    assert not retried(store, seed)


@pytest.mark.parametrize("table", TABLES)
def test_a_window_of_0_is_told_at_the_next_audit(folder: Folder, table: str) -> None:
    store = folder.open()
    store.command(_FORGET.format(table))

    assert any("must have" in fault and table in fault for fault in audit(store).faults)
