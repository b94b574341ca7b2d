"""What a worker may say of the append time up to which a partition is settled."""

from dataclasses import dataclass, field
from typing import Any

import pytest
from faust.types import TP
from hypothesis import example, given
from hypothesis import strategies as st

from tokentide.streams.planner import LedgerBehindError
from tokentide.streams.threads import Threads
from tokentide.streams.watermark import Standing, news, observe, was_early
from tokentide.streams.watermark_timer import WatermarkTimer

NOW_MS = 1_800_000_000_000
MINUTE_MS = 60_000


def standing(start: int, settled_ms: int, *, ahead: int = 0, idle: bool = True) -> Standing:
    return Standing(start, start + ahead, idle, settled_ms, start)


def test_what_is_written_counts_up_to_its_last_append_time() -> None:
    mark = observe(3, standing(50, NOW_MS - 5000, idle=False), None, NOW_MS)
    assert mark is not None
    assert (mark.number, mark.start, mark.append_ms, mark.observed_ms) == (3, 50, NOW_MS - 5000, NOW_MS)


@pytest.mark.parametrize("settled_ms", [0, NOW_MS - 3_600_000])
def test_with_nothing_left_to_read_the_clock_counts_less_a_minute(settled_ms: int) -> None:
    """Also of a partition that never had a record."""
    mark = observe(0, standing(50, settled_ms), 50, NOW_MS)
    assert mark is not None
    assert mark.append_ms == NOW_MS - MINUTE_MS


@pytest.mark.parametrize(
    ("at", "end"),
    [
        (standing(50, 0), 51),  # a record waits in the log
        (standing(50, 0, idle=False), 50),  # a batch is on its way
        (standing(50, 0), None),  # the broker was not asked
    ],
)
def test_nothing_is_said_of_a_partition_without_settled_records_and_with_some_on_their_way(
    at: Standing, end: int | None
) -> None:
    assert observe(0, at, end, NOW_MS) is None


def test_records_that_the_log_has_deleted_are_not_waited_for() -> None:
    """They are counted as dropped with the next batch; nothing before now can come of them."""
    mark = observe(0, standing(50, 0, ahead=200), 250, NOW_MS)
    assert mark is not None
    assert mark.append_ms == NOW_MS - MINUTE_MS


@example(gaps=[0], settled=0, hidden_ms=29_000, skew_ms=-30_000, asked_after=28_999)
@given(
    st.lists(st.integers(0, 120_000), min_size=1, max_size=30),
    st.integers(0, 30),
    st.integers(0, 29_000),
    st.integers(-30_000, 30_000),
    st.integers(0, 200_000),
)
def test_no_record_ever_has_an_append_time_from_before_a_mark(
    gaps: list[int], settled: int, hidden_ms: int, skew_ms: int, asked_after: int
) -> None:
    """A broker whose clock differs by `skew_ms`, and which shows a record `hidden_ms` after it stamped it."""
    broker_times, at = [], NOW_MS
    for gap in gaps:
        at += gap
        broker_times.append(at)
    asked_broker = NOW_MS + asked_after
    shown = [time for time in broker_times if time + hidden_ms <= asked_broker]
    done = min(settled, len(shown))
    here = Standing(done, done, idle=True, settled_ms=shown[done - 1] if done else 0, ledger_end=done)

    mark = observe(0, here, len(shown), asked_broker - skew_ms)

    assert mark is None or all(time >= mark.append_ms for time in broker_times[done:])


def test_only_news_is_recorded() -> None:
    first = observe(0, standing(5, NOW_MS), 5, NOW_MS)
    second = observe(1, standing(7, NOW_MS + 1), 7, NOW_MS)
    assert first is not None
    assert second is not None
    assert news([first, second], {}) == [first, second]
    assert news([first, second], {0: NOW_MS, 1: NOW_MS}) == [second]


