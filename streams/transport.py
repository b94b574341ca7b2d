"""Kafka for Faust, by the fetch: one Faust event carries all records of one partition and fetch.

Faust's per-message machinery costs about 100 µs; a fetch costs the same once. Faust's own
acknowledgements and commits are switched off: the planner commits, fenced by the generation.
Written against faust-streaming 0.15.3 and aiokafka 0.14; tests/unit/streams/test_transport.py
names every private part used here.
"""

import asyncio
from collections import OrderedDict, defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterable
from dataclasses import dataclass
from functools import cached_property, partial
from time import monotonic
from typing import Any, ClassVar, TypeVar, cast

from aiokafka.consumer.fetcher import FetchResult
from aiokafka.errors import KafkaError, RebalanceInProgressError
from aiokafka.structs import OffsetAndMetadata, TopicPartition
from faust.transport.drivers import aiokafka as driver
from faust.types import TP
from faust.types.tuples import ConsumerMessage, Message

from tokentide.streams.plan import Commit, parse_commit
from tokentide.streams.planner import LogRange, size_of

T = TypeVar("T")


def _nobody_listens() -> None:
    """The app is not up yet."""


class FencedError(Exception):
    """The group moved on: this generation may plan nothing any more."""


@dataclass(frozen=True)
class Fetch:
    """The records of one partition and fetch, in offset order.

    `asked` is the offset the broker was asked from: what is missing from there on, the log does not have.
    `seeks` counts the seeks of this partition that were done before the fetch began.
    """

    partition: int
    records: list[Any]
    asked: int
    seeks: int
    generation: int

    @cached_property
    def bytes(self) -> int:
        """Size of the values."""
        return size_of(self.records)


class PlainRecords(OrderedDict[TopicPartition, Any]):
    """Fetched records per partition, each as aiokafka's parser made it.

    aiokafka copies every record into an object of eleven fields, which takes longer than parsing it;
    offset, timestamp, key and value are the same on both.
    """

    def __setitem__(self, where: TopicPartition, fetched: Any) -> None:
        if isinstance(fetched, FetchResult):
            fetched._partition_records._consumer_record = _as_parsed
            fetched.getall = partial(_taken, fetched)
        super().__setitem__(where, fetched)


class Taken(list[Any]):
    """Records in offset order, and the offset they were asked from."""

    asked: int


def _taken(fetched: FetchResult, max_records: int | None = None) -> Taken:
    """Take records; the driver gives some only where its position is what the rest of the fetch begins at."""
    pending = fetched._partition_records
    asked = pending.next_fetch_offset if pending is not None else -1
    taken = Taken(FetchResult.getall(fetched, max_records))
    taken.asked = asked
    return taken


def _as_parsed(_where: TopicPartition, record: Any) -> Any:
    return record


class NothingRead(dict[TP, int | None]):
    """Stands for the offsets Faust has read, below which it drops what it fetches: here nothing ever is.

    After a seek back, a fetch begun before it would raise that offset again, and the fetch that the seek
    was for would be dropped: its messages would look deleted. The planner knows what it has taken.
    """

    def __getitem__(self, tp: TP) -> int | None:
        return None

    def __setitem__(self, tp: TP, offset: int | None) -> None:
        pass


