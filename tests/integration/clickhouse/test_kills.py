"""SIGKILL wherever it hurts: after the last restart facts and levels are what was to be written, once.

The kills aimed at a table's token log hit the moment in which a plain MergeTree has logged a token
whose part does not exist yet: without repair and a new boot id, the retry would be dropped.
"""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from integration.clickhouse.killed_writer import BATCH, PARTITIONS, STEP_MS, received_ms
from support.stored_facts import Folder, assert_whole, facts, span

from tokentide.sinks.clickhouse.audit import audit

TABLES = ("usage_events", "usage_model_10s", "usage_model_1h", "usage_batches")
DEADLINE_S = 60
FINISH_S = 240


class Writers:
    """Starts writers on one folder, one after the other, and kills them."""

    def __init__(self, folder: Folder, plans: Path) -> None:
        self._folder = folder
        self._plans = plans
        self.end = 0

    def start(self, kill: str = "-", batches: int = 1) -> subprocess.Popen[str]:
        """Start a writer that has `batches` more batches to write per partition than all before it."""
        self.end += batches * BATCH
        arguments = [self._folder.url, str(self._plans), kill, str(self.end)]
        root = Path(__file__).parents[2]
        return subprocess.Popen(
            [sys.executable, "-m", "integration.clickhouse.killed_writer", *arguments],
            env={**os.environ, "PYTHONPATH": str(root)},
            stdout=subprocess.PIPE,
            text=True,
        )

    def run_to_end(self) -> None:
        """Let a last writer finish everything."""
        writer = self.start()
        output, _ = writer.communicate(timeout=FINISH_S)
        assert writer.returncode == 0
        assert output.endswith("done\n")

    @property
    def path(self) -> Path:
        """The folder of the store."""
        return self._folder.path

    def log(self, table: str) -> Path:
        """The folder of a table's token log."""
        return self._folder.path / "data" / "default" / table / "deduplication_logs"


def reached(writer: subprocess.Popen[str], word: str) -> None:
    assert writer.stdout is not None
    assert any(line.strip() == word for line in writer.stdout), f"the writer never said {word}"


def kill(writer: subprocess.Popen[str]) -> None:
    writer.send_signal(signal.SIGKILL)
    writer.wait(DEADLINE_S)


def size(log: Path) -> int:
    return sum(file.stat().st_size for file in log.iterdir()) if log.exists() else 0


def kill_when_grown(writer: subprocess.Popen[str], log: Path) -> None:
    """Kill as soon as the token log of a table grows."""
    deadline = time.monotonic() + DEADLINE_S
    before = size(log)
    while size(log) == before and writer.poll() is None:
        assert time.monotonic() < deadline
    kill(writer)


def kill_when_repairing(writer: subprocess.Popen[str], folder: Path) -> None:
    """Kill as soon as the repair changes something: its first mutation of a table, or part of another one."""
    before = changed(folder)
    deadline = time.monotonic() + DEADLINE_S
    while changed(folder) == before and writer.poll() is None:
        assert time.monotonic() < deadline
    assert writer.poll() is None, "the repair changed nothing"
    kill(writer)


def changed(folder: Path) -> set[str]:
    """What a repair makes in the folders of tables: mutations, mutated and replaced parts."""
    return {str(path) for path in folder.glob("store/*/*/*") if path.name.startswith(("mutation_", "tmp_"))}


@pytest.fixture
def writers(folder: Folder, tmp_path: Path) -> Iterator[Writers]:
    made = Writers(folder, tmp_path / "plans")
    yield made
    made.run_to_end()
    store = folder.open()
    wanted = [
        row for number in range(PARTITIONS) for row in facts(span(0, made.end, number), received_ms(0), STEP_MS)
    ]
    assert_whole(store, wanted)
    assert audit(store).faults == ()


def test_kills_before_between_and_after_the_writes(writers: Writers) -> None:
    for point in ("before:0", "between:1", "after:0"):
        writer = writers.start(point)
        assert writer.wait(DEADLINE_S) == -signal.SIGKILL


def test_kills_aimed_at_the_commit_of_each_table(writers: Writers) -> None:
    for table in TABLES:
        writer = writers.start(batches=3)
        reached(writer, "writing")
        kill_when_grown(writer, writers.log(table))


def test_a_kill_during_the_repair_of_a_kill(writers: Writers) -> None:
    assert writers.start("between:0").wait(DEADLINE_S) == -signal.SIGKILL
    writer = writers.start()
    reached(writer, "opening")
    kill_when_repairing(writer, writers.path)


@pytest.mark.long
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("seed", range(4))
def test_many_kills(writers: Writers, seed: int) -> None:
    """Ten aimed kills at each table and ten at any time, in an order of the seed's."""
    chance = random.Random(seed)
    aims = [*TABLES, None] * 10
    chance.shuffle(aims)
    for aim in aims:
        writer = writers.start(batches=2)
        if aim is None:
            reached(writer, "opening")
            time.sleep(chance.random())
            kill(writer)
        else:
            reached(writer, "writing")
            for _ in range(chance.randrange(1, 4)):
                before = size(writers.log(aim))
                while size(writers.log(aim)) == before and writer.poll() is None:
                    pass
            kill(writer)
