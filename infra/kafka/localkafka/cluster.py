"""A local cluster: one or three combined broker-controllers in a folder."""

import json
import time
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Self

from localkafka import config, jars, probe
from localkafka.errors import KafkaUnavailableError
from localkafka.node import POLL_S, STOP_DEADLINE_S, Node, Runtime

READY_DEADLINE_S = 120.0
FORMAT_DEADLINE_S = 60.0
STATE = "cluster.json"


class Cluster:
    """Brokers that run, or ran, in `folder`; data outlives `stop` and `kill` until the folder is removed.

    Attributes:
        nodes: the brokers, index 0 first (node ids count from 1).
        cluster_id: the id Kafka answers with.
    """

    def __init__(self, folder: Path, runtime: Runtime, endpoints: list[config.Endpoint], cluster_id: str) -> None:
        self.folder = folder
        self.cluster_id = cluster_id
        self.nodes = [Node(each, folder / f"node-{each.node}", runtime) for each in endpoints]

    @classmethod
    def create(
        cls,
        folder: Path,
        *,
        brokers: int = 1,
        port: int | None = None,
        heap: str = "512m",
        brief: bool = False,
        extra: Mapping[str, str] | None = None,
    ) -> Self:
        """Format a new cluster in `folder` (fetching the jars if needed); nothing runs yet.

        Args:
            folder: an empty or absent folder.
            brokers: 1 or 3.
            port: client port of the first broker; free ones are chosen otherwise.
            heap: heap of each broker.
            brief: for a cluster that lives for seconds, see `Runtime`.
            extra: broker settings that win over ours.

        Raises:
            KafkaUnavailableError: Java, Maven or a jar is missing, or the storage could not be formatted.
        """
        runtime = Runtime(jars.java(), jars.classpath(), heap, brief)
        cluster = cls(folder, runtime, config.endpoints(brokers, port), config.cluster_id())
        endpoints = [node.endpoint for node in cluster.nodes]
        for node in cluster.nodes:
            node.write_settings(endpoints, extra or {})
        cluster._format()
        cluster.save()
        return cluster

    @classmethod
    def load(cls, folder: Path) -> Self | None:
        """The cluster kept in `folder`, running or not; None where there is none."""
        state = folder / STATE
        if not state.is_file():
            return None
        kept = json.loads(state.read_text())
        runtime = Runtime(jars.java(), jars.classpath(), kept["heap"], kept["brief"])
        endpoints = [config.Endpoint(**each["endpoint"]) for each in kept["nodes"]]
        cluster = cls(folder, runtime, endpoints, kept["cluster_id"])
        for node, each in zip(cluster.nodes, kept["nodes"], strict=True):
            node.pid = each["pid"]
        return cluster

    def save(self) -> None:
        """Write process ids and ports, for `load` in another process."""
        nodes = [{"endpoint": asdict(node.endpoint), "pid": node.pid} for node in self.nodes]
        runtime = self.nodes[0].runtime
        kept = {"cluster_id": self.cluster_id, "heap": runtime.heap, "brief": runtime.brief, "nodes": nodes}
        (self.folder / STATE).write_text(json.dumps(kept, indent=1) + "\n")

    @property
    def bootstrap(self) -> str:
        """`host:port` of every broker, comma separated."""
        return ",".join(f"{config.HOST}:{node.endpoint.port}" for node in self.nodes)

    @property
    def running(self) -> bool:
        """Whether every broker's process lives."""
        return all(node.running for node in self.nodes)

    def start(self, *, dies_with_parent: bool = False, deadline_s: float = READY_DEADLINE_S) -> None:
        """Start every broker that is not running and wait until all of them serve."""
        for node in self.nodes:
            if not node.running:
                node.start(dies_with_parent=dies_with_parent)
        self.save()
        self.wait_until_ready(deadline_s)

    def restart(self, index: int, *, dies_with_parent: bool = False, deadline_s: float = READY_DEADLINE_S) -> None:
        """Start broker `index` again on the same port and data, and wait until the cluster is whole."""
        self.nodes[index].start(dies_with_parent=dies_with_parent)
        self.save()
        self.wait_until_ready(deadline_s)

    def wait_until_ready(self, deadline_s: float = READY_DEADLINE_S) -> None:
        """Return once every broker answers a metadata request that lists all brokers and a controller.

        Raises:
            KafkaUnavailableError: a broker died, or the deadline passed.
        """
        end = time.monotonic() + deadline_s
        for node in self.nodes:
            while not self._serves(node):
                self._check(node, end, deadline_s)
                time.sleep(POLL_S)

    def stop(self, deadline_s: float = STOP_DEADLINE_S) -> None:
        """SIGTERM to all at once, SIGKILL to whoever is left at the deadline."""
        end = time.monotonic() + deadline_s
        for node in self.nodes:
            node.terminate()
        for node in self.nodes:
            node.stop(max(0.0, end - time.monotonic()))

    def kill(self) -> None:
        """SIGKILL to all."""
        for node in self.nodes:
            node.kill()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()

    def _serves(self, node: Node) -> bool:
        try:
            answer = probe.metadata(node.endpoint.port)
        except OSError:
            return False
        return len(answer.brokers) == len(self.nodes) and answer.controller >= 0

    @staticmethod
    def _check(node: Node, end: float, deadline_s: float) -> None:
        if not node.running:
            raise KafkaUnavailableError(
                f"Kafka broker {node.endpoint.node} stopped while starting: {node.complaint()}"
            )
        if time.monotonic() > end:
            raise KafkaUnavailableError(
                f"Kafka broker {node.endpoint.node} was not ready within {deadline_s:g} s: {node.complaint()}"
            )

    def _format(self) -> None:
        for node, work in [(node, node.begin_format(self.cluster_id)) for node in self.nodes]:
            if work.wait(timeout=FORMAT_DEADLINE_S) != 0:
                raise KafkaUnavailableError(f"Kafka storage could not be formatted: {node.complaint()}")
