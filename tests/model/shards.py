"""Runs many seeds over all cores and gathers what broke and what was met."""

import multiprocessing
import os
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Final

from model.world import World

_CHUNK: Final = 250
_REPORTED: Final = 5
_TRACE_LINES: Final = 120


@dataclass
class Report:
    """What a range of seeds showed."""

    runs: int = 0
    batches: int = 0
    seconds: float = 0.0
    met: Counter[str] = field(default_factory=Counter)
    failures: list[tuple[int, str]] = field(default_factory=list)

    def text(self) -> str:
        """Return the failing seeds, how to replay them, and the steps of the first."""
        lines = [f"{len(self.failures)} of {self.runs} interleavings broke the protocol:"]
        lines += [f"  seed {seed}: {why}" for seed, why in self.failures[:_REPORTED]]
        seed = self.failures[0][0]
        lines += [f"replay: cd tests && ../.venv/bin/python -m model.run {seed}", *trace_of(seed)[-_TRACE_LINES:]]
        return "\n".join(lines)


def broken_by(seed: int, world: World) -> str | None:
    """Run a world; return what it broke, or None."""
    try:
        world.run()
    except Exception as error:  # noqa: BLE001  (whatever a seed meets is a finding)
        return f"{type(error).__name__}: {error}"
    return None


def trace_of(seed: int) -> list[str]:
    """Return the steps of a seed, readable."""
    world = World(seed, trace=True)
    broken = broken_by(seed, world)
    return [str(world.setting), *(world.trace or []), f"BROKEN {broken}" if broken else "holds"]


def run_range(seeds: tuple[int, int]) -> Report:
    """Run seeds [first, last) in this process."""
    report = Report()
    for seed in range(*seeds):
        world = World(seed)
        broken = broken_by(seed, world)
        report.runs += 1
        report.batches += len(world.store.tables["ledger"])
        report.met.update(world.met)
        if broken is not None:
            report.failures.append((seed, broken))
    return report


def run_all(first: int, runs: int) -> Report:
    """Run seeds [first, first + runs) over all cores, stopping soon after a failure."""
    began, total = time.monotonic(), Report()
    chunks = [(start, min(start + _CHUNK, first + runs)) for start in range(first, first + runs, _CHUNK)]
    with multiprocessing.get_context("spawn").Pool(os.cpu_count()) as pool:
        for part in pool.imap_unordered(run_range, chunks):
            total.runs += part.runs
            total.batches += part.batches
            total.met.update(part.met)
            total.failures += part.failures
            if len(total.failures) >= _REPORTED:
                break
    total.failures.sort()
    total.seconds = time.monotonic() - began
    return total
