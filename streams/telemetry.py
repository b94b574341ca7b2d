"""What a worker tells Prometheus of itself: heartbeats, lag, dead letters, watermarks, the detector.

Plumbing is watched from outside: a worker that is gone cannot page. Rules: infra/prometheus/tokentide.rules.yml.
"""

import time
from collections.abc import Callable, Iterable, Mapping
from typing import Final, Protocol

from faust.types import TP
from prometheus_client import CollectorRegistry, Counter, Gauge

from tokentide.streams.desk import Tally
from tokentide.streams.partition import PartitionLoop

INTERVAL_S: Final = 10.0
SILENCE_S: Final = 60.0
"""A worker whose event loop has not turned for this long is not healthy."""


class Member(Protocol):
    """This worker's place in the group; `transport.Consumer` is one."""

    async def end_offsets(self, tps: Iterable[TP]) -> dict[TP, int]:
        """Ask for the offset that the next record of each partition will get."""


class Telemetry:
    """The gauges and counters of one worker, in a registry of its own.

    Attributes:
        registry: what `/metrics` shows.
    """

    def __init__(self, now_s: Callable[[], float] = time.time) -> None:
        self.registry = CollectorRegistry()
        self._now_s = now_s
        self._turned_s = now_s()
        self._counted: dict[tuple[str, str], int] = {}
        self._heartbeat = self._gauge("worker_heartbeat_timestamp_seconds", "when the event loop last turned")
        self._leader = self._gauge("leader", "1 where this worker owns partition 0, audits and detects")
        self._settled = self._counter("messages_settled", "messages of batches this worker has written")
        self._dead = self._counter("dead_letters", "messages this worker refused", "reason")
        self._lag = self._gauge("consumer_lag", "messages in the log that are not settled", "partition")
        self._stopped = self._gauge("partition_stopped", "1 where the breaker stopped a partition", "partition")
        self._watermark = self._gauge(
            "watermark_timestamp_seconds", "everything appended before is settled", "partition"
        )
        self._detector_heartbeat = self._gauge(
            "detector_heartbeat_timestamp_seconds", "when the shift detector last ran to its end; 0: never here"
        )
        self._detector_tick = self._gauge(
            "detector_window_timestamp_seconds", "end of the last window the detector has judged"
        )
        self._detector_cpu = self._counter("detector_cpu_seconds", "processor time of the detector")
        self._open = self._gauge("alerts_open", "alerts that stand", "class")
        self._failed = self._counter("notify_failures", "rounds of delivery that were not taken", "channel")
        self._lead = self._counter("events_early", "events more than 60 s ahead of the broker's clock", "gateway")

    @property
    def is_healthy(self) -> bool:
        """Whether the event loop has turned lately."""
        return self._now_s() - self._turned_s <= SILENCE_S

    def turned(self, tally: Tally, *, is_leader: bool) -> None:
        """Note that the event loop turns, and what the worker has done since it started."""
        self._turned_s = self._now_s()
        self._heartbeat.set(self._turned_s)
        self._leader.set(int(is_leader))
        self._up_to(self._settled, "", tally.settled)
        for reason, count in list(tally.dead.items()):
            self._up_to(self._dead, reason, count)

    def partitions(
        self,
        loops: Mapping[TP, PartitionLoop],
        ends: Mapping[TP, int],
        settled_ms: Mapping[int, int],
        stopped: Iterable[TP],
    ) -> None:
        """Show the partitions of this generation, and no others.

        Args:
            loops: of this worker.
            ends: offset the next record of each will get.
            settled_ms: up to which append time each is settled, unix ms.
            stopped: those the breaker stopped.
        """
        for gauge in (self._lag, self._stopped, self._watermark):
            gauge.clear()
        halted = set(stopped)
        for tp, loop in loops.items():
            name = str(tp.partition)
            self._stopped.labels(name).set(int(tp in halted))
            if loop.confirmed >= 0 and tp in ends:
                self._lag.labels(name).set(max(0, ends[tp] - loop.confirmed))
            if tp.partition in settled_ms:
                self._watermark.labels(name).set(settled_ms[tp.partition] / 1000)

    def detected(self, until_s: float | None, cpu_s: float, standing: Mapping[str, int]) -> None:
        """Note a run of the detector that came to its end.

        Args:
            until_s: end of the last window judged, unix seconds.
            cpu_s: processor time it took.
            standing: open alerts by class.
        """
        self._detector_heartbeat.set(self._now_s())
        self._detector_cpu.inc(max(0.0, cpu_s))
        if until_s is not None:
            self._detector_tick.set(until_s)
        self._open.clear()
        for kind, count in standing.items():
            self._open.labels(kind).set(count)

    def not_delivered(self, channel: str) -> None:
        """Count a round of delivery that failed."""
        self._failed.labels(channel).inc()

    def early(self, counts: Mapping[str, int]) -> None:
        """Count events that were more than a minute ahead of the broker, by gateway."""
        for gateway, count in counts.items():
            self._lead.labels(gateway).inc(count)

    def _up_to(self, counter: Counter, label: str, total: int) -> None:
        key = (counter._name, label)
        more = total - self._counted.get(key, 0)
        (counter.labels(label) if label else counter).inc(max(0, more))
        self._counted[key] = total

    def _gauge(self, name: str, meaning: str, *labels: str) -> Gauge:
        return Gauge(f"tokentide_{name}", meaning, labels, registry=self.registry)

    def _counter(self, name: str, meaning: str, *labels: str) -> Counter:
        return Counter(f"tokentide_{name}", meaning, labels, registry=self.registry)


class TelemetryTimer:
    """Looks at the worker every few seconds and shows what it sees.

    Args:
        telemetry: where it is shown.
        look: the loops of this generation, the stopped partitions and the settled times.
        member: this worker's place in the group.
        tally: what it has done.
        topic: whose first partition makes the leader.
    """

    def __init__(
        self,
        telemetry: Telemetry,
        look: Callable[[], tuple[Mapping[TP, PartitionLoop], Iterable[TP], Mapping[int, int]]],
        member: Callable[[], Member],
        tally: Tally,
        topic: str,
    ) -> None:
        self._telemetry = telemetry
        self._look = look
        self._member = member
        self._tally = tally
        self._first = TP(topic, 0)

    async def tick(self) -> None:
        """Look once; a broker that does not answer leaves the last lag standing and is the next look's matter."""
        loops, stopped, settled_ms = self._look()
        loops = dict(loops)
        self._telemetry.turned(self._tally, is_leader=self._first in loops)
        try:
            ends: Mapping[TP, int] = await self._member().end_offsets(list(loops)) if loops else {}
        except Exception:  # noqa: BLE001  what watches must not end what works
            return
        self._telemetry.partitions(loops, ends, settled_ms, stopped)
