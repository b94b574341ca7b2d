"""Every minute, the leader sums up the hours of received days that nothing is added to any more."""

import logging
from collections.abc import Callable, Container
from typing import Final

from faust.types import TP

from tokentide.sinks.clickhouse.sealing import seal_due
from tokentide.sinks.clickhouse.store import Store
from tokentide.streams.threads import Threads

logger = logging.getLogger(__name__)

INTERVAL_S: Final = 60.0
_MOST_S: Final = 5.0
"""Seconds of a run: of a store that was never sealed it takes some days at a time."""


class SealTimer:
    """Seals days while this worker owns the first partition of the topic, which one worker alone does.

    Args:
        store: whose days.
        topic: of usage events.
        owned: the partitions of the current generation.
        threads: where the store is waited for; work that nobody waits for shares them.
    """

    def __init__(self, store: Store, topic: str, owned: Callable[[], Container[TP]], threads: Threads) -> None:
        self._store = store
        self._first = TP(topic, 0)
        self._owned = owned
        self._threads = threads

    async def tick(self) -> None:
        """Run once if this worker leads; whatever fails, figures stay right and the next run tries again."""
        if not self._leads():
            return
        try:
            await self._threads.run(
                seal_due, self._store, _MOST_S, lambda: self._threads.stopped or not self._leads()
            )
        except Exception as error:  # noqa: BLE001  what makes answers quick must not end what makes them right
            if not self._threads.stopped:
                logger.warning("days could not be sealed: %s", str(error).partition("\n")[0][:160] or repr(error))

    def _must_stop(self) -> bool:
        return self._threads.stopped or not self._leads()

    def _leads(self) -> bool:
        return self._first in self._owned()
