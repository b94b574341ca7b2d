"""From start to end: repaired before the port opens, one sentence when it cannot start, a clean and a violent end."""

import asyncio
import os
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any
from urllib.parse import quote

import aiohttp
import pytest
from clickhouse_connect.driver.exceptions import ClickHouseError
from support.store_process import PASSWORD, StoreProcess
from support.waiting import until

from tokentide.schemas.errors import UsageError
from tokentide.sinks.clickhouse.errors import StoreUnreachableError
from tokentide.sinks.clickhouse.opening import open_store
from tokentide.sinks.store.auth import Login, check_exposure

CLEAN = "tokentide-clean.json"
HEAVY = "SELECT count() FROM numbers(1000000000000) WHERE NOT ignore(sipHash64(number))"


def refused(*options: str) -> tuple[int, str]:
    """Run a store that must not start; its exit code and what it said."""
    done = subprocess.run(
        [sys.executable, "-m", "tokentide", "store", *options],
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, "TOKENTIDE_STORE_PASSWORD": ""},
        check=False,
    )
    assert "Traceback" not in done.stderr
    return done.returncode, done.stderr.strip()


def test_sigterm_ends_it_cleanly_and_in_time_whatever_runs(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "data"
    with StoreProcess.start(path) as store:
        outcome: list[Any] = []

        def slow() -> None:
            try:
                with store.client() as client:
                    outcome.append(client.query(HEAVY))
            except Exception as error:  # noqa: BLE001
                outcome.append(error)

        ours = open_store(f"clickhouse://default:{quote(PASSWORD)}@127.0.0.1:{store.port}/default")
        with store.client() as client:
            thread = threading.Thread(target=slow)
            thread.start()
            running = "SELECT count() FROM system.processes WHERE query LIKE '%sipHash64(number)%'"
            asyncio.run(until(lambda: client.command(running) >= 2, 20))
            started = time.monotonic()
            assert store.stop(12) == 0
            assert time.monotonic() - started < 10
        thread.join(10)
        assert len(outcome) == 1
        assert isinstance(outcome[0], Exception)
        # Who had it open learns in plain words that it is gone.
        for ask in (lambda: ours.rows("SELECT 1 AS x"), lambda: ours.command("SELECT 1")):
            with pytest.raises(StoreUnreachableError, match=rf": nothing answers at 127.0.0.1:{store.port} \(conn"):
                ask()
        assert not [record for record in caplog.records if record.name.startswith("urllib3")]
        ours.close()
    assert (path / CLEAN).exists()


def test_what_was_acknowledged_survives_a_kill_and_the_boot_changes(tmp_path: Path) -> None:
    path = tmp_path / "data"
    acknowledged: set[int] = set()
    boots = []
    for turn in range(2):
        with StoreProcess.start(path) as store:
            with store.client() as client:
                client.command("CREATE TABLE IF NOT EXISTS t (n UInt64) ENGINE = MergeTree ORDER BY n")
                boots.append(client.command("SELECT boot FROM usage_boots ORDER BY number DESC LIMIT 1"))
                found = set(client.query("SELECT n FROM t").result_columns[0]) if turn else set()
            assert acknowledged <= found | (set() if turn else acknowledged)

            def write(start: int, store: StoreProcess = store) -> None:
                try:
                    with store.client() as own:
                        for n in range(start, start + 10_000):
                            own.insert("t", [[n]], column_names=["n"])
                            acknowledged.add(n)
                except (ClickHouseError, OSError):
                    return

            writers = [threading.Thread(target=write, args=((turn * 4 + w) * 10_000,)) for w in range(4)]
            for writer in writers:
                writer.start()
            enough = (turn + 1) * 30
            asyncio.run(until(lambda least=enough: len(acknowledged) >= least, 30))
            store.kill()
            for writer in writers:
                writer.join(30)
    assert not (path / CLEAN).exists()
    with StoreProcess.start(path) as store, store.client() as client:
        rows = client.query("SELECT n FROM t").result_columns[0]
        assert acknowledged <= set(rows)
        assert len(rows) == len(set(rows))
        boots.append(client.command("SELECT boot FROM usage_boots ORDER BY number DESC LIMIT 1"))
        assert len(set(boots)) == 3


def test_a_taken_port_is_told_in_one_sentence(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        code, said = refused("--path", str(tmp_path / "data"), "--port", port)
    assert code == 1
    assert said.splitlines()[-1].startswith(f"tokentide: --port {port}: another program listens there")
    assert (tmp_path / "data" / CLEAN).exists()


def test_a_held_folder_is_told_in_one_sentence(store: StoreProcess) -> None:
    code, said = refused("--path", str(store.path), "--port", "0")
    assert code == 1
    assert str(store.path) in said
    assert "another process" in said


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    code, said = refused("--path", str(tmp_path / "file"), "--port", "0")
    assert code == 1
    assert str(tmp_path / "file") in said


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "store.example.org"])
def test_strangers_need_a_password_to_read_and_never_write(host: str) -> None:
    for password, readonly in (("", True), ("", False), (PASSWORD, False)):
        with pytest.raises(UsageError):
            check_exposure(host, Login("default", password), readonly=readonly)
    check_exposure(host, Login("default", PASSWORD), readonly=True)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1.2.3", "::1", "localhost"])
def test_this_machine_may_do_both(host: str) -> None:
    for password, readonly in (("", True), ("", False), (PASSWORD, False)):
        check_exposure(host, Login("default", password), readonly=readonly)


def test_an_open_address_is_refused_before_anything_is_made(tmp_path: Path) -> None:
    assert refused("--path", str(tmp_path / "data"), "--host", "0.0.0.0")[0] == 2
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--read-only-listen", "0.0.0.0:0"], "TOKENTIDE_STORE_READER_PASSWORD"),
        (["--read-only-listen", "everywhere"], "HOST:PORT"),
        (["--read-only-listen", "127.0.0.1:0", "--read-only"], "--read-only"),
        (["--read-only-listen", "0.0.0.0:0", "--reader-password", "same", "--password", "same"], "must differ"),
        (["--host", "0.0.0.0", "--password", "x", "--read-only-listen", "127.0.0.1:0"], "--read-only"),
    ],
)
def test_readers_at_a_second_address_are_no_strangers(tmp_path: Path, options: list[str], words: str) -> None:
    code, said = refused("--path", str(tmp_path / "data"), "--port", "0", *options)
    assert code == 2
    assert words in said
    assert len(said.splitlines()) == 1
    assert not (tmp_path / "data").exists()


def test_a_readers_store_must_exist(tmp_path: Path) -> None:
    code, said = refused("--path", str(tmp_path / "nothing"), "--read-only", "--port", "0")
    assert code == 1
    assert "nothing" in said


async def test_the_log_never_holds_a_query(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    import logging

    from tokentide.sinks.store.engine import open_engine
    from tokentide.sinks.store.server import build_app, listening

    caplog.set_level(logging.DEBUG)
    engine = open_engine(tmp_path / "data")
    try:
        async with (
            listening(build_app(engine, Login("default", "")), "127.0.0.1", 0) as url,
            aiohttp.ClientSession(url) as http,
            http.post("/", data="SELECT 'a private text', nothing") as response,
        ):
            assert response.status == 500
    finally:
        engine.close()
    ours = [record.getMessage() for record in caplog.records if record.name.startswith("tokentide")]
    assert any("code 47" in line for line in ours)
    assert not any("private" in line for line in ours)