class Consumer(driver.Consumer):
    """Faust's consumer, yielding fetches instead of messages."""

    _thread: "ConsumerThread"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.seeks: dict[TP, int] = defaultdict(int)
        self.on_replaced: Callable[[], None] = _nobody_listens
        self._read_offset = NothingRead()

    def _new_consumer_thread(self) -> "ConsumerThread":
        return ConsumerThread(self, loop=self.loop, beacon=self.beacon)

    async def getmany(self, timeout: float) -> AsyncIterator[tuple[TP, Message]]:
        """Yield one message per partition and fetch, while this generation lives."""
        seeks = dict(self.seeks)
        generation = self.app.consumer_generation_id
        fetched, active = await self._wait_next_records(timeout)
        if fetched is None or self.should_stop:
            return
        if not self.flow_active:
            await self._seek_to_start()
            return
        for where, records in fetched.items():
            tp = TP(where.topic, where.partition)
            if not self.flow_active or self.app.consumer_generation_id != generation:
                return
            if records and (tp in (active or ()) or tp in self._buffered_partitions):
                fetch = Fetch(tp.partition, records, cast(Taken, records).asked, seeks.get(tp, 0), generation)
                yield tp, self._message(tp, fetch)

    async def _seek_to_start(self) -> None:
        try:
            await self.perform_seek()
        except KafkaError as error:
            self.log.warning("could not seek while the group rebalances: %s", error)

    def _message(self, tp: TP, fetch: Fetch) -> ConsumerMessage:
        first = fetch.records[0]
        return ConsumerMessage(
            tp.topic,
            tp.partition,
            first.offset,
            first.timestamp / 1000.0,
            first.timestamp_type,
            [],
            None,
            cast(bytes, fetch),
            None,
            None,
            None,
            tp,
            generation_id=fetch.generation,
        )

    def track_message(self, message: Message) -> None:
        """Track nothing: the planner knows what is in flight."""

    def ack(self, message: Message) -> bool:
        """Acknowledge nothing: only a written batch is."""
        return True

    async def commit(self, *args: Any, **kwargs: Any) -> bool:
        """Commit nothing of Faust's own accord."""
        return True

    # What the partition loops ask for; each runs in the consumer's own thread and loop.

    async def fenced_commit(self, tp: TP, commit: Commit, generation: int) -> None:
        """Commit once, in this generation or not at all.

        Raises:
            FencedError: the group has moved on, or the outcome is unknown and this member has left
                the group, so that a commit still under way is refused when it arrives.
        """
        await self._in_thread(self._thread.fenced_commit(tp, commit, generation))

    async def committed(self, tp: TP) -> Commit | None:
        """Read back what the group committed for a partition."""
        return await self._in_thread(self._thread.read_commit(tp))

    async def log_range(self, tp: TP) -> LogRange:
        """Ask the broker which offsets it still has."""
        return await self._in_thread(self._thread.log_range(tp))

    async def end_offsets(self, tps: Iterable[TP]) -> dict[TP, int]:
        """Ask the broker for the offset the next record of each partition will get: one question for all."""
        return await self._in_thread(self._thread.end_offsets(list(tps)))

    async def position(self, tp: TP) -> int:
        """Return the offset after the last record fetched, or -1 while it is being found out."""
        return await self._in_thread(self._thread.position(tp))

    async def seek_back(self, tp: TP, offset: int) -> int:
        """Fetch from `offset` on; return the seek count that proves a fetch began after this seek."""
        await self._in_thread(self._thread.seek_to(tp, offset))
        self.seeks[tp] += 1
        return self.seeks[tp]

    async def perform_seek(self) -> None:
        """Seek to what is committed, as Faust does after a rebalance; earlier seeks prove nothing now."""
        self._count_seek()
        await super().perform_seek()
        self._count_seek()

    def _count_seek(self) -> None:
        for tp in self.assignment():
            self.seeks[tp] += 1

    @property
    def heartbeat_age_s(self) -> float:
        """Seconds since the group coordinator last acknowledged this member."""
        return monotonic() - self._thread.heartbeat_at

    async def _in_thread(self, work: Coroutine[Any, Any, T]) -> T:
        future = asyncio.run_coroutine_threadsafe(work, self._thread.thread_loop)
        return await asyncio.wrap_future(future)


