"""A worker process under a supervisor, as a service manager would keep it."""

import os
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic

import psutil

EXIT_SOFTWARE = 70


def command(*words: str) -> list[str]:
    """Return the command line of a `tokentide` command."""
    return [sys.executable, "-m", "tokentide", *words]


@dataclass
class WorkerProcess:
    """One `tokentide worker`; its log grows over all its starts.

    Attributes:
        point: the crash point of this start; the next start has none.
        wanted: a supervisor starts it again when it ends.
        killed: we killed it, so its end is no surprise.
        idle_bytes: memory it held before there was work.
        most_bytes: most memory it was seen to hold.
    """

    name: str
    folder: Path
    environment: dict[str, str]
    point: str = ""
    wanted: bool = True
    killed: bool = False
    idle_bytes: int = 0
    most_bytes: int = 0
    process: subprocess.Popen[bytes] = field(init=False)
    _log_from: int = 0

    @property
    def log(self) -> Path:
        return self.folder / f"{self.name}.log"

    def start(self, point: str = "") -> None:
        """Start it; returns at once."""
        self.point, self.wanted, self.killed = point, True, False
        self._log_from = self.log.stat().st_size if self.log.exists() else 0
        fault = {"TOKENTIDE_FAULT_POINT": point} if point else {}
        with self.log.open("ab") as log:
            environment = self.environment | fault
            self.process = subprocess.Popen(command("worker"), env=environment, stderr=log, stdout=log)

    @property
    def said(self) -> str:
        """Its log since it was last started."""
        with self.log.open("rb") as log:
            log.seek(self._log_from)
            return log.read().decode(errors="replace")

    @property
    def alive(self) -> bool:
        return self.process.poll() is None

    @property
    def works(self) -> bool:
        """Whether it has joined its group."""
        return self.alive and " working: " in self.said

    @property
    def joined(self) -> int:
        """How often it was given partitions since it was last started."""
        return self.said.count(": partitions [")

    def kill(self) -> None:
        """SIGKILL; its supervisor starts it again."""
        self.killed = True
        self.process.kill()

    def pause(self) -> None:
        self.process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        self.process.send_signal(signal.SIGCONT)

    def end(self, deadline_s: float = 10.0) -> tuple[int, float]:
        """SIGTERM; return the exit code and how many seconds it took."""
        self.wanted = False
        began = monotonic()
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(deadline_s), monotonic() - began
        except subprocess.TimeoutExpired:
            raise AssertionError(f"worker {self.name} did not exit within {deadline_s:g} s of SIGTERM") from None

    def look_at_memory(self) -> int:
        """Return the bytes it holds now, and remember the most."""
        try:
            held = int(psutil.Process(self.process.pid).memory_info().rss) if self.alive else 0
        except psutil.NoSuchProcess:
            held = 0
        self.most_bytes = max(self.most_bytes, held)
        return held

    def close(self) -> None:
        """End it whatever its state."""
        self.wanted = False
        os.kill(self.process.pid, signal.SIGCONT) if self.alive else None
        self.process.kill()
        self.process.wait(10)