def test_a_clock_that_lagged_by_more_than_the_margin_is_noticed() -> None:
    said = observe(0, standing(5, NOW_MS), 5, NOW_MS + 600_000)
    assert said is not None
    assert not was_early(standing(5, NOW_MS), said)
    assert not was_early(standing(9, NOW_MS + 600_000), said)
    assert was_early(standing(9, NOW_MS + 1000), said)


HERE, THERE = TP("usage", 0), TP("usage", 1)


@dataclass
class Loop:
    standing: Standing | None


@dataclass
class Group:
    ends: dict[TP, int]
    heartbeat_age_s: float = 0.0
    asked: list[list[TP]] = field(default_factory=list)

    async def end_offsets(self, tps: list[TP]) -> dict[TP, int]:
        self.asked.append(sorted(tps))
        return self.ends


@dataclass
class Desk:
    epoch: str = "e"
    session_s: float = 10.0


@dataclass
class Store:
    boot: str = "b1"
    embedded: bool = True
    ledger_end: int = 5
    inserts: list[tuple[str, list[dict[str, Any]]]] = field(default_factory=list)

    def insert(self, table: str, rows: Any, token: str) -> None:
        assert table == "usage_watermarks"
        self.inserts.append((token, rows.to_pylist()))

    def rows(self, sql: str, params: Any = None) -> list[dict[str, Any]]:
        return [{"batches": 1, "end": self.ledger_end}]


class Bench:
    def __init__(self, loops: dict[TP, Loop], ends: dict[TP, int]) -> None:
        self.loops, self.group, self.store, self.now_ms = loops, Group(ends), Store(), NOW_MS
        self.timer = WatermarkTimer(
            self.store,  # type: ignore[arg-type]
            Desk(),  # type: ignore[arg-type]
            lambda: self.loops,  # type: ignore[arg-type,return-value]
            lambda: self.group,
            Threads("test"),
            lambda: self.now_ms,
        )


async def test_one_insert_tells_of_all_partitions_and_a_repeat_of_none() -> None:
    bench = Bench({HERE: Loop(standing(5, NOW_MS)), THERE: Loop(standing(9, NOW_MS - 1, idle=False))}, {HERE: 5})
    await bench.timer.tick()
    await bench.timer.tick()
    [(token, rows)] = bench.store.inserts
    assert token.endswith(":b1")
    assert len(token.split(":")) == 6  # what `tokentide store` judges by its last part
    assert [(row["partition"], row["confirmed"], row["end_offset"]) for row in rows] == [(0, 5, 5), (1, 9, 9)]
    assert bench.group.asked == [[HERE], [HERE]]


async def test_an_idle_partition_moves_with_the_clock() -> None:
    bench = Bench({HERE: Loop(standing(5, NOW_MS))}, {HERE: 5})
    for _ in range(3):
        bench.now_ms += 10 * MINUTE_MS
        await bench.timer.tick()
    said = [round(row["append_time"].timestamp() * 1000) - NOW_MS for _, rows in bench.store.inserts for row in rows]
    assert said == [9 * MINUTE_MS, 19 * MINUTE_MS, 29 * MINUTE_MS]


async def test_a_loop_that_has_not_begun_or_has_ended_says_nothing() -> None:
    bench = Bench({HERE: Loop(None)}, {})
    await bench.timer.tick()
    assert bench.store.inserts == []


async def test_a_worker_that_may_have_been_replaced_says_nothing() -> None:
    bench = Bench({HERE: Loop(standing(5, NOW_MS))}, {HERE: 5})
    bench.group.heartbeat_age_s = 11.0
    await bench.timer.tick()
    assert bench.store.inserts == []


async def test_an_idle_worker_notices_that_its_store_lost_what_it_wrote() -> None:
    bench = Bench({HERE: Loop(standing(5, NOW_MS))}, {HERE: 5})
    await bench.timer.tick()
    bench.store.boot = "b2"
    await bench.timer.tick()  # its ledger is whole
    bench.store.boot, bench.store.ledger_end = "b3", 4
    with pytest.raises(LedgerBehindError):
        await bench.timer.tick()
    assert [token.rpartition(":")[2] for token, _ in bench.store.inserts] == ["b1", "b2"]