class ConsumerThread(driver.AIOKafkaConsumerThread):
    """The thread that owns the aiokafka consumer, with fenced commits."""

    heartbeat_at: float = 0.0
    _leaving: bool = False

    async def on_start(self) -> None:
        """Start the consumer, take records as parsed and watch its heartbeats."""
        self.heartbeat_at = monotonic()
        await super().on_start()
        consumer = self._ensure_consumer()
        consumer._fetcher._records = PlainRecords()
        coordinator = consumer._coordinator
        coordinator._do_heartbeat = self._watched(coordinator._do_heartbeat)
        if coordinator._group_instance_id is not None:
            self._yield_the_name(coordinator)

    def _yield_the_name(self, coordinator: Any) -> None:
        """Have a static member whose id is unknown now end, where the driver would join again.

        Another worker of its instance id may have replaced it, and joining again would replace that one:
        the two would take turns for ever, and nothing would be written.
        """
        join_again = coordinator.reset_generation

        def replaced() -> None:
            if self._leaving or coordinator._closing.done() or not coordinator.member_id:
                join_again()
            else:
                self.parent_loop.call_soon_threadsafe(cast(Consumer, self.consumer).on_replaced)

        coordinator.reset_generation = replaced

    def _watched(self, heartbeat: Callable[[], Awaitable[bool]]) -> Callable[[], Awaitable[bool]]:
        async def watched() -> bool:
            began = monotonic()  # the coordinator's clock starts at its receipt, so ours must not start later
            acknowledged = await heartbeat()
            if acknowledged:
                self.heartbeat_at = began
            return acknowledged

        return watched

    async def on_partitions_assigned(self, assigned: set[TP], generation_id: int = 0) -> None:
        """Joining is as good as a heartbeat."""
        self.heartbeat_at = monotonic()
        await super().on_partitions_assigned(assigned, generation_id)

    async def fenced_commit(self, tp: TP, commit: Commit, generation: int) -> None:
        """Send one commit request if `generation` is still ours; see `Consumer.fenced_commit`."""
        coordinator = self._ensure_consumer()._coordinator
        offsets = {TopicPartition(*tp): OffsetAndMetadata(commit.offset, commit.metadata())}
        try:
            await coordinator.ensure_coordinator_known()
            if coordinator.generation != generation:
                raise FencedError
            await coordinator._do_commit_offsets(None, offsets)
        except KafkaError as error:
            if coordinator.generation == generation and not isinstance(error, RebalanceInProgressError):
                await self._leave(coordinator)
            raise FencedError(str(error)) from error

    async def _leave(self, coordinator: Any) -> None:
        """Give up this member's id, so that a commit still under way is refused; a new one is asked for at once."""
        self._leaving = True
        try:
            await coordinator._maybe_leave_group()
        finally:
            self._leaving = False

    async def read_commit(self, tp: TP) -> Commit | None:
        """Fetch the committed offset with its metadata."""
        where = TopicPartition(*tp)
        coordinator = self._ensure_consumer()._coordinator
        committed = (await coordinator.fetch_committed_offsets([where])).get(where)
        if committed is None or committed.offset < 0:
            return None
        return parse_commit(committed.offset, committed.metadata or "")

    async def log_range(self, tp: TP) -> LogRange:
        """Return the first offset kept and the next one to be written."""
        where = TopicPartition(*tp)
        consumer = self._ensure_consumer()
        begin = await consumer.beginning_offsets([where])
        end = await consumer.end_offsets([where])
        return LogRange(begin[where], end[where])

    async def end_offsets(self, tps: list[TP]) -> dict[TP, int]:
        """Return the next offset to be written, per partition."""
        found = await self._ensure_consumer().end_offsets([TopicPartition(*tp) for tp in tps])
        return {TP(where.topic, where.partition): end for where, end in found.items()}

    async def position(self, tp: TP) -> int:
        """Return where the next fetch begins; aiokafka's own method would wait for a partition without one."""
        where = TopicPartition(*tp)
        subscription = self._ensure_consumer()._subscription
        if not subscription.is_assigned(where):
            return -1
        state = subscription.subscription.assignment.state_value(where)
        return int(state.position) if state.has_valid_position else -1

    async def seek_to(self, tp: TP, offset: int) -> None:
        """Move the fetch position."""
        self._ensure_consumer().seek(TopicPartition(*tp), offset)


class Transport(driver.Transport):
    """Faust's aiokafka transport with the consumer above."""

    Consumer: ClassVar[type[Consumer]] = Consumer
