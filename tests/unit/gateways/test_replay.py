"""A replay checks first, sends at the speed asked for, and stays bounded."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from tokentide.gateways.replay import STRIDE, Hooks, Replay, publish, publish_events
from tokentide.gateways.sample import Sample, sample_events
from tokentide.gateways.tempo import Clock, parse_speed
from tokentide.schemas.errors import UsageError, UserError


class FakeProducer:
    """Takes messages as a UsageProducer does; room for `room` until it is waited for."""

    def __init__(self, room: int = 10**9) -> None:
        self.sent: list[tuple[bytes | None, bytes]] = []
        self.times: list[int | None] = []
        self.waits = self.flushes = 0
        self._left = self._room = room

    def offer_message(self, key: bytes | None, value: bytes, at_ms: int | None = None) -> bool:
        self.times.append(at_ms)
        if self._left == 0:
            return False
        self._left -= 1
        self.sent.append((key, value))
        return True

    async def send_message(
        self, key: bytes | None, value: bytes, *, wait: bool = False, at_ms: int | None = None
    ) -> None:
        assert wait
        self.waits += 1
        self._left = self._room
        assert self.offer_message(key, value, at_ms)

    async def flush(self) -> None:
        self.flushes += 1


class FakeClock:
    def __init__(self) -> None:
        self.time = 50.0
        self.slept: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += seconds

    def hooks(self, **more: Any) -> Hooks:
        return Hooks(clock=Clock(lambda: self.time, self.sleep), **more)


def usage_file(path: Path, *times_s: float) -> Path:
    lines = [
        json.dumps(
            {
                "event_id": f"{path.stem}{number}",
                "event_time": int(at * 1000),
                "model": "a/b",
                "prompt_tokens": 1,
                "completion_tokens": 1,
            }
        )
        for number, at in enumerate(times_s)
    ]
    path.write_text("\n".join(lines))
    return path


def run(replay: Replay, producer: FakeProducer, speed: str, hooks: Hooks) -> Any:
    return asyncio.run(publish(replay, producer, speed=speed, hooks=hooks))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("speed", "slept"), [("recorded", [2.0, 3.5]), ("10", [0.2, 0.35]), ("x0.5", [4.0, 7.0]), ("max", [])]
)
def test_gaps_are_those_of_the_trace_divided_by_the_speed(tmp_path: Path, speed: str, slept: list[float]) -> None:
    clock, producer = FakeClock(), FakeProducer()
    replay = Replay((usage_file(tmp_path / "u.jsonl", 1000, 1002, 1002, 1005.5),))
    done = run(replay, producer, speed, clock.hooks())
    assert clock.slept == pytest.approx(slept)
    assert (done.events, done.seconds) == (4, pytest.approx(sum(slept)))
    assert [key for key, _ in producer.sent] == [b"u0", b"u1", b"u2", b"u3"]
    assert done.bytes == sum(len(value) for _, value in producer.sent)
    assert producer.flushes == 1


def test_a_replay_that_falls_behind_catches_up(tmp_path: Path) -> None:
    clock = FakeClock()

    async def slow() -> None:
        clock.time += 5

    replay = Replay((usage_file(tmp_path / "u.jsonl", 1000, 1002, 1030),))
    run(replay, FakeProducer(), "recorded", clock.hooks(pace=slow))
    assert clock.slept == [pytest.approx(20.0)]


def test_merged_files_are_sent_in_the_order_of_their_times(tmp_path: Path) -> None:
    paths = (usage_file(tmp_path / "a.jsonl", 1, 4, 5), usage_file(tmp_path / "b.jsonl", 2, 3, 6))
    producer = FakeProducer()
    run(Replay(paths, merged=True), producer, "recorded", FakeClock().hooks())
    assert [key for key, _ in producer.sent] == [b"a0", b"b0", b"b1", b"a1", b"a2", b"b2"]


def test_a_full_producer_is_waited_for_and_nothing_is_lost() -> None:
    events, producer = list(sample_events(Sample(1_000))), FakeProducer(room=100)
    asyncio.run(publish_events(iter(events), producer))  # type: ignore[arg-type]
    assert producer.sent == [(event.key, event.message) for event in events]
    assert producer.waits == 9


def test_records_carry_the_time_of_their_event_only_when_asked() -> None:
    events = list(sample_events(Sample(300)))
    plain, dated = FakeProducer(), FakeProducer(room=100)
    asyncio.run(publish_events(iter(events), plain))  # type: ignore[arg-type]
    asyncio.run(publish_events(iter(events), dated, hooks=Hooks(own_time=True)))  # type: ignore[arg-type]
    assert set(plain.times) == {None}
    assert dated.sent == plain.sent
    taken = [time for time in dated.times if time is not None]
    assert sorted(set(taken)) == [round((event.at_s or 0) * 1000) for event in events]


def test_pace_and_progress_are_asked_every_few_hundred_events() -> None:
    paces, seen = 0, []

    async def pace() -> None:
        nonlocal paces
        paces += 1

    events = sample_events(Sample(1_000))
    asyncio.run(publish_events(events, FakeProducer(), hooks=Hooks(seen.append, pace)))  # type: ignore[arg-type]
    assert seen == [STRIDE, 2 * STRIDE, 3 * STRIDE, 1_000]
    assert paces == 4


def test_nothing_is_sent_when_the_last_line_of_the_last_file_is_broken(tmp_path: Path) -> None:
    header = "TIMESTAMP,ContextTokens,GeneratedTokens\n"
    good, bad = tmp_path / "good.csv", tmp_path / "bad.csv"
    good.write_text(f"{header}2023-11-16 18:17:03.9799600,1,1")
    bad.write_text(f"{header}2023-11-16 18:17:03.9799600,1,1\n2023-11-16 18:17:")
    producer = FakeProducer()
    with pytest.raises(UserError, match=r"bad\.csv, line 3"):
        run(Replay((good, bad), "azure-llm-2023"), producer, "max", Hooks())
    assert not producer.sent


@pytest.mark.parametrize("kind", ["usage-events", "aider-analytics"])
def test_nothing_is_sent_from_a_truncated_archive(tmp_path: Path, kind: str) -> None:
    import gzip

    path = tmp_path / "u.jsonl.gz"
    whole = gzip.compress(usage_file(tmp_path / "u.jsonl", *range(5_000)).read_bytes())
    path.write_bytes(whole[:-20])
    producer = FakeProducer()
    with pytest.raises(UserError, match="truncated"):
        run(Replay((path,), kind), producer, "max", Hooks())
    assert not producer.sent


@pytest.mark.parametrize("kind", ["nope", ""])
def test_an_unknown_format_is_told_before_any_file_is_opened(kind: str) -> None:
    with pytest.raises(UsageError, match="There is no format"):
        run(Replay((Path("absent"),), kind), FakeProducer(), "max", Hooks())


@pytest.mark.parametrize(("text", "factor"), [("max", None), ("recorded", 1), ("60", 60), ("x2", 2), ("×0.5", 0.5)])
def test_a_speed_is_max_recorded_or_a_factor(text: str, factor: float | None) -> None:
    assert parse_speed(text) == factor


@pytest.mark.parametrize("text", ["0", "-1", "nan", "inf", "fast", ""])
def test_any_other_speed_is_a_usage_error(text: str) -> None:
    with pytest.raises(UsageError, match="--speed"):
        parse_speed(text)
