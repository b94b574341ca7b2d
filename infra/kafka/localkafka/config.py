"""The `server.properties` of one broker: KRaft, combined controller, settings that make tests quick."""

import base64
import random
import socket
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

HOST = "127.0.0.1"
# Below the usual ephemeral range: no outgoing connection takes a stopped broker's port before it is back.
PORTS = range(20_000, 32_000)


@dataclass(frozen=True)
class Endpoint:
    """Ports of one broker: `port` for clients, `controller` for the quorum; `node` counts from 1."""

    node: int
    port: int
    controller: int


def cluster_id() -> str:
    """A random id in Kafka's form: 16 bytes, URL-safe base64, no leading dash."""
    while True:
        text = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        if not text.startswith("-"):
            return text


def free_ports(count: int) -> list[int]:
    """Distinct ports nothing listens on now."""
    held: list[socket.socket] = []
    try:
        for port in random.sample(PORTS, len(PORTS)):
            if len(held) == count:
                break
            _hold(port, held)
        return [taken.getsockname()[1] for taken in held]
    finally:
        for taken in held:
            taken.close()


def _hold(port: int, held: list[socket.socket]) -> None:
    candidate = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        candidate.bind((HOST, port))
    except OSError:
        candidate.close()
    else:
        held.append(candidate)


def endpoints(brokers: int, port: int | None = None) -> list[Endpoint]:
    """Ports for `brokers` brokers; the first one listens on `port` where that is given."""
    free = free_ports(2 * brokers)
    if port is not None:
        free[0] = port
    return [Endpoint(node + 1, free[2 * node], free[2 * node + 1]) for node in range(brokers)]


def properties(
    endpoint: Endpoint, cluster: Sequence[Endpoint], log_dir: Path, extra: Mapping[str, str]
) -> dict[str, str]:
    """Settings of the broker at `endpoint` in `cluster`; `extra` wins over all of them."""
    voters = ",".join(f"{each.node}@{HOST}:{each.controller}" for each in cluster)
    return {
        "process.roles": "broker,controller",
        "node.id": str(endpoint.node),
        "controller.quorum.voters": voters,
        "listeners": f"CLIENT://{HOST}:{endpoint.port},CONTROLLER://{HOST}:{endpoint.controller}",
        "advertised.listeners": f"CLIENT://{HOST}:{endpoint.port}",
        "listener.security.protocol.map": "CLIENT:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "inter.broker.listener.name": "CLIENT",
        "controller.listener.names": "CONTROLLER",
        "log.dirs": str(log_dir),
        **_replication(len(cluster)),
        **_QUICK,
        **extra,
    }


def _replication(brokers: int) -> dict[str, str]:
    factor, in_sync = str(min(3, brokers)), str(min(2, brokers))
    return {
        "default.replication.factor": factor,
        "min.insync.replicas": in_sync,
        "offsets.topic.replication.factor": factor,
        "transaction.state.log.replication.factor": factor,
        "transaction.state.log.min.isr": in_sync,
        "share.coordinator.state.topic.replication.factor": factor,
        "share.coordinator.state.topic.min.isr": in_sync,
    }


_QUICK = {
    # A topic nobody created is a mistake to be told, not one to be guessed at.
    "auto.create.topics.enable": "false",
    "num.partitions": "4",
    "offsets.topic.num.partitions": "4",
    "transaction.state.log.num.partitions": "4",
    "share.coordinator.state.topic.num.partitions": "1",
    "group.initial.rebalance.delay.ms": "100",
    "group.min.session.timeout.ms": "1000",
    "num.network.threads": "2",
    "num.io.threads": "4",
    "background.threads": "2",
    "log.cleaner.dedupe.buffer.size": "16777216",
    # Retention is looked at every second, so that what it would delete is deleted while a test looks.
    "log.retention.check.interval.ms": "1000",
    "log.initial.task.delay.ms": "1000",
    "broker.session.timeout.ms": "6000",
    "broker.heartbeat.interval.ms": "1000",
    "controller.quorum.election.timeout.ms": "500",
    "controller.quorum.fetch.timeout.ms": "1500",
}


def render(settings: Mapping[str, str]) -> str:
    """The text of a properties file."""
    return "".join(f"{key}={value}\n" for key, value in settings.items())
