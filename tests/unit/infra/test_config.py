"""The settings of a local broker."""

import base64
import re
from pathlib import Path

import pytest
from localkafka import config


def parse(text: str) -> dict[str, str]:
    """Read a properties file."""
    return dict(line.split("=", 1) for line in text.splitlines())


@pytest.mark.parametrize(("brokers", "replicas", "in_sync"), [(1, "1", "1"), (3, "3", "2")])
def test_replication_follows_the_number_of_brokers(brokers: int, replicas: str, in_sync: str) -> None:
    cluster = config.endpoints(brokers)
    settings = config.properties(cluster[0], cluster, Path("/data"), {})
    for name in (
        "default.replication.factor",
        "offsets.topic.replication.factor",
        "transaction.state.log.replication.factor",
    ):
        assert settings[name] == replicas
    assert settings["min.insync.replicas"] == in_sync
    assert settings["transaction.state.log.min.isr"] == in_sync


def test_every_broker_knows_all_controllers_and_listens_on_loopback_only() -> None:
    cluster = [
        config.Endpoint(1, 20001, 20002),
        config.Endpoint(2, 20003, 20004),
        config.Endpoint(3, 20005, 20006),
    ]
    settings = parse(config.render(config.properties(cluster[1], cluster, Path("/data"), {})))
    assert settings["controller.quorum.voters"] == "1@127.0.0.1:20002,2@127.0.0.1:20004,3@127.0.0.1:20006"
    assert settings["node.id"] == "2"
    assert settings["listeners"] == "CLIENT://127.0.0.1:20003,CONTROLLER://127.0.0.1:20004"
    assert settings["advertised.listeners"] == "CLIENT://127.0.0.1:20003"
    assert settings["process.roles"] == "broker,controller"
    assert settings["auto.create.topics.enable"] == "false"


def test_settings_given_win_over_ours() -> None:
    cluster = config.endpoints(1)
    settings = config.properties(cluster[0], cluster, Path("/data"), {"num.partitions": "12"})
    assert settings["num.partitions"] == "12"


def test_ports_are_distinct_free_and_below_the_ephemeral_range() -> None:
    ports = config.free_ports(12)
    assert len(set(ports)) == 12
    assert all(20_000 <= port < 32_000 for port in ports)


def test_the_first_broker_listens_where_it_is_told() -> None:
    first, *others = config.endpoints(3, port=9092)
    assert first.port == 9092
    assert 9092 not in [each.port for each in others]


def test_cluster_ids_are_kafka_uuids() -> None:
    ids = {config.cluster_id() for _ in range(300)}
    assert len(ids) == 300
    for text in ids:
        assert re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_-]{21}", text)
        assert len(base64.urlsafe_b64decode(text + "==")) == 16
