"""`tokentide store` in a process of its own, as its users run it."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import clickhouse_connect
import psutil

PASSWORD = "a secret of the tests"
READER_PASSWORD = "a secret of readers"


@dataclass
class StoreProcess:
    """One running store.

    Attributes:
        process: the process.
        url: where it answers, as it printed it.
        path: its folder.
        password: of user `default`.
        readers_url: where it answers readers, if anywhere.
    """

    process: subprocess.Popen[str]
    url: str
    path: Path
    password: str = PASSWORD
    readers_url: str = ""

    @classmethod
    def start(cls, path: Path, *options: str, password: str = PASSWORD) -> Self:
        """Start it and wait for its address."""
        command = [sys.executable, "-m", "tokentide", "store", "--path", str(path), "--port", "0", *options]
        environment = {
            **os.environ,
            "TOKENTIDE_STORE_PASSWORD": password,
            "TOKENTIDE_STORE_READER_PASSWORD": READER_PASSWORD,
        }
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
        assert process.stdout is not None
        url = next((line for line in process.stdout if line.startswith("http://")), "").strip()
        assert url, f"the store ended with {process.wait(10)} before it was ready"
        readers = process.stdout.readline().split()[0] if "--read-only-listen" in options else ""
        return cls(process, url, path, password, readers)

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    @property
    def rss(self) -> int:
        """Bytes of memory it holds now."""
        return int(psutil.Process(self.process.pid).memory_info().rss)

    def options(self, database: str = "default") -> dict[str, Any]:
        """What clickhouse-connect needs to reach it."""
        return {
            "host": "127.0.0.1",
            "port": self.port,
            "username": "default",
            "password": self.password,
            "database": database,
        }

    def client(self, database: str = "default", **options: Any) -> Any:
        return clickhouse_connect.get_client(**{**self.options(database), **options})

    def reader_options(self, database: str = "default") -> dict[str, Any]:
        """What clickhouse-connect needs to reach it as a reader."""
        port = int(self.readers_url.rpartition(":")[2])
        return {**self.options(database), "port": port, "username": "reader", "password": READER_PASSWORD}

    def reader(self, database: str = "default", **options: Any) -> Any:
        return clickhouse_connect.get_client(**{**self.reader_options(database), **options})

    @property
    def reader_headers(self) -> Mapping[str, str]:
        return {"X-ClickHouse-User": "reader", "X-ClickHouse-Key": READER_PASSWORD}

    @property
    def headers(self) -> Mapping[str, str]:
        return {"X-ClickHouse-User": "default", "X-ClickHouse-Key": self.password}

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(10)

    def stop(self, deadline_s: float = 10.0) -> int:
        """End it as a service manager does."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(deadline_s)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.kill()
