"""One shot: publish a replay, let a worker of this process settle it, and say how the balance stands."""

import asyncio
import contextlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from time import monotonic
from typing import Any, Final

from tokentide import assembly
from tokentide.gateways import UsageProducer
from tokentide.gateways.formats import ReplayEvent
from tokentide.gateways.replay import Hooks, publish_events
from tokentide.schemas.errors import UserError
from tokentide.schemas.settings import Settings
from tokentide.sinks.clickhouse.balance import Sheet, balance_sheet
from tokentide.sinks.clickhouse.epochs import TopicLog, ledger_ends
from tokentide.sinks.clickhouse.store import Store
from tokentide.sinks.clickhouse.watermark_rows import record_end
from tokentide.streams.brokers.offsets import end_offsets, group_lag
from tokentide.streams.worker import Worker

_POLL_S: Final = 0.05
_AHEAD_BYTES: Final = 2 * 2**20
"""Unread bytes per partition: the embedded broker forgets what is older than 5 MiB."""


@dataclass(frozen=True, slots=True)
class Balance:
    """What became of every message of a run: received = stored + duplicates + dead letters + dropped."""

    received: int
    stored: int
    duplicates: int
    conflicts: int
    dead_letters: int
    dropped: int
    in_flight: int
    by_reason: Mapping[str, int]
    seconds: float

    @property
    def events_per_second(self) -> float:
        """Messages settled per second of the whole run."""
        return self.received / self.seconds if self.seconds else 0.0

    def as_json(self) -> dict[str, Any]:
        """Return the object that `run --json` prints."""
        return asdict(self) | {
            "seconds": round(self.seconds, 3),
            "events_per_second": round(self.events_per_second, 1),
        }


async def run_once(
    settings: Settings,
    events: Iterable[ReplayEvent],
    progress: Callable[[int], None],
    *,
    own_time: bool = False,
) -> Balance:
    """Publish `events` and return the balance once all of them are settled.

    Args:
        settings: the broker (embedded or real) and the store.
        events: what to publish, already checked.
        progress: told how many messages are settled.
        own_time: records carry the time of their event (an embedded broker keeps it as their arrival).
    Raises:
        UserError: Kafka or the store cannot be used, or the dead-letter breaker stopped a partition.
    """
    assembly.check_settings(settings)
    async with assembly.open_broker(settings) as broker:
        # Kafka first: a store that nothing can reach is not made, a topic that nothing can settle neither.
        with assembly.prepare_store(settings) as store:
            await assembly.prepare_topics(broker, settings)
            log = await assembly.settle_epoch(store, broker, settings, rotate=False)
            try:
                return await OneShot(settings, store, broker, log, progress).run(events, own_time=own_time)
            finally:
                if broker.embedded:  # what it held is gone with it; unsaid, its silence says so in a minute
                    with contextlib.suppress(Exception):
                        await asyncio.to_thread(record_end, store, settings.topic, log)


class OneShot:
    """A worker and a publisher in one process, until everything published is settled."""

    def __init__(
        self,
        settings: Settings,
        store: Store,
        broker: assembly.Broker,
        log: TopicLog,
        progress: Callable[[int], None],
    ) -> None:
        self._settings = settings
        self._store = store
        self._broker = broker
        self._log = log
        self._progress = progress
        self._fault: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._drawn_bytes = 0
        self._worker = Worker(settings, store, broker.address, log, on_fault=self._on_fault)

    async def run(self, events: Iterable[ReplayEvent], *, own_time: bool = False) -> Balance:
        """Publish, wait until drained, and balance this run's batches."""
        before, began = balance_sheet(self._store), monotonic()
        await self._worker.start()
        try:
            await self._unless_faulty(self._publish(events, own_time=own_time))
            ends = await end_offsets(self._broker.address, self._settings.topic)
            await self._unless_faulty(self._drained(ends))
            self._refuse_if_stopped()
        finally:
            await self._worker.stop()
        return self._balance(before, ends, monotonic() - began)

    async def _publish(self, events: Iterable[ReplayEvent], *, own_time: bool) -> None:
        pace = self._keep_pace if self._broker.embedded else None
        address, topic = self._broker.address, self._settings.topic
        async with UsageProducer(address, topic=topic) as producer:
            await publish_events(self._counted(events), producer, hooks=Hooks(pace=pace, own_time=own_time))

    def _counted(self, events: Iterable[ReplayEvent]) -> Iterator[ReplayEvent]:
        for event in events:
            self._drawn_bytes += len(event.message)
            yield event

    async def _keep_pace(self) -> None:
        """Hold the publisher back while the embedded broker could forget what nobody has read."""
        while self._drawn_bytes - self._worker.tally.taken_bytes > _AHEAD_BYTES * self._settings.partitions:
            await self._look()

    async def _drained(self, ends: Mapping[int, int]) -> None:
        while not await self._is_drained(ends):
            await self._look()

    def _refuse_if_stopped(self) -> None:
        if self._worker.stopped:
            reasons = "; ".join(f"partition {n}: {why}" for n, why in sorted(self._worker.stopped.items()))
            raise UserError(
                f"The breaker of dead letters stopped {self._settings.topic}, what came before is settled: {reasons}."
            )

    async def _look(self) -> None:
        self._refuse_if_stopped()
        self._progress(self._worker.tally.settled)
        await asyncio.sleep(_POLL_S)

    async def _is_drained(self, ends: Mapping[int, int]) -> bool:
        ours = self._worker.confirmed
        if all(ours.get(partition, -1) >= end for partition, end in ends.items()):
            return True
        if ours.keys() == ends.keys():
            return False
        lag = await group_lag(self._broker.address, self._settings.group, self._settings.topic)
        return sum(lag.values()) == 0

    async def _unless_faulty(self, work: Any) -> None:
        """Wait for `work`, or for the error that ends the worker."""
        task = asyncio.ensure_future(work)
        await asyncio.wait([task, self._fault], return_when=asyncio.FIRST_COMPLETED)
        if self._fault.done():
            task.cancel()
            self._fault.result()
        await task

    def _on_fault(self, error: BaseException) -> None:
        if not self._fault.done():
            self._fault.set_exception(error)

    def _balance(self, before: Sheet, ends: Mapping[int, int], seconds: float) -> Balance:
        sheet = balance_sheet(self._store).since(before)
        settled = ledger_ends(self._store, self._log.epoch, self._settings.topic)
        return Balance(
            received=sheet.received,
            stored=sheet.stored,
            duplicates=sheet.duplicates,
            conflicts=sheet.conflicts,
            dead_letters=sheet.dead_letters,
            dropped=sheet.dropped,
            in_flight=sum(max(0, end - settled.get(partition, 0)) for partition, end in ends.items()),
            by_reason=sheet.by_reason,
            seconds=seconds,
        )
