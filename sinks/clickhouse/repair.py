"""Repair after an unclean close of an embedded engine, from its own rows, before it accepts inserts.

A plain MergeTree logs an insert's token before the insert's part exists, and the parts of facts,
levels and ledger are written one after the other. So a kill leaves any subset of them, and a retry
under the old token would be dropped. What is done about each case:

    facts   levels  ledger   repair
    none    none    none     nothing: the batch is written anew
    some    none    none     facts deleted: the batch is written anew
    all     some    none     facts deleted, levels rebuilt from what is left: the batch is written anew
    all     some    present  levels rebuilt from facts: the batch is complete
    missing any     present  (power loss) the ledger is cut back to before the batch: written anew from there

Every step looks at what is there and is done again from the start if it is itself killed.
"""

import time
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Final

from tokentide.schemas.position import Partition
from tokentide.sinks.clickhouse.batches import Batch, damaged_batches, uncovered_batches
from tokentide.sinks.clickhouse.days import compared_days, touched_days
from tokentide.sinks.clickhouse.embedded import Parts
from tokentide.sinks.clickhouse.errors import RepairFailedError
from tokentide.sinks.clickhouse.mutations import await_mutations
from tokentide.sinks.clickhouse.quote import quoted
from tokentide.sinks.clickhouse.rebuild import drop_leftovers, is_miscounted, unequal_days
from tokentide.sinks.clickhouse.rebuild_corrections import apply_corrections, drop_corrections, pending_corrections
from tokentide.sinks.clickhouse.rebuild_levels import rebuild_levels
from tokentide.sinks.clickhouse.recompute import LEVELS
from tokentide.sinks.clickhouse.repair_report import RepairReport
from tokentide.sinks.clickhouse.sealing import seal_again
from tokentide.sinks.clickhouse.store import Store

_CHUNK: Final = 500


def repair(store: Store) -> RepairReport:
    """Make levels and ledger equal to facts on every day touched since the last checkpoint.

    Raises:
        RepairFailedError: a bucket still counts wrongly afterwards; nothing may be written.
    """
    began = time.monotonic()
    verified = store.opening.verified if store.opening else None
    drop_leftovers(store)
    await_mutations(store)
    # A rebuild that was cut short is finished first: until then the ledger is not what its facts are.
    apply_corrections(store, pending_corrections(store))
    days = touched_days(store, verified)
    cut = _cut_ledger(store, damaged_batches(store, days, verified))
    undone = uncovered_batches(store, days)
    _delete(store, "usage_events", undone)
    rebuilt = tuple(_rebuilt(store, days, verified))
    _require_counted(store, rebuilt)
    drop_corrections(store)
    seal_again(store, {day for _, day, _ in rebuilt})
    store.checkpoint()
    return RepairReport(tuple(days), len(undone), cut, rebuilt, time.monotonic() - began)


def _rebuilt(store: Store, days: Sequence[date], known: Parts | None) -> Iterator[tuple[str, date, int]]:
    for day in days if known is not None else _unequal_days(store, days):
        for table, buckets in rebuild_levels(store, day, known).items():
            if buckets:
                yield table, day, buckets


def _unequal_days(store: Store, days: Sequence[date]) -> list[date]:
    """Return the days to look at one by one when nothing is known of any: there may be hundreds."""
    return sorted({day for level in LEVELS for day in unequal_days(store, level, compared_days(store, level, days))})


def _require_counted(store: Store, rebuilt: Sequence[tuple[str, date, int]]) -> None:
    levels = {level.table: level for level in LEVELS}
    for table, day, _ in rebuilt:
        if is_miscounted(store, levels[table], day):
            raise RepairFailedError(f"store {store.address}: {table} differs from its facts on {day}")


def _cut_ledger(store: Store, damaged: Sequence[Batch]) -> int:
    """Remove ledger rows from each partition's first damaged batch on; return how many partitions."""
    first: dict[Partition, int] = {}
    for batch in damaged:
        first[batch.partition] = min(batch.start, first.get(batch.partition, batch.start))
    for where, start in first.items():
        here = f"epoch = {quoted(where.epoch)} AND topic = {quoted(where.topic)} AND partition = {where.number}"
        # First what says that these batches are settled, then the batches.
        for rows in (f"usage_watermarks WHERE {here}", f"usage_batches WHERE {here} AND batch_start >= {start}"):
            store.command(f"DELETE FROM {rows} SETTINGS lightweight_deletes_sync = 2")
    return len(first)


def _delete(store: Store, table: str, batches: Sequence[Batch]) -> None:
    """Delete rows by constants: a delete that outlives a kill must not judge rows written later."""
    for place in range(0, len(batches), _CHUNK):
        keys = ", ".join(_key(batch) for batch in batches[place : place + _CHUNK])
        store.command(
            f"DELETE FROM {table} WHERE (epoch, topic, partition, batch_start) IN ({keys}) "
            "SETTINGS lightweight_deletes_sync = 2"
        )


def _key(batch: Batch) -> str:
    where = batch.partition
    return f"({quoted(where.epoch)}, {quoted(where.topic)}, {where.number}, {batch.start})"
