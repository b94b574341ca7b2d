"""A case: a seed stands for a shape of the system and a row of faults; running it gives lost and double-counted."""

import asyncio
import random
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from localkafka.cluster import Cluster
from support.fault_kinds import FAULTS
from support.fault_publisher import Publisher
from support.fault_stage import Stage
from support.fault_system import System
from support.fault_traffic import Traffic
from support.providers import JVM, Broker

from tokentide.schemas.kafka_address import parse_address

_SERVED = ("sigkill", "sigterm", "rebalance", "crash_points", "zombie", "store_kill", "short_outage", "ambiguous")
_SERVED_WEIGHTS = (5, 1, 2, 2, 2, 5, 3, 4)
_EMBEDDED = ("sigkill", "sigterm", "crash_points", "zombie", "broker_restart")
_EMBEDDED_WEIGHTS = (5, 1, 3, 2, 2)
_CYCLE = ("served", "embedded", "served", "outage", "served", "rolling", "log", "served", "brokers", "static")
_DENSE = {"outages": ("short_outage",) * 6 + ("sigkill",) * 2, "members": ("rebalance",) * 5 + ("zombie",) * 2}
"""Rows of one kind of fault, for seeds from `_DENSE_FROM` on: the cycle meets these too seldom."""
_DENSE_FROM = 10_000
_LATE = ("late_zombie", "sigkill", "late_zombie", "late_zombie")
_LATE_FROM = 20_000
_BEGIN_S = 60.0
_DRAIN_S = 180.0


@dataclass(frozen=True)
class Case:
    """What to do to which system.

    Attributes:
        shape: what the seed stands for, in a word.
        workers: how many; one holds the engine itself when `embedded`, several share `tokentide store`.
        faults: names in `FAULTS`, in order.
        per_s: messages published a second.
    """

    seed: int
    shape: str
    workers: int
    faults: tuple[str, ...]
    per_s: int = 3_000
    embedded: bool = False
    static: bool = False
    brokers: int = 1

    @property
    def replay(self) -> str:
        """The command that runs this case alone."""
        return f"make faults SEED={self.seed} CASES=1"

    def __str__(self) -> str:
        engine = "engine inside" if self.embedded else "tokentide store"
        return (
            f"seed {self.seed} ({self.shape}): {self.workers} workers, {engine}, {self.brokers} broker(s), "
            f"{self.per_s}/s: {', '.join(self.faults)}"
        )


@dataclass
class Result:
    """What became of a case."""

    case: Case
    events: int = 0
    lost: int = 0
    doubled: int = 0
    seconds: float = 0.0
    failure: str = ""
    injections: dict[str, int] = field(default_factory=dict)
    times: dict[str, list[float]] = field(default_factory=dict)


def case_of(seed: int) -> Case:
    """Return the case that a seed stands for."""
    draw = random.Random(seed)
    if seed >= _LATE_FROM:
        return Case(seed, "late", 2, _LATE, 2_000)
    if seed >= _DENSE_FROM:
        shape, faults = sorted(_DENSE.items())[seed % len(_DENSE)]
        return Case(seed, shape, 2, tuple(draw.sample(faults, len(faults))), 2_000)
    shape = _CYCLE[seed % len(_CYCLE)]
    per_s = draw.randrange(2_000, 4_001, 500)
    workers = draw.choice((2, 2, 3))
    if shape == "embedded":
        faults = tuple(draw.choices(_EMBEDDED, _EMBEDDED_WEIGHTS, k=8))
        return Case(seed, shape, 1, faults, per_s, embedded=True)
    if shape == "outage":
        return Case(seed, shape, 2, ("long_outage",), 5_000)
    if shape == "rolling":
        return Case(
            seed, shape, 2, ("rolling_restart", *draw.choices(("sigkill", "store_kill"), k=1)), 2_000, brokers=3
        )
    if shape == "log":
        return Case(seed, shape, 2, ("expired", "sigkill", "recreated", "store_kill", "expired_unread"), per_s)
    if shape == "static":
        faults = (
            "quick_restart",
            "sigkill",
            "twin",
            *draw.sample(("sigkill", "twin", "sigterm", "crash_points", "store_kill"), 4),
        )
        return Case(seed, shape, 2, faults, per_s, static=True)
    if shape == "brokers":
        return Case(seed, shape, 2, ("broker_restart", "sigkill", "broker_restart", "broker_restart"), per_s)
    return Case(seed, shape, workers, tuple(draw.choices(_SERVED, _SERVED_WEIGHTS, k=8)), per_s)


def broker_of(cluster: Cluster, seed: int) -> Broker:
    """Return a broker whose names are this case's own."""
    address = parse_address(f"kafka://{cluster.bootstrap}")
    return Broker(JVM, address, cluster.cluster_id, prefix=f"case-{seed}-{time.monotonic_ns() % 10**6}")


async def run_case(
    case: Case,
    broker: Broker,
    folder: Path,
    cluster: Cluster | None = None,
    say: Callable[[str], None] = lambda line: None,
) -> Result:
    """Run a case to its check; a failing one keeps its folder.

    Args:
        case: what to do.
        broker: the Kafka to do it on.
        folder: for the store and the logs.
        cluster: the same Kafka, where brokers are to be restarted.
        say: told of every fault that was got over.
    """
    result, began = Result(case), time.monotonic()
    shutil.rmtree(folder, ignore_errors=True)  # what an earlier failure kept
    system = await _start(case, broker, folder)
    try:
        await _play(case, system, cluster, result, say)
    except (AssertionError, TimeoutError) as error:
        result.failure = f"{type(error).__name__}: {error}"
    finally:
        result.seconds = round(time.monotonic() - began, 1)
        await system.close(keep=bool(result.failure))
    return result


async def _start(case: Case, broker: Broker, folder: Path) -> System:
    return await System.start(
        broker,
        folder,
        topic_replication=case.brokers,
        embedded=case.embedded,
        proxied="ambiguous" in case.faults,
        static=case.static,
        replication=str(case.brokers),
    )


async def _play(
    case: Case, system: System, cluster: Cluster | None, result: Result, say: Callable[[str], None]
) -> None:
    traffic = Traffic(case.seed, start_ms=int(time.time() * 1000) - 7_200_000)
    publisher = Publisher(system.broker.bootstrap, system.topic, traffic, case.per_s)
    stage = Stage(system, traffic, publisher, cluster, random.Random(case.seed))
    result.injections, result.times = stage.injections, stage.times
    await asyncio.gather(*(system.start_worker(next(stage.names)) for _ in range(case.workers)))
    await publisher.start()
    try:
        await stage.recovered(_BEGIN_S)
        for fault in case.faults:
            began = time.monotonic()
            await FAULTS[fault](stage)
            say(f"  {fault} {time.monotonic() - began:.1f} s")
    finally:
        await publisher.stop()
        result.events = traffic.published.received
    await system.settled(_DRAIN_S)
    verdict = await system.check(traffic.published)
    result.lost, result.doubled = verdict.lost, verdict.doubled
    assert verdict.holds, "\n".join(verdict.differences)
    assert not stage.late, "; ".join(stage.late)
