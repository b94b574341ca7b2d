"""Everything in one process: broker, worker, engine, page, and a simulated market where one is wanted."""

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from tokentide import assembly
from tokentide.gateways import UsageProducer
from tokentide.gateways.formats import ReplayEvent
from tokentide.gateways.replay import Hooks, publish_events
from tokentide.gateways.simulation.live import LiveMarket, LiveOrder
from tokentide.reports.levels import HOURLY, extent
from tokentide.reports.page.server import build_app, listening
from tokentide.schemas.settings import Settings
from tokentide.sinks.clickhouse.store import Store
from tokentide.streams.worker import Worker

_POLL_S: Final = 0.05
_LEAVE_S: Final = 6.0
"""What is not written by then is written by the next start, or lost with a folder that goes too."""
_AHEAD_BYTES: Final = 2 * 2**20
"""Unread bytes per partition: the embedded broker forgets what is older than 5 MiB."""


@dataclass(frozen=True, slots=True)
class Show:
    """What to show and where.

    Attributes:
        host, port: of the page.
        past: simulated events before the start; 0 for no market.
        rate: simulated events a second from then on.
        seed: of the market.
    """

    host: str
    port: int
    past: int
    rate: float
    seed: int = 1


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where page and broker are."""

    page: str
    kafka: str

    @property
    def send(self) -> str:
        """The command line that publishes one event."""
        return (
            f"tokentide send --kafka {self.kafka} --model openai/gpt-4o --prompt-tokens 1200 --completion-tokens 300"
        )


async def run_embedded(settings: Settings, show: Show, on_start: Callable[[Addresses], None]) -> None:
    """Run until SIGTERM, SIGINT or a fault of the worker.

    Args:
        settings: broker and store.
        show: what to show.
        on_start: told the addresses once the page answers and the worker is at work.

    Raises:
        UserError: the port, the store or the broker cannot be used.
    """
    ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, _end, ended, None)
    async with assembly.open_broker(settings) as broker:
        with await asyncio.to_thread(assembly.prepare_store, settings) as store:
            async with _working(settings, store, broker, ended) as worker:
                kafka = str(broker.address)
                notes = {"kafka": kafka, "send": Addresses("", kafka).send}
                async with listening(build_app(store.query, notes), show.host, show.port) as page:
                    on_start(Addresses(page, kafka))
                    await _until_ended(ended, _market(settings, store, broker, worker, show))


@contextlib.asynccontextmanager
async def _working(
    settings: Settings, store: Store, broker: assembly.Broker, ended: "asyncio.Future[None]"
) -> AsyncIterator[Worker]:
    """A worker for as long as the block runs; its fault ends the whole."""
    await assembly.prepare_topics(broker, settings)
    log = await assembly.settle_epoch(store, broker, settings, rotate=False)
    rules = assembly.alert_rules(settings)
    worker = Worker(settings, store, broker.address, log, on_fault=lambda error: _end(ended, error), rules=rules)
    await worker.start()
    try:
        yield worker
    finally:
        await worker.stop(_LEAVE_S)


async def _until_ended(ended: "asyncio.Future[None]", market: Any) -> None:
    feed = asyncio.ensure_future(market)
    feed.add_done_callback(lambda done: None if done.cancelled() else _end(ended, done.exception(), only_error=True))
    try:
        await ended
    finally:
        feed.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await feed


async def _market(settings: Settings, store: Store, broker: assembly.Broker, worker: Worker, show: Show) -> None:
    """Publish the past at once, unless the store has one, and the future at its time."""
    if not show.past:
        return
    market = await asyncio.to_thread(LiveMarket, LiveOrder(show.past, show.rate, datetime.now(UTC), show.seed))
    fresh = (await asyncio.to_thread(extent, store.query, HOURLY)).n == 0
    unread = _Unread(worker, _AHEAD_BYTES * settings.partitions)
    async with UsageProducer(broker.address, topic=settings.topic) as producer:
        past = unread.counted(market.past())
        if fresh:
            pace = unread.wait if broker.embedded else None
            await publish_events(past, producer, hooks=Hooks(pace=pace, own_time=True))  # alerts learn from it
        else:
            await asyncio.to_thread(lambda: sum(1 for _ in past))
        await publish_events(market.future(), producer, speed="recorded")


class _Unread:
    """Holds a publisher back while the embedded broker could forget what nobody has read."""

    def __init__(self, worker: Worker, most: int) -> None:
        self._worker = worker
        self._most = most
        self._drawn = 0

    def counted(self, events: Iterator[ReplayEvent]) -> Iterator[ReplayEvent]:
        for event in events:
            self._drawn += len(event.message)
            yield event

    async def wait(self) -> None:
        while self._drawn - self._worker.tally.taken_bytes > self._most:
            await self._look()

    async def _look(self) -> None:
        await asyncio.sleep(_POLL_S)


def _end(ended: "asyncio.Future[None]", error: BaseException | None, *, only_error: bool = False) -> None:
    if ended.done() or (only_error and error is None):
        return
    if error is None:
        ended.set_result(None)
    else:
        ended.set_exception(error)
