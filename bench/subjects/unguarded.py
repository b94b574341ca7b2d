"""The same worker with what makes its delivery exact taken out, here in the benchmark alone.

Left out: waiting for the commit of a plan before a batch is written (the offset is committed after it, without
waiting, as an at-least-once consumer does); insert tokens and the tables' memory of them; the ledger and its row; the
duplicate window with the hashes of ids and payloads it needs; reading window, caps and ledger back at assignment.
What stays is alike in both: decode and refusal, enrichment and caps, grouping, the columns of facts (epoch, offset,
batch, an empty payload hash), one insert of facts and one of rollups per batch, fsync, the pace of batches.
"""

import asyncio
from typing import Any, Final

import numpy as np
import pyarrow as pa

from bench.subjects.stores import LEDGER_VIEW
from tokentide.schemas.position import Partition
from tokentide.sinks.clickhouse import store as store_module
from tokentide.sinks.clickhouse.levels import WRITTEN
from tokentide.sinks.clickhouse.settings import INSERT_SETTINGS, WINDOW_SETTINGS
from tokentide.sinks.clickhouse.store import Store
from tokentide.sinks.clickhouse.writer import Writer
from tokentide.streams.memory import MemoryKeeper
from tokentide.streams.partition import PartitionLoop
from tokentide.streams.plan import Plan
from tokentide.streams.transforms import settle
from tokentide.streams.transforms.caps import DimensionCaps
from tokentide.streams.transforms.deduplicate import DuplicateWindow, Verdict
from tokentide.streams.transforms.settle import Known

_FORGETFUL: Final = {
    **INSERT_SETTINGS,
    "deduplicate_insert": "disable",
    "insert_deduplicate": 0,
    "deduplicate_blocks_in_dependent_materialized_views": 0,
}


def without_protocol(store: Store) -> None:
    """Take it out of this process and of an open, empty store."""
    _plan_nothing()
    _remember_no_tokens(store)
    _look_for_no_duplicates()
    _keep_no_ledger(store)


def _plan_nothing() -> None:
    settle_batch = PartitionLoop._settle
    commits: set[asyncio.Task[None]] = set()

    async def plan_alone(self: PartitionLoop, plan: Plan) -> None:
        self._planner.planned(plan)

    async def then_commit(self: PartitionLoop) -> None:
        await settle_batch(self)
        commit = asyncio.create_task(self._commit(None))
        commits.add(commit)
        commit.add_done_callback(commits.discard)

    _replace(PartitionLoop, "_plan", plan_alone)
    _replace(PartitionLoop, "_settle", then_commit)


def _remember_no_tokens(store: Store) -> None:
    _replace(store_module, "INSERT_SETTINGS", _FORGETFUL)
    for table in WRITTEN:
        for setting in WINDOW_SETTINGS:
            if not setting.startswith("replicated"):
                store.command(f"ALTER TABLE {table} MODIFY SETTING {setting} = 0")


def _look_for_no_duplicates() -> None:
    def zeros(events: pa.RecordBatch) -> Any:
        return np.zeros(events.num_rows, np.uint64)

    def all_new(_: DuplicateWindow, ids: Any, payloads: Any) -> Any:
        return np.full(len(ids), Verdict.NEW, np.int8)

    def keep_nothing(*_: Any) -> None:
        return

    _replace(settle, "event_id_hash", zeros)
    _replace(settle, "payload_hash", zeros)
    _replace(DuplicateWindow, "classify", all_new)
    _replace(DuplicateWindow, "add", keep_nothing)


def _keep_no_ledger(store: Store) -> None:
    def rows_alone(rows: pa.RecordBatch, _: Any) -> pa.RecordBatch:
        return rows

    def never_written(_: Writer, __: Partition) -> None:
        return None

    def know_nothing(*_: Any) -> Known:
        return Known(DuplicateWindow(1), DimensionCaps())

    _replace(settle, "rollup_block", rows_alone)
    _replace(Writer, "ledger_end", never_written)
    _replace(MemoryKeeper, "recall", know_nothing)
    store.command(f"DROP VIEW {LEDGER_VIEW}")


def _replace(owner: Any, name: str, by: Any) -> None:
    """Put something else in a module's or a class's place, in this process."""
    if not hasattr(owner, name):
        raise AttributeError(f"{owner} has no {name} any more")
    setattr(owner, name, by)
