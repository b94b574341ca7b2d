"""A worker that is told to stop goes within ten seconds, also while a store or a Kafka leaves it waiting."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.fault_worker import WorkerProcess
from support.providers import Broker

pytestmark = pytest.mark.broker("embedded")


@pytest.fixture
def silent() -> Iterator[socket.socket]:
    """Accepts connections and never answers, as a store that hangs."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(30)
        yield listener


def address_of(listener: socket.socket) -> str:
    return f"127.0.0.1:{listener.getsockname()[1]}"


def worker_of(folder: Path, kafka: str, store: str, broker: Broker) -> WorkerProcess:
    environment = {
        "PATH": "/usr/bin:/bin",
        "TOKENTIDE_KAFKA": kafka,
        "TOKENTIDE_STORE": store,
        "TOKENTIDE_TOPIC": broker.topic(1),
        "TOKENTIDE_DEAD_TOPIC": broker.topic(1),
    }
    return WorkerProcess("worker", folder, environment)


@pytest.mark.parametrize("which", ["store", "kafka"])
async def test_a_worker_stops_while_it_waits_for_what_never_answers(
    broker: Broker, tmp_path: Path, silent: socket.socket, which: str
) -> None:
    hanging = address_of(silent)
    kafka = broker.url if which == "store" else f"kafka://{hanging}"
    store = f"clickhouse://default@{hanging}/default" if which == "store" else f"chdb://{tmp_path / 'store'}"
    worker = worker_of(tmp_path, kafka, store, broker)
    worker.start()
    try:
        silent.accept()  # it asks, and is left waiting
        code, seconds = worker.end(10.0)
        assert code == 0, worker.said
        assert seconds <= 10.0
        assert "Traceback" not in worker.said
    finally:
        worker.close()
