"""Every minute, the leader audits the store it writes to; ingestion does not wait for it."""

import logging
from collections.abc import Callable, Container
from datetime import UTC, datetime

from faust.types import TP

from tokentide.sinks.clickhouse.audit_continuous import INTERVAL_S, ContinuousAudit
from tokentide.sinks.clickhouse.store import Store
from tokentide.streams.threads import Threads

logger = logging.getLogger(__name__)

__all__ = ["INTERVAL_S", "AuditTimer"]


class AuditTimer:
    """Audits while this worker owns the first partition of the topic, which one worker alone does.

    Args:
        store: to audit.
        topic: of usage events.
        owned: the partitions of the current generation.
        threads: where the audit runs; nothing else should.
        now: the present time.
    """

    def __init__(
        self,
        store: Store,
        topic: str,
        owned: Callable[[], Container[TP]],
        threads: Threads,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._first = TP(topic, 0)
        self._owned = owned
        self._threads = threads
        self._now = now
        self._audit = ContinuousAudit(store, _tell, lambda: threads.stopped or not self.is_leader)

    @property
    def is_leader(self) -> bool:
        """Whether this worker owns the first partition."""
        return self._first in self._owned()

    async def tick(self) -> None:
        """Run once if this worker leads; whatever fails, the worker goes on and the next run tries again."""
        if not self.is_leader:
            return
        try:
            await self._threads.run(self._audit.run, self._now())
        except Exception as error:  # noqa: BLE001  what checks must not end what works
            if not self._threads.stopped:
                logger.warning("the audit could not run: %s", str(error).partition("\n")[0][:160] or repr(error))


def _tell(sentence: str) -> None:
    logger.error("AUDIT: %s", sentence)
