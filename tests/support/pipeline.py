"""The whole pipeline for a test: broker, worker and embedded store, with topics and a group of its own."""

import asyncio
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from support.providers import Broker
from support.stored_facts import stored_level
from typer.testing import CliRunner

from tokentide.cli.app import app
from tokentide.gateways.formats import ReplayEvent
from tokentide.gateways.replay import Replay
from tokentide.oneshot import Balance, run_once
from tokentide.schemas.settings import load_settings
from tokentide.sinks.clickhouse.opening import open_store
from tokentide.sinks.clickhouse.store import Store

VIEWS = ("usage_model_1m", "usage_model_1d", "usage_model_1w")


@dataclass(frozen=True)
class Kept:
    """A record of a topic as Kafka keeps it."""

    partition: int
    offset: int
    value: bytes


class Pipeline:
    """Runs events through `broker` into a store below `folder`; each `settle` is a run of its own.

    Args:
        settings: over the defaults; names of topics and group are the test's own.
    """

    def __init__(self, broker: Broker, folder: Path, partitions: int = 2, **settings: Any) -> None:
        self.broker = broker
        self.path = folder / "store"
        self._runs = 0
        self.settings = load_settings(
            store=f"chdb://{self.path}",
            kafka=broker.url,
            topic=broker.topic(partitions),
            dead_topic=broker.topic(partitions),
            group=broker.name("group"),
            partitions=partitions,
            fsync=False,
            **settings,
        )

    def settle(self, events: Iterable[ReplayEvent], **changes: Any) -> Balance:
        """Publish `events` and return the balance of the run."""
        settings = self.settings.model_copy(update={"group": self._group()} | changes)
        return asyncio.run(run_once(settings, events, lambda done: None))

    def _group(self) -> str:
        """The mock cluster lets nobody join a group for 7 s after a member left: there each run has its own."""
        self._runs += 1
        return self.settings.group if self.broker.real or self._runs == 1 else self.broker.name("group")

    def replay(self, *paths: Path, form: str = "usage-events", gateway: str | None = None) -> Balance:
        """Publish files and return the balance of the run."""
        return self.settle(Replay(tuple(paths), form, gateway).events())

    def ask(self, metric: str, *options: str) -> list[dict[str, Any]]:
        """Rows of `tokentide query` as JSON."""
        command = ["query", metric, "--store", self.settings.store, "--format", "json", *options]
        answer = CliRunner().invoke(app, command, catch_exceptions=False)
        assert answer.exit_code == 0, answer.output
        rows: list[dict[str, Any]] = json.loads(answer.stdout)
        return rows

    def audit(self) -> dict[str, Any]:
        """The object of `tokentide audit --json`."""
        answer = CliRunner().invoke(app, ["audit", "--json", "--store", self.settings.store])
        found: dict[str, Any] = json.loads(answer.stdout.splitlines()[-1])
        return found

    def rows(self, sql: str) -> list[dict[str, Any]]:
        """Rows of a query on the store."""
        with open_store(self.settings.store) as store:
            return store.rows(sql)

    def kept(self, topic: str) -> list[Kept]:
        """Every record that Kafka keeps of a topic."""
        return asyncio.run(read_all(self.broker, topic, self.settings.partitions))


def levels(store: Store) -> dict[str, Any]:
    """Everything the stored levels and the views over them say."""
    stored = {name: stored_level(store, name) for name in ("usage_model_10s", "usage_model_1h")}
    return stored | {name: store.rows(f"SELECT * FROM {name} ORDER BY ALL") for name in VIEWS}


async def read_all(broker: Broker, topic: str, partitions: int) -> list[Kept]:
    """Every record of a topic, by partition and offset."""
    consumer = AIOKafkaConsumer(bootstrap_servers=broker.bootstrap, auto_offset_reset="earliest")
    everywhere = [TopicPartition(topic, number) for number in range(partitions)]
    found: list[Kept] = []
    async with asyncio.timeout(60), consumer:
        consumer.assign(everywhere)
        ends = await consumer.end_offsets(everywhere)
        while any([await consumer.position(where) < end for where, end in ends.items()]):
            for where, records in (await consumer.getmany(timeout_ms=500)).items():
                found += [Kept(where.partition, record.offset, record.value or b"") for record in records]
    return sorted(found, key=lambda record: (record.partition, record.offset))


def events(messages: Sequence[bytes], key: bytes | None = None) -> list[ReplayEvent]:
    """Messages as they are, right or wrong, ready to be published; keyed by `key`, or by their event_id."""
    return [ReplayEvent(key or _event_id(message), message, None) for message in messages]


def _event_id(message: bytes) -> bytes | None:
    try:
        name = json.loads(message)["event_id"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    return name.encode("utf-8", "surrogatepass") if isinstance(name, str) else None
