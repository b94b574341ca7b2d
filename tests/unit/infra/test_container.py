"""The Docker provider's container, checked without Docker (it was never run where this project is made)."""

from typing import Any, Self

import pytest
from support.container import build, container_spec, variable


class Recorded:
    """Stands in for testcontainers' DockerContainer and remembers what was asked of it."""

    def __init__(self, image: str) -> None:
        self.image = image
        self.ports: dict[int, int] = {}
        self.environment: dict[str, str] = {}

    def with_bind_ports(self, inside: int, outside: int) -> Self:
        self.ports[inside] = outside
        return self

    def with_env(self, name: str, value: str) -> Self:
        self.environment[name] = value
        return self


@pytest.mark.parametrize(
    ("setting", "name"),
    [
        ("node.id", "KAFKA_NODE_ID"),
        ("group.initial.rebalance.delay.ms", "KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS"),
        ("a.b-c", "KAFKA_A_B__C"),
    ],
)
def test_settings_become_the_images_variables(setting: str, name: str) -> None:
    assert variable(setting) == name


def test_the_container_is_the_official_image_told_its_address_from_outside() -> None:
    spec = container_spec("docker.host", 21000, "abcdefghijklmnopqrstuv")
    image, _, tag = spec.image.partition(":")
    assert image == "apache/kafka"
    assert tag.startswith("4.")
    expected = {
        "CLUSTER_ID": "abcdefghijklmnopqrstuv",
        "KAFKA_PROCESS_ROLES": "broker,controller",
        "KAFKA_NODE_ID": "1",
        "KAFKA_LISTENERS": "CLIENT://0.0.0.0:21000,CONTROLLER://127.0.0.1:29093",
        "KAFKA_ADVERTISED_LISTENERS": "CLIENT://docker.host:21000",
        "KAFKA_CONTROLLER_QUORUM_VOTERS": "1@127.0.0.1:29093",
        "KAFKA_INTER_BROKER_LISTENER_NAME": "CLIENT",
        "KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR": "1",
        "KAFKA_AUTO_CREATE_TOPICS_ENABLE": "false",
    }
    assert expected.items() <= spec.environment.items()


def test_the_container_is_built_with_its_port_published_under_the_same_number() -> None:
    spec = container_spec("localhost", 21001, "abcdefghijklmnopqrstuv")
    container: Any = build(spec, Recorded)
    assert (container.image, container.ports) == (spec.image, {21001: 21001})
    assert container.environment == spec.environment


def test_testcontainers_has_the_methods_that_the_build_calls() -> None:
    from testcontainers.core.container import DockerContainer

    assert callable(DockerContainer.with_bind_ports)
    assert callable(DockerContainer.with_env)
