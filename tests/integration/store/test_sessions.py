"""Sessions keep what was chosen in them, serve one request at a time, and end when left alone."""

import asyncio
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from support.store_process import StoreProcess
from support.waiting import until_true

from tokentide.sinks.store.auth import Login
from tokentide.sinks.store.engine import open_engine
from tokentide.sinks.store.server import build_app, listening
from tokentide.sinks.store.sessions import Sessions


async def ask(http: aiohttp.ClientSession, sql: str, **params: str) -> tuple[bytes, str | None]:
    async with http.post("/", data=sql, params=params) as response:
        return await response.read(), response.headers.get("X-ClickHouse-Exception-Code")


async def test_a_session_keeps_tables_settings_and_database(http: aiohttp.ClientSession, database: str) -> None:
    async def inside(sql: str, **more: str) -> bytes:
        return (await ask(http, sql, session_id=f"keep {database}", **more))[0]

    await inside("CREATE TEMPORARY TABLE mine (n UInt8)")
    await inside("INSERT INTO mine VALUES (1), (2)")
    await inside("SET max_block_size = 4321")
    await inside(f"USE {database}")
    assert await inside("SELECT sum(n), getSetting('max_block_size'), currentDatabase() FROM mine") == (
        f"3\t4321\t{database}\n".encode()
    )
    # A setting or database of one request does not outlive it.
    sql = "SELECT getSetting('max_block_size'), toString(getSetting('max_threads')) = '5', currentDatabase()"
    assert await inside(sql, max_block_size="99", max_threads="5", database="system") == b"99\t1\tsystem\n"
    assert await inside(sql) == f"4321\t0\t{database}\n".encode()


async def test_another_session_or_none_sees_nothing_of_it(http: aiohttp.ClientSession, database: str) -> None:
    await ask(http, "CREATE TEMPORARY TABLE mine (n UInt8)", session_id=f"a {database}")
    assert (await ask(http, "SELECT * FROM mine", session_id=f"b {database}"))[1] is not None
    assert (await ask(http, "SELECT * FROM mine"))[1] is not None


async def test_a_busy_session_says_so(http: aiohttp.ClientSession, database: str) -> None:
    name = f"busy {database}"
    slow = asyncio.create_task(ask(http, "SELECT sleep(1.5)", session_id=name))

    async def running() -> bool:
        return (await ask(http, "SELECT 1 FROM system.processes WHERE query LIKE '%sleep(1.' || '5%'"))[0] == b"1\n"

    await until_true(running, 5, every_s=0.01)
    assert (await ask(http, "SELECT 1", session_id=name))[1] == "373"
    assert (await slow) == (b"0\n", None)
    assert (await ask(http, "SELECT 1", session_id=name)) == (b"1\n", None)


async def test_a_session_is_free_as_soon_as_its_answer_is_read(http: aiohttp.ClientSession, database: str) -> None:
    for size in (0, 1, 70_000, 200_000):
        for fmt in ("TSV", "JSON", "Native"):
            sql = f"SELECT number FROM numbers({size}) FORMAT {fmt}"
            assert (await ask(http, sql, session_id=f"next {database}"))[1] is None


async def test_a_session_left_alone_ends(http: aiohttp.ClientSession, database: str) -> None:
    name = f"short {database}"
    await ask(http, "CREATE TEMPORARY TABLE mine (n UInt8)", session_id=name, session_timeout="0")

    async def gone() -> bool:
        return (await ask(http, "SELECT 1", session_id=name, session_check="1", session_timeout="0"))[1] == "372"

    await until_true(gone, 10, every_s=1.2)


async def test_a_timeout_must_be_a_number(http: aiohttp.ClientSession) -> None:
    assert (await ask(http, "SELECT 1", session_id="x", session_timeout="soon"))[1] == "374"


async def test_the_clients_own_session_works_for_thousands_of_requests_without_growth(
    store: StoreProcess, client: Any
) -> None:
    for _ in range(100):
        client.command("SELECT 1")
    before = store.rss
    for _ in range(400):
        client.command("SELECT 1")
    assert store.rss - before < 40e6


async def test_the_session_is_given_back_before_the_last_byte_leaves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    order: list[str] = []

    def noting(owner: type, name: str, word: str) -> None:
        original = getattr(owner, name)

        def noted(*args: Any, **options: Any) -> Any:
            order.append(word)
            return original(*args, **options)

        monkeypatch.setattr(owner, name, noted)

    noting(Sessions, "give_back", "free")
    noting(web.StreamResponse, "write_eof", "end")
    engine = open_engine(tmp_path / "data")
    late = "SELECT throwIf(number = 2500000) FROM numbers(3000000) SETTINGS max_threads = 1"
    try:
        async with (
            listening(build_app(engine, Login("default", "")), "127.0.0.1", 0) as url,
            aiohttp.ClientSession(url) as http,
        ):
            for sql in ("SELECT 1", "SELECT 1 FORMAT JSON", "SELECT number FROM numbers(200000)", late, "SELEC"):
                order.clear()
                await ask(http, sql, session_id="one")
                assert order.index("free") < order.index("end"), sql
    finally:
        engine.close()
