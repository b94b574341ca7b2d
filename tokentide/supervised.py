"""A worker as a process: until a signal or a fault ends it, and never longer than ten seconds after."""

import asyncio
import contextlib
import logging
import signal
import threading
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, Final, TypeAlias

from tokentide import assembly
from tokentide.schemas.errors import UserError
from tokentide.schemas.metrics_address import parse_metrics_address
from tokentide.schemas.settings import Settings
from tokentide.sinks.clickhouse.store import Store
from tokentide.streams.faults import FaultPoint, LostMembershipError, never
from tokentide.streams.telemetry import Telemetry
from tokentide.streams.telemetry_server import TelemetryServer
from tokentide.streams.worker import EXIT_SOFTWARE, Worker

logger = logging.getLogger(__name__)

Ended: TypeAlias = "asyncio.Future[BaseException | None]"

_LEAVE_S: Final = 6.0
_CLOSE_S: Final = 2.5


def nothing() -> None:
    """Nobody asked to be told."""


async def run_worker(settings: Settings, *, on_start: Callable[[], None] = nothing, reach: FaultPoint = never) -> int:
    """Work until SIGTERM, SIGINT or a fault; return the exit code.

    Told to stop while Kafka or the store leaves it waiting, it returns in time all the same: the caller
    must then end the process without waiting for threads (`exit_now`).

    Args:
        settings: all of them.
        on_start: called once the worker is a member of its group.
        reach: called at the named points between writes (tests only).
    Returns:
        0 after a signal, 1 for what a person must mend, 70 for what a restart mends.
    """
    ended: Ended = asyncio.get_running_loop().create_future()
    _end_on_signals(ended)
    work = asyncio.create_task(_work(settings, ended, on_start, reach))
    both: list[asyncio.Future[Any]] = [work, ended]
    await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
    await asyncio.wait([work], timeout=_LEAVE_S + _CLOSE_S)
    if ended.done() and (not work.done() or work.exception() is not None):
        return _exit_code(ended.result())  # what it waited for, or how that failed, matters no more
    return work.result()


async def _work(settings: Settings, ended: Ended, on_start: Callable[[], None], reach: FaultPoint) -> int:
    async with assembly.open_broker(settings) as broker:
        await _require_topics(broker, settings)
        store = await asyncio.to_thread(assembly.prepare_store, settings)
        try:
            log = await assembly.settle_epoch(store, broker, settings, rotate=False)
            rules = assembly.alert_rules(settings)
            fault = partial(_end, ended)
            worker = Worker(settings, store, broker.address, log, on_fault=fault, reach=reach, rules=rules)
            with _shown(settings, worker.telemetry):
                await worker.start()
                on_start()
                logger.info("working: %s -> %s, epoch %s", broker.address, store.address, log.epoch)
                code = _exit_code(await ended)
                await worker.stop(_LEAVE_S)
        finally:
            _close(store)
    return code


@contextlib.contextmanager
def _shown(settings: Settings, telemetry: Telemetry) -> Iterator[None]:
    """Show the worker's metrics while it works, where the settings say so."""
    if not settings.metrics_address:
        yield
        return
    server = TelemetryServer(parse_metrics_address(settings.metrics_address), telemetry)
    logger.info("metrics: http://%s/metrics", parse_metrics_address(settings.metrics_address))
    try:
        yield
    finally:
        server.stop()


async def _require_topics(broker: assembly.Broker, settings: Settings) -> None:
    """Warn of topics that differ from what they should be; refuse to work without them."""
    for report in await assembly.inspect_topics(broker, settings):
        for difference in report.differences:
            if difference.vital:
                logger.warning("%s", difference)


def _end(ended: Ended, error: BaseException | None = None) -> None:
    if not ended.done():
        ended.set_result(error)


def _end_on_signals(ended: Ended) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, _end, ended)


def _exit_code(error: BaseException | None) -> int:
    if error is None:
        return 0
    if isinstance(error, UserError):
        logger.error("%s", error)
        return error.exit_code
    if isinstance(error, LostMembershipError):
        logger.error("this worker may have been replaced: %s", error)
    else:
        logger.error("the worker cannot go on", exc_info=error)
    return EXIT_SOFTWARE


def _close(store: Store) -> None:
    """Close the store unless a write hangs in it; then it is repaired at its next opening."""
    closing = threading.Thread(target=store.close, daemon=True)
    closing.start()
    closing.join(_CLOSE_S)
