"""A Kafka of our own with one topic per number of partitions and share of bad messages, filled once."""

import asyncio
import contextlib
import importlib
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bench import traffic
from tokentide.gateways import UsageProducer
from tokentide.gateways.formats import ReplayEvent
from tokentide.gateways.partitioner import partition_of
from tokentide.schemas.kafka_address import KafkaAddress
from tokentide.streams.brokers.topics import TopicSpec, ensure_topics


@dataclass(frozen=True, slots=True)
class Load:
    """What a topic holds."""

    events: int
    partitions: int = 4
    bad_percent: float = 0.0

    @property
    def topic(self) -> str:
        """Name of the topic of usage events."""
        return f"bench.{self.partitions}p.{self.bad_percent:g}bad.{self.events}"

    @property
    def dead_topic(self) -> str:
        """Name of the topic of its dead letters."""
        return f"{self.topic}.dead"


@contextlib.contextmanager
def broker() -> Iterator[tuple[KafkaAddress, Path]]:
    """Start a JVM Kafka of one broker; yield its address and a folder that is removed with it."""
    sys.path.insert(0, str(Path(__file__).parents[1] / "infra" / "kafka"))
    Cluster = importlib.import_module("localkafka.cluster").Cluster  # noqa: N806 - a class

    with tempfile.TemporaryDirectory(prefix="tokentide-bench-") as name:
        folder = Path(name)
        with Cluster.create(folder / "kafka", heap="1g") as cluster:
            cluster.start(dies_with_parent=True)
            yield KafkaAddress(tuple(cluster.bootstrap.split(","))), folder


def fill(address: KafkaAddress, folder: Path, loads: list[Load]) -> None:
    """Create and fill each topic, and keep the bytes of each partition in order, one message per line."""
    sound = traffic.events(max(load.events for load in loads))
    for load in loads:
        dump_folder(folder, load).mkdir(parents=True)
        asyncio.run(_fill(address, dump_folder(folder, load), load, sound[: load.events]))


def dump_folder(folder: Path, load: Load) -> Path:
    """Return the folder with the bytes of each partition of a load."""
    return folder / "dumps" / load.topic


async def _fill(address: KafkaAddress, folder: Path, load: Load, sound: list[ReplayEvent]) -> None:
    specs = [TopicSpec(load.topic, load.partitions), TopicSpec(load.dead_topic, load.partitions)]
    await ensure_topics(address, specs)
    with contextlib.ExitStack() as files:
        dumps = [files.enter_context((folder / f"{n}.ndjson").open("wb")) for n in range(load.partitions)]
        async with UsageProducer(address, topic=load.topic) as producer:
            for key, message in traffic.spoilt(sound, load.bad_percent):
                dumps[partition_of(key, load.partitions)].write(message + b"\n")
                if not producer.offer_message(key, message):
                    await producer.send_message(key, message, wait=True)
