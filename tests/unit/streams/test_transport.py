"""The contract with Faust 0.15.3 and aiokafka 0.14: every private part the batched transport stands on."""

import asyncio
import inspect
from collections.abc import AsyncIterator
from importlib.metadata import version
from pathlib import Path
from types import SimpleNamespace

import pytest
from aiokafka.consumer import fetcher
from aiokafka.consumer.fetcher import FetchResult, PartitionRecords
from aiokafka.consumer.group_coordinator import GroupCoordinator
from aiokafka.record.default_records import DefaultRecordBatchBuilder
from aiokafka.record.memory_records import MemoryRecords
from aiokafka.structs import TopicPartition
from faust.transport import consumer as faust_consumer
from faust.transport.drivers import aiokafka as driver
from faust.types import TP

from tokentide.schemas.kafka_address import parse_address
from tokentide.schemas.settings import load_settings
from tokentide.streams import transport
from tokentide.streams.app import build_app


def test_the_pinned_versions_are_installed() -> None:
    assert version("faust-streaming") == "0.15.3"
    assert version("aiokafka") == "0.14.0"


@pytest.mark.parametrize(
    ("owner", "name"),
    [
        (faust_consumer.Consumer, "_wait_next_records"),
        (faust_consumer.Consumer, "perform_seek"),
        (faust_consumer.Consumer, "on_buffer_full"),
        (faust_consumer.Consumer, "on_buffer_drop"),
        (faust_consumer.Consumer, "track_message"),
        (faust_consumer.Consumer, "ack"),
        (faust_consumer.Consumer, "commit"),
        (driver.Consumer, "_new_consumer_thread"),
        (driver.AIOKafkaConsumerThread, "_ensure_consumer"),
        (driver.AIOKafkaConsumerThread, "on_partitions_assigned"),
        (PartitionRecords, "_consumer_record"),
        (GroupCoordinator, "_do_heartbeat"),
        (GroupCoordinator, "_do_commit_offsets"),
        (GroupCoordinator, "_maybe_leave_group"),
        (GroupCoordinator, "reset_generation"),
        (GroupCoordinator, "fetch_committed_offsets"),
        (GroupCoordinator, "ensure_coordinator_known"),
    ],
)
def test_the_private_parts_are_where_they_were(owner: type, name: str) -> None:
    assert callable(getattr(owner, name))


def test_a_commit_request_carries_the_generation_it_was_checked_against() -> None:
    """Nothing is awaited between our generation check and the request: the check would not hold otherwise."""
    source = inspect.getsource(GroupCoordinator._do_commit_offsets)
    before_request = source[: source.index("OffsetCommitRequest(")]

    assert "await" not in before_request
    assert "self.generation" in source


def test_the_app_makes_no_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Faust would put `<group>-data` into the working folder, beside the user's files."""
    monkeypatch.chdir(tmp_path)

    async def start() -> None:
        await build_app(load_settings(), parse_address("kafka://127.0.0.1:9")).on_first_start()

    asyncio.run(start())

    assert list(tmp_path.iterdir()) == []


def test_leaving_the_group_forgets_member_and_generation() -> None:
    """Only so is a commit that is still on its way refused when it arrives."""
    assert "reset_generation()" in inspect.getsource(GroupCoordinator._maybe_leave_group)


def test_the_app_uses_our_transport_and_none_of_fausts_commits() -> None:
    async def build() -> None:
        app = build_app(load_settings(), parse_address("kafka://127.0.0.1:9"))

        assert type(app.transport) is transport.Transport
        assert type(app.consumer) is transport.Consumer
        assert app.conf.processing_guarantee.value == "at_least_once"
        assert app.conf.topic_disable_leader
        assert not app.conf.stream_wait_empty
        assert not app.conf.web_enabled
        assert await app.consumer.commit() is True, "Faust's own commits do nothing"

    asyncio.run(build())


def test_records_come_as_they_were_parsed_with_all_a_batch_needs() -> None:
    builder = DefaultRecordBatchBuilder(2, 0, 0, -1, -1, -1, 4096)
    builder.append(0, 1_700_000_000_123, b"key", b"value", [])
    builder.append(1, 1_700_000_000_456, None, None, [])
    where = TopicPartition("usage", 3)
    parsed = PartitionRecords(where, MemoryRecords(bytes(builder.build())), [], 0, None, None, True, 0)
    kept = transport.PlainRecords()
    kept[where] = FetchResult(where, assignment=None, partition_records=parsed, backoff=0)

    records = list(parsed)

    assert [(r.offset, r.timestamp, r.timestamp_type, r.key, r.value) for r in records] == [
        (0, 1_700_000_000_123, 0, b"key", b"value"),
        (1, 1_700_000_000_456, 0, None, None),
    ]


def test_the_fetcher_never_makes_another_place_for_what_it_fetched() -> None:
    """Ours is put in its place once, when the consumer starts."""
    assert inspect.getsource(fetcher.Fetcher).count("self._records = ") == 1


def test_a_static_member_that_was_replaced_does_not_join_again() -> None:
    """Else two workers of one instance id take turns for ever. Leaving and closing still forget the member."""

    async def replace() -> None:
        app = build_app(load_settings(instance_id="one"), parse_address("kafka://127.0.0.1:9"))
        told: list[str] = []
        app.consumer.on_replaced = lambda: told.append("replaced")
        thread = app.consumer._thread
        coordinator = SimpleNamespace(
            member_id="one-1",
            _closing=asyncio.get_running_loop().create_future(),
            reset_generation=lambda: told.append("again"),
        )
        thread._yield_the_name(coordinator)
        coordinator.reset_generation()
        await asyncio.sleep(0)
        thread._leaving = True
        coordinator.reset_generation()
        thread._leaving = False
        coordinator._closing.set_result(None)
        coordinator.reset_generation()
        assert told == ["replaced", "again", "again"]

    asyncio.run(replace())


def test_the_driver_knows_static_members_by_these_names() -> None:
    source = inspect.getsource(GroupCoordinator)
    assert "self._group_instance_id = group_instance_id" in source
    assert "self._closing = create_future()" in source
    assert "self.reset_generation()" in inspect.getsource(GroupCoordinator._do_heartbeat)


def test_a_fetch_begun_before_a_seek_back_does_not_hide_the_one_after_it() -> None:
    """Faust drops what lies before an offset it has read; the planner would count those messages as deleted."""
    taken: list[int] = []

    async def fetch_all() -> None:
        app = build_app(load_settings(), parse_address("kafka://127.0.0.1:9"))
        consumer, where = app.consumer, TP("usage", 0)
        fetcher = SimpleNamespace(_stopped=asyncio.Event())

        async def getmany(**_: float) -> AsyncIterator[tuple[TP, SimpleNamespace]]:
            for offset in (500, 100):
                yield where, SimpleNamespace(offset=offset, topic="usage")
            fetcher._stopped.set()

        async def take(message: SimpleNamespace) -> None:
            taken.append(message.offset)

        consumer.getmany, consumer.callback = getmany, take
        await consumer._drain_messages(fetcher)

    asyncio.run(fetch_all())

    assert taken == [500, 100]
