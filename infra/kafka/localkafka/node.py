"""One broker process: format, start, wait, stop, and the faults a test may ask of it."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from localkafka import config, jars
from localkafka.errors import KafkaUnavailableError

STOP_DEADLINE_S = 10.0
POLL_S = 0.05


@dataclass(frozen=True)
class Runtime:
    """How to start a JVM: the Java binary, the class path, the heap (`512m`), and whether for a short life.

    `brief` compiles quickly instead of well: half the processor time to start, less throughput after minutes.
    """

    java: str
    classpath: str
    heap: str = "512m"
    brief: bool = False

    def command(self, main: str, *args: str) -> list[str]:
        """The argument list that runs `main`."""
        log4j = f"-Dlog4j2.configurationFile={jars.HOME / 'log4j2.properties'}"
        flags = [f"-Xmx{self.heap}", "-XX:+UseSerialGC", "-Djava.awt.headless=true", log4j]
        flags += ["-XX:TieredStopAtLevel=1"] if self.brief else []
        return [self.java, *flags, "-cp", self.classpath, main, *args]


@dataclass
class Node:
    """One broker with its controller; `folder` holds its settings, log and data."""

    endpoint: config.Endpoint
    folder: Path
    runtime: Runtime
    pid: int | None = None
    _process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def log(self) -> Path:
        """What the broker printed, over all its starts."""
        return self.folder / "server.log"

    @property
    def settings(self) -> Path:
        """Its `server.properties`."""
        return self.folder / "server.properties"

    def write_settings(self, cluster: Sequence[config.Endpoint], extra: Mapping[str, str]) -> None:
        """Write `server.properties`, with the data folder beside it."""
        self.folder.mkdir(parents=True, exist_ok=True)
        settings = config.properties(self.endpoint, cluster, self.folder / "data", extra)
        self.settings.write_text(config.render(settings))

    def begin_format(self, cluster_id: str, *more: str) -> subprocess.Popen[bytes]:
        """Start formatting the data folder; the caller waits, so that several nodes format at once.

        Args:
            cluster_id: the id that all nodes of the cluster share.
            more: further arguments of the storage tool, such as `--add-scram`.
        """
        args = ["format", "--cluster-id", cluster_id, "--config", str(self.settings), "--ignore-formatted", *more]
        tool = replace(self.runtime, heap="128m", brief=True)
        command = tool.command("kafka.tools.StorageTool", *args)
        with self.log.open("ab") as log:
            return subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL)

    def start(self, *, dies_with_parent: bool = False) -> None:
        """Start the process; returns at once, see `Cluster.wait_until_ready`.

        Args:
            dies_with_parent: have the kernel kill it when the starting process ends, however that ends.
        """
        command = self.runtime.command("kafka.Kafka", str(self.settings))
        setpriv = shutil.which("setpriv") if dies_with_parent else None
        if setpriv:
            command = [setpriv, "--pdeathsig", "KILL", *command]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True
            )
        self.pid = self._process.pid

    @property
    def running(self) -> bool:
        """Whether the process lives (a paused one does)."""
        if self._process is not None:
            return self._process.poll() is None
        return self.pid is not None and _is_ours(self.pid, self.settings)

    def stop(self, deadline_s: float = STOP_DEADLINE_S) -> None:
        """Ask it to stop (SIGTERM); kill it when it has not by the deadline."""
        self.terminate()
        if not _wait(lambda: not self.running, deadline_s):
            self.kill()

    def terminate(self) -> None:
        """Send SIGTERM and return."""
        self._signal(signal.SIGTERM)

    def kill(self) -> None:
        """SIGKILL: no flush, no goodbye; the data folder stays as it was at that moment."""
        self._signal(signal.SIGKILL)
        if not _wait(lambda: not self.running, STOP_DEADLINE_S):
            raise KafkaUnavailableError(f"broker {self.endpoint.node} (process {self.pid}) survived SIGKILL")

    def pause(self) -> None:
        """SIGSTOP: its connections stay open and nothing answers."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        """SIGCONT."""
        self._signal(signal.SIGCONT)

    def resident_mib(self) -> float:
        """Memory it holds now, in MiB; 0 where the system does not tell."""
        status = Path(f"/proc/{self.pid}/status")
        if not status.is_file():
            return 0.0
        held = [line for line in status.read_text().splitlines() if line.startswith("VmRSS:")]
        return int(held[0].split()[1]) / 1024 if held else 0.0

    def complaint(self) -> str:
        """The last thing worth telling from the log, and where the rest is."""
        lines = self.log.read_text(errors="replace").splitlines() if self.log.is_file() else []
        worst = [line for line in lines if " ERROR " in line or " FATAL " in line or "Exception" in line]
        last = (worst or lines or ["it said nothing"])[-1].strip()
        return f"{last} (all of it: {self.log})"

    def _signal(self, number: signal.Signals) -> None:
        if self.running and self.pid is not None:
            os.kill(self.pid, number)


def _is_ours(pid: int, settings: Path) -> bool:
    """Whether `pid` is still the broker that was started with `settings`, not a later process of that id."""
    listing = Path(f"/proc/{pid}/cmdline")
    if listing.is_file():
        return str(settings) in listing.read_bytes().decode(errors="replace")
    if Path("/proc/self").exists():
        return False
    told = subprocess.run(
        ["ps", "-p", str(pid), "-o", "command="], capture_output=True, text=True, check=False, timeout=10
    )
    return str(settings) in told.stdout


def _wait(condition: Callable[[], bool], deadline_s: float) -> bool:
    """Whether `condition` came true before the deadline."""
    end = time.monotonic() + deadline_s
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(POLL_S)
    return True
