"""A real Alertmanager (Debian's package) with a receiver that remembers every notification it gets."""

import json
import os
import signal
import socket
import subprocess
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from fetch import MonitoringMissingError, binaries

CONFIG = """
route:
  receiver: all
  group_by: ['...']
  group_wait: 1s
  group_interval: 1s
  repeat_interval: 1h
receivers:
  - name: all
    webhook_configs:
      - url: http://127.0.0.1:{port}/
        send_resolved: true
"""


def monitoring() -> dict[str, Path]:
    """The binaries of Prometheus and Alertmanager; without them the test is skipped, in CI it fails."""
    try:
        return binaries()
    except MonitoringMissingError as missing:
        if os.environ.get("CI") == "true":
            pytest.fail(f"CI must run the tests on a real Alertmanager: {missing}", pytrace=False)
        pytest.skip(f"ALERTMANAGER WAS NOT TESTED: {missing}")


class Receiver:
    """An HTTP door that takes Alertmanager's notifications."""

    def __init__(self) -> None:
        self.messages: list[dict[str, Any]] = []
        messages = self.messages

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers["Content-Length"])
                messages.append(json.loads(self.rfile.read(length)))
                self.send_response(200)
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = int(self._server.server_address[1])
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def told(self, status: str, **labels: str) -> list[dict[str, Any]]:
        """The notifications of this status about an alert with these labels."""
        return [
            alert
            for message in self.messages
            for alert in message["alerts"]
            if alert["status"] == status and labels.items() <= alert["labels"].items()
        ]

    def close(self) -> None:
        """Take no more."""
        self._server.shutdown()
        self._server.server_close()


class Manager:
    """A running Alertmanager.

    Attributes:
        url: of its API.
        receiver: where it sends everything.
    """

    def __init__(self, url: str, receiver: Receiver) -> None:
        self.url = url
        self.receiver = receiver

    def alerts(self) -> list[dict[str, Any]]:
        """What it holds as firing."""
        with urllib.request.urlopen(f"{self.url}/api/v2/alerts", timeout=10) as answer:
            found: list[dict[str, Any]] = json.load(answer)
        return found


@contextmanager
def running_alertmanager(folder: Path) -> Iterator[Manager]:
    """Start one on a free port; it ends with the block."""
    program = monitoring()["prometheus-alertmanager"]
    receiver, port = Receiver(), free_port()
    config = folder / "alertmanager.yml"
    config.write_text(CONFIG.format(port=receiver.port))
    command = [
        str(program),
        f"--config.file={config}",
        f"--storage.path={folder / 'alertmanager'}",
        f"--web.listen-address=127.0.0.1:{port}",
        "--cluster.listen-address=",
    ]
    with (folder / "alertmanager.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        manager = Manager(f"http://127.0.0.1:{port}", receiver)
        _wait_until_ready(manager, process)
        yield manager
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait(10)
        receiver.close()


def free_port() -> int:
    """A port nobody listens on now."""
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        return int(door.getsockname()[1])


def _wait_until_ready(manager: Manager, process: "subprocess.Popen[bytes]") -> None:
    end = time.monotonic() + 30
    while True:
        try:
            manager.alerts()
        except OSError:
            if process.poll() is not None or time.monotonic() > end:
                raise
            time.sleep(0.05)
        else:
            return
