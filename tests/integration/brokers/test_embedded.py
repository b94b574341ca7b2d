"""The embedded broker's own control: what tests may make it do, and that each start is a world of its own."""

import subprocess
import sys
import textwrap

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaConnectionError, KafkaError, RequestTimedOutError
from support.providers import Broker
from support.records import publish, read

from tokentide.schemas.errors import UserError
from tokentide.streams.brokers.embedded import EmbeddedBroker
from tokentide.streams.brokers.offsets import start_offsets
from tokentide.streams.brokers.topics import TopicSpec, ensure_topics

pytestmark = pytest.mark.broker("embedded")
PRODUCE = 0
METADATA = 3


def control(broker: Broker) -> EmbeddedBroker:
    assert broker.embedded is not None
    return broker.embedded


def test_each_start_has_an_id_of_its_own_and_may_be_closed_twice() -> None:
    with EmbeddedBroker() as first, EmbeddedBroker(brokers=3) as second:
        assert first.cluster_id != second.cluster_id
        assert len(second.bootstrap.split(",")) == 3
    second.close()
    with pytest.raises(UserError, match="not running"):
        second.create_topic("t")


def test_a_topic_that_exists_cannot_be_created(broker: Broker) -> None:
    topic = broker.topic()
    with pytest.raises(UserError, match=rf"cannot create topic {topic} with 4 partitions: .*already exists"):
        control(broker).create_topic(topic)


async def test_topics_cannot_be_created_by_protocol_and_that_is_said(broker: Broker) -> None:
    with pytest.raises(UserError, match="has no topic nowhere and cannot be asked to create it"):
        await ensure_topics(broker.address, [TopicSpec("nowhere")])


async def test_an_existing_topic_is_reported_as_one_whose_clock_is_unknown(broker: Broker) -> None:
    topic = broker.topic(partitions=2)
    (report,) = await ensure_topics(broker.address, [TopicSpec(topic, partitions=2)])
    assert not report.created
    assert [each.setting for each in report.differences if each.vital] == [
        "message.timestamp.type",
        "cleanup.policy",
    ]
    assert "partitions" not in [each.setting for each in report.differences]


async def test_injected_errors_are_answered_instead_of_storing(broker: Broker) -> None:
    topic, message_too_large = broker.topic(partitions=1), 10
    control(broker).fail_requests(PRODUCE, [message_too_large])
    with pytest.raises(KafkaError):
        await publish(broker, topic, [b"refused"], enable_idempotence=False)
    await publish(broker, topic, [b"kept"], enable_idempotence=False)
    assert await read(broker, topic, 1) == [(0, b"kept")]


async def test_queued_errors_can_be_forgotten(broker: Broker) -> None:
    topic = broker.topic(partitions=1)
    control(broker).fail_requests(PRODUCE, [10, 10, 10])
    control(broker).serve_requests(PRODUCE)
    await publish(broker, topic, [b"kept"], enable_idempotence=False)
    assert await read(broker, topic, 1) == [(0, b"kept")]


async def test_an_answer_slower_than_the_client_waits_is_lost_after_the_record_was_stored(
    broker: Broker,
) -> None:
    topic = broker.topic(partitions=1)
    async with AIOKafkaProducer(bootstrap_servers=broker.bootstrap, request_timeout_ms=700, acks="all") as producer:
        await producer.send_and_wait(topic, b"first", partition=0)
        control(broker).set_round_trip(1500)
        try:
            with pytest.raises((RequestTimedOutError, KafkaConnectionError)):
                await producer.send_and_wait(topic, b"second", partition=0)
        finally:
            control(broker).set_round_trip(0)
    assert [value for _, value in await read(broker, topic, 2)] == [b"first", b"second"]


async def test_a_broker_that_is_down_serves_again_when_it_is_up() -> None:
    with EmbeddedBroker() as embedded:
        broker = Broker("embedded", embedded.address, embedded.cluster_id, embedded)
        topic = broker.topic(partitions=1)
        await publish(broker, topic, [b"before"])
        embedded.set_down(1)
        with pytest.raises(UserError, match="cannot be reached"):
            await start_offsets(broker.address, topic)
        embedded.set_up(1)
        assert await read(broker, topic, 1) == [(0, b"before")]


async def test_leaders_and_coordinators_move() -> None:
    with EmbeddedBroker(brokers=3) as embedded:
        broker = Broker("embedded", embedded.address, embedded.cluster_id, embedded)
        topic = broker.topic(partitions=1)
        for leader in (1, 2, 3):
            embedded.set_leader(topic, 0, leader)
            await publish(broker, topic, [b"%d" % leader])
        embedded.set_group_coordinator("group", 3)
        assert await read(broker, topic, 3) == [(0, b"1"), (1, b"2"), (2, b"3")]


async def test_records_can_be_deleted_as_retention_would(broker: Broker) -> None:
    topic = broker.topic(partitions=1)
    for value in (b"1", b"2", b"3"):
        await publish(broker, topic, [value])
    control(broker).delete_records(topic, 0, 2)
    assert await start_offsets(broker.address, topic) == {0: 2}


async def test_requests_are_remembered_in_order(broker: Broker) -> None:
    topic = broker.topic(partitions=1)
    control(broker).track_requests()
    await publish(broker, topic, [b"1"])
    keys = control(broker).requests()
    assert keys.index(METADATA) < keys.index(PRODUCE)


def test_a_process_that_forgets_to_close_it_still_ends() -> None:
    program = """
        from tokentide.streams.brokers.embedded import EmbeddedBroker
        print(EmbeddedBroker().start().bootstrap)
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)],
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("127.0.0.1:")
