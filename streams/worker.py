"""A worker: the Faust app, its partition loops and the store, started and stopped as one."""

import asyncio
import gc
import logging
import os
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Final, NoReturn, cast

import faust
from faust.types import TP

from tokentide.schemas.alert_rules import AlertRules
from tokentide.schemas.catalogue import load as load_catalogue
from tokentide.schemas.kafka_address import KafkaAddress
from tokentide.schemas.settings import Settings
from tokentide.sinks.alerts_topic import AlertsTopic
from tokentide.sinks.clickhouse.epochs import TopicLog
from tokentide.sinks.clickhouse.store import Store
from tokentide.sinks.clickhouse.writer import Writer
from tokentide.sinks.dead_letters import DeadLetterSink
from tokentide.streams.agents import ingest
from tokentide.streams.app import build_app
from tokentide.streams.assignment import Assignment
from tokentide.streams.audit_timer import INTERVAL_S as AUDIT_EVERY_S
from tokentide.streams.audit_timer import AuditTimer
from tokentide.streams.desk import Desk, Tally
from tokentide.streams.detector_timer import INTERVAL_S as DETECT_EVERY_S
from tokentide.streams.detector_timer import DetectorTimer
from tokentide.streams.faults import FaultPoint, LostMembershipError, never
from tokentide.streams.memory import MemoryKeeper
from tokentide.streams.plan import RULES
from tokentide.streams.seal_timer import INTERVAL_S as SEAL_EVERY_S
from tokentide.streams.seal_timer import SealTimer
from tokentide.streams.telemetry import INTERVAL_S as TELEMETRY_EVERY_S
from tokentide.streams.telemetry import Telemetry, TelemetryTimer
from tokentide.streams.threads import Threads
from tokentide.streams.transforms.acceptance import Acceptance
from tokentide.streams.transforms.breaker import BreakerLimits
from tokentide.streams.transforms.settle import Settler
from tokentide.streams.transport import Consumer
from tokentide.streams.watermark_timer import INTERVAL_S as WATERMARKS_EVERY_S
from tokentide.streams.watermark_timer import WatermarkTimer

logger = logging.getLogger(__name__)

EXIT_SOFTWARE: Final = 70
"""What a worker exits with when it must not go on; a supervisor starts it again."""

_THREADS: Final = 4


