"""Our worker on the topic, from its first fetch until the last batch is confirmed.

Kinds of store: `full` is what `tokentide worker` writes; `facts` has facts and ledger but no rollups, which are
then not computed either; `null` keeps nothing.
"""

import asyncio
import json
import logging
import os
import sys
from typing import Any, NoReturn

import pyarrow as pa

from bench.meter import Measured, Meter, tell
from bench.subjects.first_fetch import begin_at_first_fetch
from bench.subjects.stores import count_facts, drop_level_views, keep_nothing
from bench.subjects.unguarded import without_protocol
from tokentide import assembly
from tokentide.schemas.settings import Settings
from tokentide.sinks.clickhouse.balance import balance_sheet
from tokentide.sinks.clickhouse.store import Store
from tokentide.streams.brokers.offsets import end_offsets
from tokentide.streams.transforms.settle import Settled
from tokentide.streams.worker import Worker

_LOOK_S = 0.005


def settings_of(case: dict[str, Any]) -> Settings:
    """Return the worker's settings: its defaults, but for addresses and the breaker, which is off."""
    return Settings(
        _env_file=None,
        kafka=f"kafka://{case['bootstrap']}",
        store=f"chdb:///{case['folder'].lstrip('/')}",
        topic=case["topic"],
        dead_topic=case["dead_topic"],
        group=case["group"],
        partitions=case["partitions"],
        fsync=case["fsync"],
        breaker_ratio=0,
        breaker_in_row=0,
    )


async def run(case: dict[str, Any]) -> NoReturn:
    """Settle the whole topic and tell what that took; the store's folder goes with the process."""
    meter = Meter()
    begin_at_first_fetch(meter)
    settings = settings_of(case)
    store = assembly.prepare_store(settings)
    _reduce(store, case["store"])
    if not case["protocol"]:
        without_protocol(store)
    async with assembly.open_broker(settings) as broker:
        log = await assembly.settle_epoch(store, broker, settings, rotate=False)
        worker = Worker(settings, store, broker.address, log, on_fault=end_on_fault)
        ends = await end_offsets(broker.address, settings.topic)
        await worker.start()
        await _until_confirmed(worker, ends)
        meter.end()
        tell(_result(meter, store, case, sum(ends.values())))


def _reduce(store: Store, kind: str) -> None:
    if kind == "null":
        keep_nothing(store)
    if kind == "facts":
        drop_level_views(store)
        _compute_no_rollups()


def _compute_no_rollups() -> None:
    with_rollups = Settled.rollups_of

    def ledger_alone(settled: Settled, facts: pa.RecordBatch | pa.Table) -> pa.RecordBatch:
        return with_rollups(settled, facts.slice(0, 0))

    Settled.rollups_of = ledger_alone  # type: ignore[method-assign, assignment]


def end_on_fault(error: BaseException) -> NoReturn:
    """Say why the worker cannot go on, and end the process."""
    logging.getLogger(__name__).error("the worker cannot go on", exc_info=error)
    os._exit(1)


async def _until_confirmed(worker: Worker, ends: dict[int, int]) -> None:
    while any(worker.confirmed.get(partition, -1) < end for partition, end in ends.items()):
        await asyncio.sleep(_LOOK_S)


def _result(meter: Meter, store: Store, case: dict[str, Any], events: int) -> Measured:
    if case["store"] == "null":
        return meter.measured(events, 0)
    if not case["protocol"]:
        return _unbalanced(meter, events, count_facts(store))
    batches = int(store.rows("SELECT count() AS batches FROM usage_batches")[0]["batches"])
    sheet = balance_sheet(store)
    stored = count_facts(store)
    if case["store"] == "full" and (sheet.received != events or sheet.unexplained or sheet.stored != stored):
        raise AssertionError(f"{events} messages, but {sheet} with {stored} facts")
    return meter.measured(events, stored, events / batches)


def _unbalanced(meter: Meter, events: int, stored: int) -> Measured:
    """Without a ledger nothing balances, but every event must be there."""
    if stored != events:
        raise AssertionError(f"{events} messages, but {stored} facts")
    return meter.measured(events, stored)


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING)
    asyncio.run(run(json.loads(sys.argv[1])))
