"""What a worker shows Prometheus: heartbeats, lag and counters as they are, health as the event loop turns."""

import urllib.error
import urllib.request
from collections.abc import Iterable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from faust.types import TP
from prometheus_client import generate_latest

from tokentide.schemas.errors import UsageError, UserError
from tokentide.schemas.metrics_address import MetricsAddress, parse_metrics_address
from tokentide.streams.desk import Tally
from tokentide.streams.telemetry import Telemetry, TelemetryTimer
from tokentide.streams.telemetry_server import TelemetryServer


class Clock:
    """A clock that stands until told."""

    now = 1_000.0

    def __call__(self) -> float:
        return self.now


class Member:
    """Answers with ends, or not at all."""

    def __init__(self, ends: dict[TP, int] | None) -> None:
        self.ends = ends

    async def end_offsets(self, tps: Iterable[TP]) -> dict[TP, int]:
        if self.ends is None:
            raise ConnectionError
        return {tp: self.ends[tp] for tp in tps}


def shown(telemetry: Telemetry) -> dict[str, float]:
    lines = [line for line in generate_latest(telemetry.registry).decode().splitlines() if not line.startswith("#")]
    return {line.rpartition(" ")[0]: float(line.rpartition(" ")[2]) for line in lines}


def timer(telemetry: Telemetry, tally: Tally, member: Any, loops: dict[TP, Any], stopped: set[TP]) -> TelemetryTimer:
    return TelemetryTimer(telemetry, lambda: (loops, stopped, {0: 5_000}), lambda: member, tally, "usage")


async def test_a_look_shows_lag_stops_watermarks_and_counts() -> None:
    clock, tally = Clock(), Tally()
    telemetry = Telemetry(clock)
    first, second = TP("usage", 0), TP("usage", 1)
    loops = {first: SimpleNamespace(confirmed=90), second: SimpleNamespace(confirmed=-1)}
    look = timer(telemetry, tally, Member({first: 100, second: 7}), loops, {second})
    tally.settled, tally.dead["range"] = 50, 2
    await look.tick()
    tally.settled, tally.dead["range"] = 80, 3
    clock.now = 1_010.0
    await look.tick()
    found = shown(telemetry)
    assert found["tokentide_messages_settled_total"] == 80
    assert found['tokentide_dead_letters_total{reason="range"}'] == 3
    assert found['tokentide_consumer_lag{partition="0"}'] == 10
    assert 'tokentide_consumer_lag{partition="1"}' not in found  # it has not begun
    assert found['tokentide_partition_stopped{partition="1"}'] == 1
    assert found['tokentide_watermark_timestamp_seconds{partition="0"}'] == 5
    assert found["tokentide_leader"] == 1
    assert found["tokentide_worker_heartbeat_timestamp_seconds"] == 1_010
    assert found["tokentide_detector_heartbeat_timestamp_seconds"] == 0
    del loops[first]
    await look.tick()
    assert shown(telemetry)["tokentide_leader"] == 0
    assert 'tokentide_consumer_lag{partition="0"}' not in shown(telemetry)  # another worker's now


async def test_a_broker_that_does_not_answer_leaves_the_heartbeat_going() -> None:
    clock = Clock()
    telemetry = Telemetry(clock)
    clock.now = 2_000.0
    assert not telemetry.is_healthy
    await timer(telemetry, Tally(), Member(None), {TP("usage", 0): SimpleNamespace(confirmed=1)}, set()).tick()
    assert telemetry.is_healthy
    assert shown(telemetry)["tokentide_worker_heartbeat_timestamp_seconds"] == 2_000


def test_the_detector_leaves_its_heartbeat_and_what_stands() -> None:
    telemetry = Telemetry(Clock())
    telemetry.detected(900.0, 0.25, {"shift": 2})
    telemetry.detected(1200.0, 0.25, {})
    telemetry.early({"edge": 3})
    telemetry.not_delivered("alertmanager")
    found = shown(telemetry)
    assert found["tokentide_detector_heartbeat_timestamp_seconds"] == 1_000
    assert found["tokentide_detector_window_timestamp_seconds"] == 1_200
    assert found["tokentide_detector_cpu_seconds_total"] == 0.5
    assert 'tokentide_alerts_open{class="shift"}' not in found
    assert found['tokentide_events_early_total{gateway="edge"}'] == 3
    assert found['tokentide_notify_failures_total{channel="alertmanager"}'] == 1


@pytest.fixture
def served() -> Iterator[tuple[Clock, str]]:
    clock = Clock()
    server = TelemetryServer(MetricsAddress("127.0.0.1", 0), Telemetry(clock))
    yield clock, f"http://127.0.0.1:{server.port}"
    server.stop()


def test_metrics_and_health_are_served(served: tuple[Clock, str]) -> None:
    clock, url = served
    with urllib.request.urlopen(f"{url}/metrics", timeout=10) as answer:
        assert b"tokentide_detector_heartbeat_timestamp_seconds 0.0" in answer.read()
        assert answer.headers["Content-Type"].startswith("text/plain")
    with urllib.request.urlopen(f"{url}/health", timeout=10) as answer:
        assert answer.status == 200
    clock.now += 61
    with pytest.raises(urllib.error.HTTPError, match="503"):
        urllib.request.urlopen(f"{url}/health", timeout=10)
    with pytest.raises(urllib.error.HTTPError, match="404"):
        urllib.request.urlopen(f"{url}/", timeout=10)


def test_a_port_that_is_taken_is_a_sentence(served: tuple[Clock, str]) -> None:
    port = int(served[1].rpartition(":")[2])
    with pytest.raises(UserError, match=f"TOKENTIDE_METRICS_ADDRESS 127.0.0.1:{port}"):
        TelemetryServer(MetricsAddress("127.0.0.1", port), Telemetry())


@pytest.mark.parametrize("text", ["", "9464", ":9464", "host:", "host:x", "host:70000"])
def test_an_address_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="TOKENTIDE_METRICS_ADDRESS"):
        parse_metrics_address(text)


def test_addresses_are_read_and_written_alike() -> None:
    assert str(parse_metrics_address("[::1]:9464")) == "[::1]:9464"
    assert parse_metrics_address("0.0.0.0:9464") == MetricsAddress("0.0.0.0", 9464)