class Worker:
    """One member of the consumer group, writing to one store.

    Args:
        settings: all of them.
        store: open, migrated and repaired; the caller closes it.
        address: of Kafka.
        log: the topic as the store knows it: its epoch and how many partitions it has.
        on_fault: told once of an error that must end the process.
        reach: called at the named points between writes (tests only).
        rules: of alerts; None: this worker never detects shifts.

    Attributes:
        telemetry: what it tells Prometheus.
    """

    def __init__(  # noqa: PLR0913 - what a worker is made of
        self,
        settings: Settings,
        store: Store,
        address: KafkaAddress,
        log: TopicLog,
        *,
        on_fault: Callable[[BaseException], None],
        reach: FaultPoint = never,
        rules: AlertRules | None = None,
    ) -> None:
        self._on_fault = on_fault
        self._executor = ThreadPoolExecutor(_THREADS, thread_name_prefix="batch")
        self._dead_letters = DeadLetterSink(address.client_options(), settings.dead_topic)
        self.app: faust.App = build_app(settings, address)
        writer = Writer(store)
        self._desk = Desk(
            writer=writer,
            dead_letters=self._dead_letters,
            settler=settler_of(settings),
            memories=MemoryKeeper(writer, settings),
            executor=self._executor,
            epoch=log.epoch,
            session_s=settings.session_timeout.total_seconds(),
            reach=reach,
        )
        self.assignment = Assignment(lambda: cast(Consumer, self.app.consumer), self._desk, settings, on_fault)
        ingest.register(self.app, settings.topic, self.assignment)
        self._threads: tuple[Threads, ...] = (Threads("watermark"), Threads("audit"))
        watermarks = WatermarkTimer(
            store,
            self._desk,
            lambda: self.assignment.loops,
            lambda: cast(Consumer, self.app.consumer),
            self._threads[0],
        )
        audit = AuditTimer(store, settings.topic, lambda: self.assignment.loops, self._threads[1])
        self._every(WATERMARKS_EVERY_S, "watermarks", watermarks.tick)
        sealing = SealTimer(store, settings.topic, lambda: self.assignment.loops, self._threads[1])
        self._every(AUDIT_EVERY_S, "audit", audit.tick)
        self.telemetry = Telemetry()
        looks = TelemetryTimer(
            self.telemetry,
            lambda: (self.assignment.loops, self.assignment.stopped, watermarks.settled_ms),
            lambda: cast(Consumer, self.app.consumer),
            self._desk.tally,
            settings.topic,
        )
        self._every(TELEMETRY_EVERY_S, "telemetry", looks.tick)
        self._detector = self._detecting(store, settings, address, rules) if rules is not None else None
        self._every(SEAL_EVERY_S, "sealing", sealing.tick)

    async def start(self) -> None:
        """Join the group and begin; returns when the app runs."""
        collect_rarely()
        await self.app.start()
        cast(Consumer, self.app.consumer).on_replaced = self._replaced

    def _detecting(self, store: Store, settings: Settings, address: KafkaAddress, rules: AlertRules) -> DetectorTimer:
        alerts = AlertsTopic(address.client_options(), settings.alerts_topic)
        first = TP(settings.topic, 0)
        detector = DetectorTimer(store, rules, lambda: first in self.assignment.loops, self.telemetry, alerts)
        self._every(DETECT_EVERY_S, "detector", detector.detect)
        self._every(detector.notify_every_s, "notify", detector.notify)
        self._threads = (*self._threads, *detector.threads)
        return detector

    def _every(self, interval_s: float, name: str, tick: Callable[[], Awaitable[None]]) -> None:
        """Call `tick` again and again; an error it raises ends this worker."""

        async def guarded() -> None:
            try:
                await tick()
            except Exception as error:  # noqa: BLE001  as of a partition loop: whatever it is, this worker ends
                self._on_fault(error)

        self.app.timer(interval_s, name=name)(guarded)

    def _replaced(self) -> None:
        self._on_fault(
            LostMembershipError("another worker of this instance id joined, or it was silent for too long")
        )

    async def stop(self, deadline_s: float = 8.0) -> None:
        """Leave the group; nothing is flushed, whatever is in flight is inherited by its plan."""
        self.assignment.revoke()
        for threads in self._threads:
            threads.stopped = True
        try:
            async with asyncio.timeout(deadline_s):
                await self.app.stop()
                await self._dead_letters.close()
                if self._detector is not None:
                    await self._detector.close()
        except TimeoutError:
            logger.warning("leaving the group took more than %.0f s; going anyway", deadline_s)
        for threads in self._threads:
            threads.stop()
        self._executor.shutdown(wait=False, cancel_futures=True)

    @property
    def tally(self) -> Tally:
        """What this worker has done since it started."""
        return self._desk.tally

    @property
    def confirmed(self) -> Mapping[int, int]:
        """Per assigned partition, the offset before which everything is written."""
        return {tp.partition: loop.confirmed for tp, loop in self.assignment.loops.items()}

    @property
    def stopped(self) -> Mapping[int, str]:
        """Partitions that the dead-letter breaker stopped, with the reason."""
        return {tp.partition: why for tp, why in self.assignment.stopped.items()}


def collect_rarely() -> None:
    """Let Python look for reference cycles once in 50,000 new objects instead of 700.

    A fetch makes tens of thousands of records, none of them in a cycle: looking for some took most of the
    consumer thread's time, with the interpreter locked (docs/benchmarks.md).
    """
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


def settler_of(settings: Settings) -> Settler:
    """Return the rules that the settings ask for."""
    return Settler(
        catalogue=load_catalogue(),
        acceptance=Acceptance(event_age_max_ms=int(settings.event_age_max.total_seconds() * 1000)),
        breaker=BreakerLimits(settings.breaker_ratio, settings.breaker_in_row, settings.breaker_minimum),
        dead_letters=settings.dead_letters,
        rules=RULES,
    )


def exit_now(code: int) -> NoReturn:
    """End the process at once: no handler, no flush, no waiting for a thread that hangs in a write."""
    logging.shutdown()
    os._exit(code)
