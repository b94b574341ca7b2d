"""Three ways to a broker for tests: the embedded one, the JVM Kafka, a Kafka container; each started once."""

import asyncio
import itertools
import tempfile
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

from localkafka import config
from localkafka.cluster import Cluster
from support import container

from tokentide.schemas.kafka_address import KafkaAddress
from tokentide.streams.brokers.embedded import EmbeddedBroker
from tokentide.streams.brokers.topics import TopicSpec, ensure_topics

T = TypeVar("T")
EMBEDDED, JVM, DOCKER = "embedded", "jvm", "docker"


@dataclass
class Broker:
    """A broker that runs for the whole session, handed to one test with names of its own.

    Attributes:
        provider: `embedded`, `jvm` or `docker`.
        address: where it is.
        cluster_id: what an epoch is made of.
        prefix: starts every name given out, so that tests never meet.
        embedded: the mock cluster's control API; None of a real Kafka.
    """

    provider: str
    address: KafkaAddress
    cluster_id: str
    embedded: EmbeddedBroker | None = None
    prefix: str = "test"
    _numbers: Any = field(default_factory=itertools.count, repr=False)

    @property
    def bootstrap(self) -> str:
        """`host:port[,…]`."""
        return self.address.bootstrap

    @property
    def url(self) -> str:
        """`kafka://host:port[,…]`, as `--kafka` takes it."""
        return str(self.address)

    @property
    def real(self) -> bool:
        """Whether it is Apache Kafka and not the mock cluster."""
        return self.provider != EMBEDDED

    def name(self, what: str = "name") -> str:
        """A name nobody else has: for a topic, a group."""
        return f"{self.prefix}-{what}-{next(self._numbers)}"

    def topic(self, partitions: int = 4, spec: TopicSpec | None = None) -> str:
        """Create a topic and return its name, which is its own; works inside and outside a running loop."""
        spec = replace(spec or TopicSpec(""), name=self.name("topic"), partitions=partitions)
        if self.embedded is not None:
            self.embedded.create_topic(spec.name, partitions)
        else:
            run(ensure_topics(self.address, [spec]))
        return spec.name


def run(work: Coroutine[Any, Any, T]) -> T:
    """Finish `work` in a loop of its own, whether or not the caller is inside one."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()


class Providers:
    """Starts each provider at its first use and ends all of them with the session."""

    def __init__(self) -> None:
        self._running: dict[str, Broker] = {}
        self._ends = ExitStack()

    def get(self, provider: str) -> Broker:
        """The running broker of `provider`."""
        if provider not in self._running:
            start = {EMBEDDED: self._embedded, JVM: self._jvm, DOCKER: self._docker}[provider]
            self._running[provider] = start()
        return self._running[provider]

    def close(self) -> None:
        """End what runs."""
        self._ends.close()
        self._running.clear()

    def _embedded(self) -> Broker:
        broker = self._ends.enter_context(EmbeddedBroker())
        return Broker(EMBEDDED, broker.address, broker.cluster_id, broker)

    def _jvm(self) -> Broker:
        folder = Path(self._ends.enter_context(tempfile.TemporaryDirectory(prefix="tokentide-kafka-")))
        cluster = self._ends.enter_context(Cluster.create(folder / "cluster", brief=True))
        cluster.start(dies_with_parent=True)
        return Broker(JVM, _address(cluster.bootstrap), cluster.cluster_id)

    def _docker(self) -> Broker:
        host = container.engine_host()
        if host is None:
            raise RuntimeError("TOKENTIDE_TEST_BROKER=docker, but no Docker engine answers")
        spec = container.container_spec(host, config.free_ports(1)[0], config.cluster_id())
        self._ends.enter_context(container.build(spec))
        container.wait_until_ready(host, spec.port)
        return Broker(DOCKER, _address(f"{host}:{spec.port}"), spec.environment["CLUSTER_ID"])


def _address(bootstrap: str) -> KafkaAddress:
    return KafkaAddress(tuple(bootstrap.split(",")))
