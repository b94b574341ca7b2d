"""SCRAM over TLS on a real Kafka: the right password gets in, a wrong one is told in one sentence."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiokafka import AIOKafkaProducer
from localkafka import config, jars
from localkafka.cluster import Cluster
from localkafka.node import Runtime
from support.broker import require_jvm
from support.faust_app import consume

from tokentide.schemas.errors import UserError
from tokentide.schemas.kafka_address import KafkaAddress, Security
from tokentide.streams.brokers.admin import cluster_id
from tokentide.streams.brokers.offsets import end_offsets
from tokentide.streams.brokers.topics import TopicSpec, ensure_topics

pytestmark = pytest.mark.jvm
LOGIN = "org.apache.kafka.common.security.scram.ScramLoginModule required username=ann password=right;"


def certificate(folder: Path) -> tuple[Path, Path]:
    """A key store for the broker and the certificate that clients shall trust, made by Java's keytool."""
    store, trusted = folder / "broker.p12", folder / "ca.pem"
    keytool = [str(Path(jars.java()).with_name("keytool")), "-keystore", str(store), "-storepass", "changeit"]
    made = ["-genkeypair", "-alias", "broker", "-keyalg", "EC", "-dname", "CN=127.0.0.1", "-ext", "SAN=ip:127.0.0.1"]
    subprocess.run([*keytool, *made, "-ext", "BC=ca:true"], check=True, capture_output=True)
    subprocess.run(
        [*keytool, "-exportcert", "-rfc", "-alias", "broker", "-file", str(trusted)], check=True, capture_output=True
    )
    return store, trusted


@pytest.fixture(scope="module")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """`host:port` of a listener that wants SCRAM over TLS, and the certificate to trust."""
    require_jvm()
    folder = tmp_path_factory.mktemp("secured")
    store, trusted = certificate(folder)
    endpoint, port = config.endpoints(1)[0], config.free_ports(1)[0]
    cluster = Cluster(folder, Runtime(jars.java(), jars.classpath(), brief=True), [endpoint], config.cluster_id())
    plain = config.properties(endpoint, [endpoint], folder, {})
    node = cluster.nodes[0]
    node.write_settings(
        [endpoint],
        {
            "listeners": f"{plain['listeners']},SECURED://127.0.0.1:{port}",
            "advertised.listeners": f"{plain['advertised.listeners']},SECURED://127.0.0.1:{port}",
            "listener.security.protocol.map": f"{plain['listener.security.protocol.map']},SECURED:SASL_SSL",
            "sasl.enabled.mechanisms": "SCRAM-SHA-512",
            "listener.name.secured.scram-sha-512.sasl.jaas.config": LOGIN,
            "ssl.keystore.location": str(store),
            "ssl.keystore.password": "changeit",
        },
    )
    scram = "SCRAM-SHA-512=[name=ann,password=right]"
    assert node.begin_format(cluster.cluster_id, "--add-scram", scram).wait(60) == 0, node.complaint()
    with cluster:
        cluster.start(dies_with_parent=True)
        yield f"127.0.0.1:{port}", trusted


def address(secured: tuple[str, Path], password: str = "right", *, trusting: bool = True) -> KafkaAddress:
    server, trusted = secured
    security = Security("ann", password, tls=True, ca_file=str(trusted) if trusting else None)
    return KafkaAddress((server,), security)


async def test_topics_records_and_offsets_go_through_tls_and_scram(secured: tuple[str, Path]) -> None:
    here = address(secured)
    await ensure_topics(here, [TopicSpec("events", partitions=2)])
    async with AIOKafkaProducer(**here.client_options(), enable_idempotence=True) as producer:
        await producer.send_and_wait("events", b"1", partition=1)
    assert await end_offsets(here, "events") == {0: 0, 1: 1}


@pytest.mark.parametrize(("password", "trusting"), [("wrong", True), ("right", False)])
async def test_a_wrong_password_or_an_unknown_certificate_is_one_sentence(
    secured: tuple[str, Path], password: str, trusting: bool
) -> None:
    with pytest.raises(UserError, match=r"^Kafka at kafka://127\.0\.0\.1:\d+ cannot be reached .* refuses the login"):
        await cluster_id(address(secured, password, trusting=trusting))


async def test_faust_consumes_with_the_same_settings(secured: tuple[str, Path]) -> None:
    here = address(secured)
    await ensure_topics(here, [TopicSpec("faust", partitions=1)])
    async with AIOKafkaProducer(**here.client_options()) as producer:
        await producer.send_and_wait("faust", b"through TLS")
    await consume(here, "faust", {b"through TLS"}, "secured")
