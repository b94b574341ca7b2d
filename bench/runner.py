"""Run cases, each in a process of its own, round after round, so that a slow minute slows all alike."""

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from itertools import count
from pathlib import Path
from typing import Any

from bench.cases import Case
from bench.meter import Measured
from bench.topics import dump_folder
from tokentide.schemas.kafka_address import KafkaAddress

_numbers = count()
_LONGEST_S = 600


class Runner:
    """Runs cases against one broker whose topics are filled."""

    def __init__(self, address: KafkaAddress, folder: Path) -> None:
        self._address = address
        self._folder = folder
        self._rows_per_insert: dict[tuple[str, Any], float] = {}

    def round(self, cases: Sequence[Case], found: dict[Case, list[Measured]], say: Callable[[str], None]) -> None:
        """Run every case once, side by side, and add to what was measured."""
        for case in cases:
            result = self.run(case)
            found.setdefault(case, []).append(result)
            say(f"round {len(found[case])} {_label(case)}: {_words(result)}")

    def run(self, case: Case) -> Measured:
        """Run one case once."""
        with tempfile.TemporaryDirectory(dir=self._folder) as name:
            found = Measured(**run_subject(case.subject.module, self._arguments(case, Path(name) / "store")))
        self._rows_per_insert[case.subject.name, case.load] = found.rows_per_insert
        return found

    def _arguments(self, case: Case, folder: Path) -> dict[str, Any]:
        load, subject = case.load, case.subject
        return {
            "bootstrap": self._address.bootstrap,
            "topic": load.topic,
            "dead_topic": load.dead_topic,
            "partitions": load.partitions,
            "group": f"bench-{next(_numbers)}",
            "events": case.events,
            "folder": str(folder),
            "dumps": str(dump_folder(self._folder, load)),
            "store": subject.store,
            "fsync": subject.fsync,
            "protocol": subject.protocol,
            "rows_per_insert": round(self._rows_per_insert.get((subject.like, load), 0)),
        }


def run_subject(
    module: str, arguments: Mapping[str, Any], *, killed: bool = False, longest_s: float = _LONGEST_S
) -> dict[str, Any]:
    """Run a module of `bench.subjects` and return the object on its last line; of one that kills itself, nothing.

    Raises:
        RuntimeError: it failed; its complaint is on standard error.
    """
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TOKENTIDE_")}
    done = subprocess.run(
        [sys.executable, "-m", f"bench.subjects.{module}", json.dumps(arguments)],
        env=environment,
        stdout=subprocess.PIPE,
        timeout=longest_s,
        check=False,
        text=True,
    )
    if done.returncode != (-signal.SIGKILL if killed else 0):
        raise RuntimeError(f"bench.subjects.{module} ended with {done.returncode}")
    if killed:
        return {}
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def _label(case: Case) -> str:
    load = case.load
    return f"{case.part}/{case.subject.name} ({load.partitions} partitions, {load.bad_percent:g} % bad)"


def _words(result: Measured) -> str:
    return (
        f"{result.events_per_second:,.0f} events/s, {result.cpu_us_per_event:.1f} µs CPU per event, "
        f"{result.peak_rss_mb:,.0f} MiB, {result.rows_per_insert:,.0f} per insert"
    )
