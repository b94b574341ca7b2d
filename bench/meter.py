"""What a process used between two moments: wall time, CPU of all its threads, peak memory."""

import json
import os
import re
import resource
from dataclasses import asdict, dataclass
from pathlib import Path
from time import perf_counter
from typing import Any, NoReturn


@dataclass(frozen=True, slots=True)
class Moment:
    """Wall clock and CPU of the process, seconds."""

    wall_s: float
    cpu_s: float

    @classmethod
    def now(cls) -> "Moment":
        """Read both clocks."""
        used = resource.getrusage(resource.RUSAGE_SELF)
        return cls(perf_counter(), used.ru_utime + used.ru_stime)


@dataclass(frozen=True, slots=True)
class Measured:
    """One run of one case.

    Attributes:
        events: messages settled between the two moments.
        stored: of which are in the facts table, by query; of plain Faust, grouped.
        rows_per_insert: mean messages of a batch; 0 where there is none.
    """

    events: int
    seconds: float
    cpu_s: float
    peak_rss_mb: float
    stored: int
    rows_per_insert: float = 0.0

    @property
    def events_per_second(self) -> float:
        """Throughput."""
        return self.events / self.seconds

    @property
    def cpu_us_per_event(self) -> float:
        """CPU of the whole process, all threads, microseconds."""
        return self.cpu_s / self.events * 1e6


class Meter:
    """Times a run from the call of the first fetch that brought records to `end`."""

    def __init__(self) -> None:
        self._began: Moment | None = None
        self._ended: Moment | None = None

    def begin(self, at: Moment | None = None) -> None:
        """Begin, once; later calls change nothing."""
        if self._began is None:
            self._began = at or Moment.now()

    def end(self) -> None:
        """Everything is confirmed."""
        self._ended = Moment.now()

    def measured(self, events: int, stored: int, rows_per_insert: float = 0.0) -> Measured:
        """Return what was measured."""
        began, ended = self._began, self._ended
        if began is None or ended is None:
            raise RuntimeError("the run did not begin or did not end")
        seconds, cpu_s = ended.wall_s - began.wall_s, ended.cpu_s - began.cpu_s
        return Measured(events, seconds, cpu_s, peak_rss_mb(), stored, rows_per_insert)


def peak_rss_mb() -> float:
    """Return the most memory this program ever had resident, MiB (getrusage would count its parent's)."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    if found is None:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return int(found[1]) / 1024


def tell(result: Measured | dict[str, Any]) -> NoReturn:
    """Hand a result to the process that asked, on the last line of standard output, and end.

    At once: a Faust app that is left running waits for threads, and nothing measured is left to be saved.
    """
    print(json.dumps(result if isinstance(result, dict) else asdict(result)), flush=True)
    os._exit(0)
