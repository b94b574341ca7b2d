"""The whole system for fault tests: a real Kafka, `tokentide store`, worker processes, a publisher, an oracle."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

from aiokafka import AIOKafkaProducer
from support.fault_traffic import Published
from support.providers import Broker
from support.store_process import StoreProcess
from support.waiting import until_true

from tokentide.streams.brokers.offsets import group_lag

LEVELS = {"usage_model_10s": 10, "usage_model_1h": 3600}


@dataclass
class System:
    """Processes of one test; `close` ends whatever still runs."""

    broker: Broker
    folder: Path
    topic: str
    dead_topic: str
    group: str
    store: StoreProcess
    settings: dict[str, str] = field(default_factory=dict)
    workers: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @classmethod
    def start(cls, broker: Broker, folder: Path, partitions: int = 4, **settings: str) -> "System":
        """Start the store, create the topics and migrate."""
        store = StoreProcess.start(folder / "store")
        topic, dead, group = broker.topic(partitions), broker.topic(1), broker.name("group")
        system = cls(broker, folder, topic, dead, group, store, settings)
        subprocess.run(system.command("migrate"), env=system.environment, check=True, capture_output=True)
        return system

    @property
    def environment(self) -> dict[str, str]:
        """What every process of the system is told."""
        password, port = quote(self.store.password), self.store.port
        mine = {
            "TOKENTIDE_KAFKA": self.broker.url,
            "TOKENTIDE_STORE": f"clickhouse://default:{password}@127.0.0.1:{port}/default",
            "TOKENTIDE_TOPIC": self.topic,
            "TOKENTIDE_DEAD_TOPIC": self.dead_topic,
            "TOKENTIDE_GROUP": self.group,
            "TOKENTIDE_SESSION_TIMEOUT": "6s",
            "TOKENTIDE_BREAKER_RATIO": "0",
            "TOKENTIDE_BREAKER_IN_ROW": "0",
        }
        return {**os.environ, **mine, **{f"TOKENTIDE_{name.upper()}": value for name, value in self.settings.items()}}

    @staticmethod
    def command(*words: str) -> list[str]:
        """Return the command line of a `tokentide` command."""
        return [sys.executable, "-m", "tokentide", *words]

    async def start_worker(self, name: str, **extra: str) -> None:
        """Start a worker and wait until it works; its log is `<folder>/<name>.log`."""
        path = self.folder / f"{name}.log"
        with path.open("ab") as log:
            environment = self.environment | extra
            command = self.command("worker")
            self.workers[name] = subprocess.Popen(command, env=environment, stderr=log, stdout=log)  # noqa: ASYNC220

        async def working() -> bool:
            self.require_workers()
            return " working: " in path.read_text()

        await until_true(working, 60)

    def end_worker(self, name: str, number: signal.Signals, deadline_s: float = 10.0) -> int:
        """Send a signal and wait for the exit code."""
        process = self.workers.pop(name)
        process.send_signal(number)
        return process.wait(deadline_s)

    def kill_store(self) -> None:
        """Kill -9 the store and start it again on the same folder and port."""
        port = self.store.port
        self.store.kill()
        self.store = StoreProcess.start(self.folder / "store", "--port", str(port))

    async def publish(self, messages: Iterable[tuple[bytes, bytes]], per_s: float = 0) -> None:
        """Send everything, in order per key, at most `per_s` a second (0: as fast as Kafka takes it)."""
        async with AIOKafkaProducer(
            bootstrap_servers=self.broker.bootstrap, acks="all", enable_idempotence=True, linger_ms=20
        ) as producer:
            began = asyncio.get_running_loop().time()
            for count, (key, value) in enumerate(messages, start=1):
                await producer.send(self.topic, value, key=key)
                ahead_s = count / per_s - (asyncio.get_running_loop().time() - began) if per_s else 0.0
                if ahead_s > 0.02:
                    await asyncio.sleep(ahead_s)
            await producer.flush()

    async def settled_at_least(self, messages: int, deadline_s: float = 60.0) -> None:
        """Wait until the ledger accounts for so many messages."""

        async def enough() -> bool:
            with self.store.client() as client:
                return balance(client)["received"] >= messages

        await until_true(enough, deadline_s)

    async def settled(self, deadline_s: float = 90.0) -> None:
        """Wait until the group has confirmed everything in the topic."""

        async def drained() -> bool:
            self.require_workers()
            return sum((await group_lag(self.broker.address, self.group, self.topic)).values()) == 0

        await until_true(drained, deadline_s)

    def require_workers(self) -> None:
        """Fail at once, with the log, when a worker that should run has ended."""
        for name, process in self.workers.items():
            if process.poll() is not None:
                tail = (self.folder / f"{name}.log").read_text()[-2000:]
                raise AssertionError(f"worker {name} ended with {process.returncode}:\n{tail}")

    async def confirmed(self) -> int:
        """How far the group lags."""
        return sum((await group_lag(self.broker.address, self.group, self.topic)).values())

    def audit(self) -> subprocess.CompletedProcess[str]:
        """Run `tokentide audit`."""
        return subprocess.run(self.command("audit", "--json"), env=self.environment, capture_output=True, text=True)

    def check(self, expected: Published) -> None:
        """Compare facts, every stored level and the balance with the oracle, integer for integer."""
        with self.store.client() as client:
            assert facts(client) == ids_and_sums(expected)
            for table, seconds in LEVELS.items():
                assert level(client, table) == expected.buckets(seconds), table
                assert histogram_total(client, table) == expected.prompt_lengths(), table
            assert balance(client) == {
                "received": expected.received,
                "stored": len(expected.accepted),
                "duplicates": expected.duplicates,
                "dead": expected.conflicts + expected.garbage,
                "conflicts": expected.conflicts,
                "dropped": 0,
            }
        audited = self.audit()
        assert audited.returncode == 0, audited.stderr

    def close(self) -> None:
        """End every process."""
        for process in self.workers.values():
            process.kill()
            process.wait(10)
        self.store.kill()


def facts(client: Any) -> tuple[set[str], tuple[int, ...]]:
    """Ids and sums of the stored facts; a doubled fact shows in the sums."""
    rows = client.query("SELECT event_id FROM usage_events").result_columns
    sums = client.query(
        "SELECT count(), sum(prompt_tokens), sum(completion_tokens), sum(cost_nano) FROM usage_events"
    )
    return set(rows[0] if rows else ()), tuple(int(value or 0) for value in sums.result_rows[0])


def ids_and_sums(expected: Published) -> tuple[set[str], tuple[int, ...]]:
    """The same of the oracle."""
    events = expected.accepted.values()
    names = ("prompt_tokens", "completion_tokens", "cost_nano")
    return set(expected.accepted), (len(events), *(sum(event[name] for event in events) for name in names))


def level(client: Any, table: str) -> dict[int, tuple[int, ...]]:
    """Sums per bucket of one stored level."""
    rows = client.query(
        "SELECT toUnixTimestamp(bucket), sum(attempts), sum(prompt_tokens), sum(completion_tokens), "
        f"sum(cost_nano), sum(tool_call_requests) FROM {table} GROUP BY bucket"
    ).result_rows
    return {int(row[0]): tuple(int(value) for value in row[1:]) for row in rows}


def histogram_total(client: Any, table: str) -> int:
    """How many prompt lengths one stored level's histograms hold."""
    found = client.query(f"SELECT sum(arraySum(mapValues(prompt_hist))) FROM {table}").result_rows
    return int(found[0][0] or 0)


def balance(client: Any) -> dict[str, int]:
    """Sums over the ledger."""
    row = client.query(
        "SELECT sum(received) AS received, sum(stored) AS stored, sum(duplicates) AS duplicates, "
        "sum(arraySum(mapValues(dead))) AS dead, sum(conflicts) AS conflicts, sum(dropped) AS dropped "
        "FROM usage_batches"
    )
    return {name: int(value) for name, value in zip(row.column_names, row.result_rows[0], strict=True)}
