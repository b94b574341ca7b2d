"""A running case: what the faults act on, how they wait for recovery, and what they report."""

import os
import random
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from localkafka.cluster import Cluster
from support.fault_publisher import Publisher
from support.fault_system import System
from support.fault_traffic import Traffic
from support.fault_worker import WorkerProcess

_BUSY = 3.0
"""Load per core; a case alone makes one or two."""
RECOVER_S = 90.0


def machine_is_busy() -> bool:
    """Whether others use the machine too, so that times prove nothing."""
    return os.getloadavg()[0] > _BUSY * (os.cpu_count() or 1)


@dataclass
class Stage:
    """A running case: what the faults act on and what they report.

    Attributes:
        injections: how often each fault was injected.
        times: measured seconds, by what they are of.
        late: what took longer than its limit.
    """

    system: System
    traffic: Traffic
    publisher: Publisher
    cluster: Cluster | None
    draw: random.Random
    injections: Counter[str] = field(default_factory=Counter)
    times: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    late: list[str] = field(default_factory=list)
    names: Any = field(default_factory=lambda: (f"worker-{number}" for number in count(1)))

    def note(self, fault: str, number: int = 1) -> None:
        """Count an injection."""
        self.injections[fault] += number

    def timed(self, what: str, seconds: float, most_s: float) -> None:
        """Keep a measured time; what was too late fails the case after its check, unless others use the machine."""
        busy = machine_is_busy()
        self.times[f"{what} (busy machine)" if busy else what].append(round(seconds, 2))
        if seconds > most_s and not busy:
            self.late.append(f"{what} took {seconds:.1f} s, more than {most_s:g}")

    def any_worker(self) -> WorkerProcess:
        return self.system.workers[self.draw.choice(sorted(self.system.workers))]

    async def recovered(self, deadline_s: float = RECOVER_S) -> float:
        """Wait until everything in the log at this moment is confirmed, in every partition."""
        return await self.system.caught_up(deadline_s)
