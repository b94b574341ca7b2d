"""One life of a worker without Kafka: open the store, settle the log by the real partition loops, and be checked.

Records come from memory, commits and dead letters go to files; everything between is the worker's own code.
Faults are those a worker has: `TOKENTIDE_FAULT_POINT`, and the signals of others.
"""

import asyncio
import json
import os
import random
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from faust.types import TP
from support.engine_check import compare
from support.engine_group import FileDeadLetters, FileGroup
from support.engine_log import Message, messages
from support.engine_oracle import Oracle

from tokentide.schemas.settings import Settings
from tokentide.sinks.clickhouse import boots
from tokentide.sinks.clickhouse.audit import audit
from tokentide.sinks.clickhouse.migrate import migrate
from tokentide.sinks.clickhouse.opening import open_store
from tokentide.sinks.clickhouse.repair_report import RepairReport
from tokentide.sinks.clickhouse.store import Store
from tokentide.sinks.clickhouse.writer import Writer
from tokentide.streams.desk import Desk
from tokentide.streams.faults import fault_point
from tokentide.streams.memory import MemoryKeeper
from tokentide.streams.partition import PartitionLoop
from tokentide.streams.planner import Limits
from tokentide.streams.transport import Fetch
from tokentide.streams.worker import settler_of

TOPIC, EPOCH = "usage.events.v1", "cluster.1"
PARTITIONS = 2
FOUND, OPENINGS = "found.json", "openings"
_BATCH_BYTES = 2**24
_FETCH_MOST = 70


@dataclass(frozen=True)
class Life:
    """What one process is to do.

    Attributes:
        folder: of the case; the store is in `engine`, commits and dead letters beside it.
        seed: of the log.
        count: messages of each partition to settle in all.
        rows: most messages in a batch.
        checked: compare with the oracle at the end, and write what was found.
        broken: leave this part of the protocol out, to see that it is missed.
    """

    folder: Path
    seed: int
    count: int
    rows: int
    checked: bool = False
    broken: str = ""

    @property
    def url(self) -> str:
        return f"chdb://{self.folder / 'engine'}"


def live(life: Life) -> None:
    """Settle `count` messages of each partition, or die on the way.

    Raises:
        UserError, ClickHouseError: as a worker would.
    """
    began = time.monotonic()
    logs = {number: messages(life.seed, number, life.count) for number in range(PARTITIONS)}
    with broken(life.broken), open_store(life.url) as store:
        opened = {"seconds": round(time.monotonic() - began, 3), **_work_of(store.repaired)}
        with (life.folder / OPENINGS).open("a") as file:
            file.write(json.dumps(opened) + "\n")
        dead = FileDeadLetters(life.folder)
        asyncio.run(_settle(life, store, logs, dead))
        if life.checked:
            (life.folder / FOUND).write_text(json.dumps(_checked(store, dead, Oracle(logs))))


def _checked(store: Store, dead: FileDeadLetters, expected: Oracle) -> dict[str, Any]:
    found = compare(store, dead.positions(), expected)
    for fault in audit(store).faults:
        found.note(f"audit: {fault}")
    return {
        "messages": expected.messages,
        "lost": found.lost,
        "doubled": found.doubled,
        "differences": found.differences,
    }


def _work_of(report: RepairReport | None) -> dict[str, Any]:
    """What the repair of this opening found to do."""
    if report is None:
        return {}
    tables = sorted({table for table, _, _ in report.rebuilt})
    return {"undone": report.batches_undone, "rebuilt": tables, "repair_s": round(report.seconds, 3)}


async def _settle(life: Life, store: Store, logs: dict[int, list[Message]], dead: FileDeadLetters) -> None:
    ends = {number: len(log) for number, log in logs.items()}
    group = FileGroup(life.folder, ends)
    with ThreadPoolExecutor(PARTITIONS) as threads:
        desk = _desk(store, dead, threads)
        loops = [
            PartitionLoop(TP(TOPIC, number), 1, group, desk, Limits(life.rows, _BATCH_BYTES, 0.0)) for number in logs
        ]
        running = [asyncio.create_task(loop.run()) for loop in loops]
        feeding = [asyncio.create_task(_feed(life.seed, loop, group, logs[loop.tp.partition])) for loop in loops]
        settled = asyncio.create_task(
            _until(lambda: all(loop.confirmed == ends[loop.tp.partition] for loop in loops))
        )
        try:
            done, _ = await asyncio.wait([*running, settled], return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in (*running, *feeding, settled):
                task.cancel()
            await asyncio.gather(*running, *feeding, settled, return_exceptions=True)


def _desk(store: Store, dead: Any, threads: ThreadPoolExecutor) -> Desk:
    settings = Settings(_env_file=None, breaker_ratio=0, breaker_in_row=0)  # type: ignore[call-arg]
    writer = Writer(store)
    return Desk(
        writer=writer,
        dead_letters=dead,
        settler=settler_of(settings),
        memories=MemoryKeeper(writer, settings),
        executor=threads,
        epoch=EPOCH,
        session_s=60.0,
        reach=fault_point(os.environ.get("TOKENTIDE_FAULT_POINT")),
    )


async def _feed(seed: int, loop: PartitionLoop, group: FileGroup, log: list[Message]) -> None:
    """Fetch on and on, as a consumer does; fetches are as large as the seed says."""
    number = loop.tp.partition
    draw = random.Random(f"{seed}:{number}:fetch")
    while True:
        await _until(lambda: not loop.wants_rest and group.fetched[number] < len(log) and loop.confirmed >= 0)
        start = group.fetched[number]
        records = log[start : start + draw.randrange(1, _FETCH_MOST)]
        group.fetched[number] = start + len(records)
        loop.hand_over(Fetch(number, records, start, group.seeks[number], 1))


async def _until(condition: Callable[[], bool]) -> None:
    while not condition():
        await asyncio.sleep(0.005)


@contextmanager
def broken(part: str) -> Iterator[None]:
    """Leave a part of the protocol out: `repair`, so that an unclean store is opened as it is."""
    whole = boots.repair
    if part == "repair":
        boots.repair = lambda store: RepairReport((), 0, 0, (), 0.0)
    try:
        yield
    finally:
        boots.repair = whole


def make(url: str) -> None:
    """Make an empty store."""
    with open_store(url) as store:
        migrate(store)
