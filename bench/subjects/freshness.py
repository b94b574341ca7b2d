"""A worker and its store in one process, asked for marked events as often as a person's dashboard never would."""

import asyncio
import json
import logging
import sys
import threading
from time import monotonic, sleep
from typing import Any, Final, NoReturn

from bench.meter import tell
from bench.subjects.worker import end_on_fault, settings_of
from tokentide import assembly
from tokentide.sinks.clickhouse.store import Store
from tokentide.streams.worker import Worker

_ASK_S: Final = 0.05
_PATIENCE_S: Final = 60.0
_VISIBLE: Final = "SELECT DISTINCT tenant FROM usage_model_10s WHERE startsWith(tenant, 'marker-')"


class Watcher:
    """Asks the finest stored level which markers it shows, in a thread of its own."""

    def __init__(self, store: Store) -> None:
        self.seen: dict[str, float] = {}
        self._store = store
        threading.Thread(target=self._watch, daemon=True).start()

    def _watch(self) -> NoReturn:
        while True:
            found = self._store.rows(_VISIBLE)
            now = monotonic()
            for row in found:
                self.seen.setdefault(row["tenant"], now)
            sleep(_ASK_S)


async def run(case: dict[str, Any]) -> NoReturn:
    """Work until every marker the publisher names is visible; tell when each first was."""
    settings = settings_of(case)
    with assembly.prepare_store(settings) as store:
        async with assembly.open_broker(settings) as broker:
            log = await assembly.settle_epoch(store, broker, settings, rotate=False)
            worker = Worker(settings, store, broker.address, log, on_fault=end_on_fault)
            await worker.start()
            while len(worker.confirmed) < settings.partitions:
                await asyncio.sleep(_ASK_S)
            watcher = Watcher(store)
            print("ready", flush=True)
            markers = json.loads(await asyncio.to_thread(sys.stdin.readline))
            await _until_seen(watcher, markers)
            tell(watcher.seen)


async def _until_seen(watcher: Watcher, markers: list[str]) -> None:
    async with asyncio.timeout(_PATIENCE_S):
        while not watcher.seen.keys() >= set(markers):
            await asyncio.sleep(_ASK_S)


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING)
    asyncio.run(run(json.loads(sys.argv[1])))
