"""The whole system for fault tests: a real Kafka, a store, supervised workers, a publisher, an oracle."""

import asyncio
import contextlib
import json
import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from time import monotonic
from urllib.parse import quote

from support.fault_check import Verdict, balance, compare
from support.fault_proxy import Proxy
from support.fault_traffic import Published
from support.fault_worker import EXIT_SOFTWARE, WorkerProcess, command
from support.providers import Broker
from support.store_process import StoreProcess
from support.waiting import until, until_true

from tokentide.schemas.errors import UserError
from tokentide.streams.brokers.offsets import committed_offsets, end_offsets, group_lag
from tokentide.streams.brokers.topics import TopicSpec

SESSION_S = 6.0
_WATCH_S = 0.1
_RESTART_S = 1.0
_EXIT_PERSON = 1
_KILLED = -9


@dataclass
class System:
    """Processes of one case; `close` ends whatever still runs.

    Attributes:
        store: `tokentide store`; None while the engine is inside the one worker.
        static: workers have an instance id, so a quick restart moves no partition.
        down: a store or broker is down on purpose, so a starting worker may give up and be started again.
        on_crash: told the crash point at which a worker ended itself.
        exits: exit codes the supervisor saw.
        failure: a worker ended in a way no fault explains.
    """

    broker: Broker
    folder: Path
    topic: str
    dead_topic: str
    group: str
    embedded: bool = False
    static: bool = False
    settings: dict[str, str] = field(default_factory=dict)
    store: StoreProcess | None = None
    proxy: Proxy | None = None
    workers: dict[str, WorkerProcess] = field(default_factory=dict)
    down: bool = False
    on_crash: Callable[[str], None] = lambda point: None
    exits: list[int] = field(default_factory=list)
    failure: str = ""
    _supervisor: "asyncio.Task[None] | None" = None

    @classmethod
    async def start(
        cls,
        broker: Broker,
        folder: Path,
        *,
        partitions: int = 4,
        topic_replication: int = 1,
        embedded: bool = False,
        proxied: bool = False,
        static: bool = False,
        **settings: str,
    ) -> "System":
        """Start the store, create the topics and migrate."""
        await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
        spec = TopicSpec("", replication=topic_replication)
        topic, dead = broker.topic(partitions, spec), broker.topic(1, spec)
        system = cls(broker, folder, topic, dead, broker.name("group"), embedded, static, settings)
        if not embedded:
            system.store = await asyncio.to_thread(StoreProcess.start, system.data)
        if proxied and system.store is not None:
            system.proxy = Proxy(system.store.port)
            await system.proxy.start()
        await system.migrate()
        system._supervisor = asyncio.create_task(system._supervise())
        return system

    @property
    def data(self) -> Path:
        return self.folder / "store"

    @property
    def served(self) -> StoreProcess:
        """The store; there must be one."""
        assert self.store is not None
        return self.store

    @property
    def environment(self) -> dict[str, str]:
        """What every process of the system is told."""
        mine = {
            "TOKENTIDE_KAFKA": self.broker.url,
            "TOKENTIDE_STORE": self._store_url,
            "TOKENTIDE_TOPIC": self.topic,
            "TOKENTIDE_DEAD_TOPIC": self.dead_topic,
            "TOKENTIDE_GROUP": self.group,
            "TOKENTIDE_SESSION_TIMEOUT": f"{SESSION_S:g}s",
            "TOKENTIDE_BREAKER_RATIO": "0",
            "TOKENTIDE_BREAKER_IN_ROW": "0",
            "TOKENTIDE_ALERTS": "off",
        }
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("TOKENTIDE_")}
        return {**inherited, **mine, **{f"TOKENTIDE_{name.upper()}": value for name, value in self.settings.items()}}

    @property
    def _store_url(self) -> str:
        if self.store is None:
            return f"chdb://{self.data.absolute()}"
        port = self.proxy.port if self.proxy is not None else self.store.port
        return f"clickhouse://default:{quote(self.store.password)}@127.0.0.1:{port}/default"

    async def migrate(self) -> str:
        """Run `tokentide migrate`; return what it printed."""
        environment = self.environment
        done = await asyncio.to_thread(
            subprocess.run, command("migrate"), env=environment, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    # Workers.

    async def start_worker(self, name: str, point: str = "", instance: str = "") -> WorkerProcess:
        """Start a worker and wait until it has joined the group."""
        member = {"TOKENTIDE_INSTANCE_ID": instance or name} if self.static else {}
        worker = WorkerProcess(name, self.folder, self.environment | member)
        self.workers[name] = worker
        worker.start(point)
        await self.working()
        worker.idle_bytes = worker.look_at_memory()
        return worker

    async def working(self, deadline_s: float = 60.0) -> None:
        """Wait until every worker has joined."""
        await self.until(lambda: all(worker.works for worker in self.workers.values()), deadline_s)

    async def end_worker(self, name: str, deadline_s: float = 10.0) -> float:
        """SIGTERM a worker for good; it must exit 0. Returns the seconds it took."""
        worker = self.workers.pop(name)
        code, seconds = await asyncio.to_thread(worker.end, deadline_s)
        assert code == 0, f"worker {name} exited with {code} after SIGTERM:\n{worker.said[-2000:]}"
        return seconds

    async def _supervise(self) -> None:
        """Start again what a service manager would; note what no fault explains."""
        while True:
            for worker in list(self.workers.values()):
                if worker.wanted and not worker.alive:
                    await self._restart(worker, worker.process.returncode)
            await asyncio.sleep(_WATCH_S)

    async def _restart(self, worker: WorkerProcess, code: int) -> None:
        self.exits.append(code)
        if code == _KILLED and worker.point and not worker.killed:
            self.on_crash(worker.point)
        elif code == _EXIT_PERSON and self.down:
            await asyncio.sleep(_RESTART_S)
        elif code != EXIT_SOFTWARE and not (code == _KILLED and worker.killed):
            self.failure = f"worker {worker.name} ended with {code}:\n{worker.said[-3000:]}"
            worker.wanted = False
            return
        if worker.wanted:
            worker.start()

    # The store.

    async def kill_store(self, down_s: float = 0.0) -> None:
        """Kill -9 the store; after `down_s` seconds start it again on the same folder and port."""
        await self._without_store(self.served.kill, down_s)

    async def stop_store(self, down_s: float) -> None:
        """SIGTERM the store; after `down_s` seconds start it again."""
        await self._without_store(lambda: self.served.stop(20.0), down_s)

    async def pause_store(self, down_s: float) -> None:
        """SIGSTOP the store for `down_s` seconds: its connections stay open and nothing answers."""
        self.down = True
        process = self.served.process
        os.kill(process.pid, 19)
        await self.wait(down_s)
        os.kill(process.pid, 18)
        self.down = False

    async def _without_store(self, end: Callable[[], object], down_s: float) -> None:
        port, self.down = self.served.port, True
        await asyncio.to_thread(end)
        await self.wait(down_s)
        self.store = await asyncio.to_thread(StoreProcess.start, self.data, "--port", str(port))
        self.down = False

    # Waiting.

    async def until(self, condition: Callable[[], bool], deadline_s: float) -> None:
        """Wait for a condition; fail at once when a worker ended in a way no fault explains."""

        def come_true() -> bool:
            self.require_health()
            return condition()

        await until(come_true, deadline_s, every_s=0.05)

    async def wait(self, seconds: float) -> None:
        """Let the fault last, looking at the workers' memory and health meanwhile."""
        end = monotonic() + seconds

        def over() -> bool:
            for worker in self.workers.values():
                worker.look_at_memory()
            return monotonic() >= end

        if seconds > 0:
            await self.until(over, seconds + 5)

    def require_health(self) -> None:
        """Fail, with the log, when a worker ended in a way no fault explains."""
        if self.failure:
            raise AssertionError(self.failure)

    async def confirmed(self) -> dict[int, int]:
        """The committed offset of every partition."""
        found = await committed_offsets(self.broker.address, self.group, self.topic)
        return {partition: commit.offset for partition, commit in found.items()}

    async def ends(self) -> dict[int, int]:
        """The end of every partition's log."""
        return await end_offsets(self.broker.address, self.topic)

    async def next_batch(self, deadline_s: float) -> float:
        """Wait until every partition has confirmed more than now; return the seconds.

        A commit confirms everything before it: the first that goes further proves a batch written since.
        """
        began = monotonic()
        before = await self.confirmed()

        async def further() -> bool:
            self.require_health()
            with contextlib.suppress(UserError):
                found = await self.confirmed()
                return all(found.get(partition, 0) > offset for partition, offset in before.items())
            return False

        await until_true(further, deadline_s, every_s=0.1)
        return monotonic() - began

    async def caught_up(self, deadline_s: float) -> float:
        """Wait until everything in the log at this moment is confirmed; return the seconds."""
        began = monotonic()
        wanted: dict[int, int] = {}

        async def beyond() -> bool:
            self.require_health()
            with contextlib.suppress(UserError):
                if not wanted:
                    wanted.update(await self.ends())
                found = await self.confirmed()
                return all(found.get(partition, 0) >= end for partition, end in wanted.items())
            return False

        try:
            await until_true(beyond, deadline_s, every_s=0.2)
        except TimeoutError:
            found = await self.confirmed()
            raise TimeoutError(f"after {deadline_s:g} s the group had confirmed {found}, not {wanted}") from None
        return monotonic() - began

    async def settled(self, deadline_s: float = 90.0) -> None:
        """Wait until the group has confirmed everything in the topic."""

        async def drained() -> bool:
            self.require_health()
            with contextlib.suppress(UserError):
                return sum((await group_lag(self.broker.address, self.group, self.topic)).values()) == 0
            return False

        try:
            await until_true(drained, deadline_s, every_s=0.3)
        except TimeoutError:
            ends, found = await self.ends(), await self.confirmed()
            raise TimeoutError(f"after {deadline_s:g} s the group had confirmed {found} of {ends}") from None

    async def dropped(self) -> int:
        """How many messages the ledger calls dropped."""

        def ask() -> int:
            with self.served.client() as client:
                return balance(client)["dropped"]

        return await asyncio.to_thread(ask)

    # The end.

    async def check(self, expected: Published) -> Verdict:
        """Compare the store with the oracle, and ask `tokentide audit`; an embedded engine is served for it."""
        if self.store is None:
            for name in list(self.workers):
                await self.end_worker(name)
            self.store = await asyncio.to_thread(StoreProcess.start, self.data)
        return await asyncio.to_thread(self._check, replace(self), expected)

    @staticmethod
    def _check(system: "System", expected: Published) -> Verdict:
        with system.served.client() as client:
            verdict = compare(client, expected)
        environment = system.environment
        audited = subprocess.run(command("audit", "--json"), env=environment, capture_output=True, text=True)
        if audited.returncode != 0 or not json.loads(audited.stdout)["holds"]:
            verdict.differences.append(f"audit: {(audited.stderr + audited.stdout)[-1500:]}")
        return verdict

    async def close(self, *, keep: bool = False) -> None:
        """End every process; a folder that nobody needs goes too."""
        if self._supervisor is not None:
            self._supervisor.cancel()
        for worker in self.workers.values():
            worker.close()
        if self.store is not None and self.store.process.poll() is None:
            os.kill(self.store.process.pid, 18)
            self.store.kill()
        if self.proxy is not None:
            await self.proxy.close()
        if not keep:
            shutil.rmtree(self.folder, ignore_errors=True)
