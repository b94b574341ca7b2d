"""Real brokers that are killed, stopped and paused: what they acknowledged is there when they are back."""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from aiokafka import AIOKafkaProducer
from localkafka.cluster import Cluster
from support.providers import JVM, Broker
from support.records import publish, read
from support.waiting import until

from tokentide.schemas.kafka_address import parse_address
from tokentide.streams.brokers.admin import cluster_id
from tokentide.streams.brokers.topics import TopicSpec, ensure_topics

pytestmark = pytest.mark.jvm
StartCluster = Callable[..., Cluster]


def at(cluster: Cluster) -> Broker:
    """The cluster as the test helpers take a broker."""
    return Broker(JVM, parse_address(f"kafka://{cluster.bootstrap}"), cluster.cluster_id)


@pytest.mark.parametrize("how", ["stop", "kill"])
async def test_acknowledged_records_survive_the_only_broker(jvm_cluster: StartCluster, how: str) -> None:
    cluster = jvm_cluster()
    broker = at(cluster)
    topic = broker.topic(partitions=1)
    await publish(broker, topic, [b"one", b"two", b"three"])
    assert await cluster_id(broker.address) == cluster.cluster_id
    await asyncio.to_thread(getattr(cluster.nodes[0], how))
    assert not cluster.running
    await asyncio.to_thread(cluster.restart, 0, dies_with_parent=True)
    assert await read(broker, topic, 3) == [(0, b"one"), (1, b"two"), (2, b"three")]
    assert await cluster_id(broker.address) == cluster.cluster_id


async def test_a_paused_broker_answers_nothing_until_it_goes_on(jvm_cluster: StartCluster) -> None:
    cluster = jvm_cluster()
    broker = at(cluster)
    topic = broker.topic(partitions=1)
    async with AIOKafkaProducer(bootstrap_servers=broker.bootstrap, acks="all") as producer:
        await producer.send_and_wait(topic, b"before")
        cluster.nodes[0].pause()
        pending = await producer.send(topic, b"while paused")
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(asyncio.shield(pending), 1)
        cluster.nodes[0].resume()
        assert (await asyncio.wait_for(pending, 30)).offset == 1


async def test_three_brokers_start_within_a_minute_and_outlive_one_of_them(jvm_cluster: StartCluster) -> None:
    begun = time.monotonic()
    cluster = jvm_cluster(brokers=3)
    assert time.monotonic() - begun < 60
    broker = at(cluster)
    spec = TopicSpec(broker.name("topic"), partitions=3, replication=3)
    await ensure_topics(broker.address, [spec])
    for partition in range(3):
        await publish(broker, spec.name, [b"before"], partition)
    cluster.nodes[0].kill()
    for partition in range(3):
        await asyncio.wait_for(publish(broker, spec.name, [b"after"], partition), 60)
    for partition in range(3):
        assert await read(broker, spec.name, 2, partition) == [(0, b"before"), (1, b"after")]
    await asyncio.to_thread(cluster.restart, 0, dies_with_parent=True)
    assert cluster.running


async def test_a_stored_cluster_is_found_again_by_another_process(jvm_cluster: StartCluster, tmp_path: Path) -> None:
    cluster = jvm_cluster()
    found = Cluster.load(cluster.folder)
    assert found is not None
    assert (found.bootstrap, found.cluster_id) == (cluster.bootstrap, cluster.cluster_id)
    assert found.running
    await asyncio.to_thread(found.stop)
    await until(lambda: not cluster.running)
    assert Cluster.load(tmp_path / "elsewhere") is None
