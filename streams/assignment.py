"""The partitions of this worker in the current generation: one loop each, started and ended together."""

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from faust.types import TP

from tokentide.schemas.settings import Settings
from tokentide.streams.desk import Desk
from tokentide.streams.faults import StoppedPartitionError
from tokentide.streams.partition import PartitionLoop
from tokentide.streams.planner import Limits
from tokentide.streams.transport import Consumer, FencedError, Fetch

logger = logging.getLogger(__name__)

_BATCHES_PER_S: Final = 4.0
_SPACING_MOST_S: Final = 1.5
_SHARE_LEAST: Final = 65_536


def limits_for(settings: Settings, partitions: int) -> Limits:
    """Return the batch limits of each of `partitions` loops that share an engine.

    The distance between batches grows with them: an engine keeps up with about four batches a second, and
    larger batches cost less per event (12 partitions at one a second did not keep up). Who had nothing to
    do for that long waits for the linger alone.
    """
    spacing_s = min(partitions / _BATCHES_PER_S, _SPACING_MOST_S)
    # Beside the batch that is being written, each keeps another one waiting.
    share = max(_SHARE_LEAST, settings.buffer_bytes // (2 * partitions))
    return Limits(settings.batch_rows, min(settings.batch_bytes, share), settings.linger.total_seconds(), spacing_s)


class Assignment:
    """Runs the partition loops of one generation after another.

    Args:
        consumer: gives the Faust consumer, once the app has started.
        on_fault: told of any error that must end the process.
    """

    def __init__(
        self,
        consumer: Callable[[], Consumer],
        desk: Desk,
        settings: Settings,
        on_fault: Callable[[BaseException], None],
    ) -> None:
        self.stopped: dict[TP, str] = {}
        self._consumer = consumer
        self._desk = desk
        self._settings = settings
        self._on_fault = on_fault
        self._loops: dict[TP, PartitionLoop] = {}
        self._tasks: dict[TP, asyncio.Task[None]] = {}

    @property
    def loops(self) -> Mapping[TP, PartitionLoop]:
        """The loops of the current generation."""
        return self._loops

    def assign(self, tps: Iterable[TP], generation: int) -> None:
        """Begin a loop for each partition; those of an earlier generation end."""
        self.revoke()
        wanted = sorted(tps)
        limits = limits_for(self._settings, max(1, len(wanted)))
        logger.info("generation %d: partitions %s", generation, [tp.partition for tp in wanted])
        for tp in wanted:
            loop = PartitionLoop(tp, generation, self._consumer(), self._desk, limits)
            self._loops[tp] = loop
            self._tasks[tp] = asyncio.create_task(self._guard(loop), name=f"{tp.topic}/{tp.partition}")

    def revoke(self) -> None:
        """End every loop at once: nothing is flushed, the next owner inherits the plan."""
        for task in self._tasks.values():
            task.cancel()
        self._loops, self._tasks = {}, {}

    def hand_over(self, tp: TP, fetch: Fetch) -> None:
        """Give a fetch to its loop, and stop fetching the partition while the loop has enough."""
        loop = self._loops.get(tp)
        if loop is None or tp in self.stopped:
            return
        loop.hand_over(fetch)
        if loop.wants_rest:
            self._consumer().on_buffer_full(tp)

    async def _guard(self, loop: PartitionLoop) -> None:
        loop.on_appetite = lambda: self._consumer().on_buffer_drop(loop.tp)
        try:
            await loop.run()
        except FencedError as error:
            logger.info("%s/%d: the group moved on (%s)", loop.tp.topic, loop.tp.partition, error)
        except StoppedPartitionError as error:
            self._stop(loop.tp, str(error))
        except Exception as error:  # noqa: BLE001  the one boundary: whatever it is, this worker ends
            self._on_fault(error)

    def _stop(self, tp: TP, why: str) -> None:
        self.stopped[tp] = why
        self._consumer().on_buffer_full(tp)
        logger.error("STOPPED %s/%d, its messages wait in Kafka: %s", tp.topic, tp.partition, why)
