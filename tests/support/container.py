"""The Kafka container of the Docker provider: what it is (pure), and starting it through testcontainers."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from localkafka import config, jars, probe

DATA = Path("/tmp/kafka-data")
CONTROLLER_PORT = 29093
READY_DEADLINE_S = 120.0


@dataclass(frozen=True)
class ContainerSpec:
    """One container: image, environment, and the port published under the same number on the host."""

    image: str
    port: int
    environment: dict[str, str]


def variable(setting: str) -> str:
    """The environment variable that the image turns back into `setting`."""
    return "KAFKA_" + setting.replace("-", "__").replace(".", "_").upper()


def container_spec(host: str, port: int, cluster_id: str) -> ContainerSpec:
    """The same broker, version and settings as the JVM provider, in the project's official image.

    The client port is published under its own number: Kafka tells clients where to connect, so it must
    know the address before it starts.
    """
    endpoint = config.Endpoint(node=1, port=port, controller=CONTROLLER_PORT)
    everywhere = {
        "listeners": f"CLIENT://0.0.0.0:{port},CONTROLLER://127.0.0.1:{CONTROLLER_PORT}",
        "advertised.listeners": f"CLIENT://{host}:{port}",
    }
    settings = config.properties(endpoint, [endpoint], DATA, everywhere)
    environment = {variable(name): value for name, value in settings.items()}
    return ContainerSpec(f"apache/kafka:{jars.version()}", port, environment | {"CLUSTER_ID": cluster_id})


def build(spec: ContainerSpec, factory: Callable[[str], Any] | None = None) -> Any:
    """The testcontainers object of `spec`, not started."""
    if factory is None:
        from testcontainers.core.container import DockerContainer

        factory = DockerContainer
    container = factory(spec.image).with_bind_ports(spec.port, spec.port)
    for name, value in spec.environment.items():
        container = container.with_env(name, value)
    return container


def engine_host() -> str | None:
    """Where a Docker engine publishes ports; None where none answers."""
    try:
        from testcontainers.core.docker_client import DockerClient

        client = DockerClient(timeout=3)
        client.client.ping()
        return str(client.host())
    except Exception:  # noqa: BLE001  any failure of the client means there is no engine to use
        return None


def wait_until_ready(host: str, port: int) -> None:
    """Return once the broker answers a metadata request with itself and a controller."""
    end = time.monotonic() + READY_DEADLINE_S
    while True:
        try:
            answer = probe.metadata(port, host=host)
        except OSError:
            answer = None
        if answer is not None and answer.brokers and answer.controller >= 0:
            return
        if time.monotonic() > end:
            raise TimeoutError(f"the Kafka container did not serve on {host}:{port} in {READY_DEADLINE_S:g} s")
        time.sleep(0.2)
