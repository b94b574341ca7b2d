"""What one reader, or a crowd of them, may take: each bound met on purpose, with small ones."""

import asyncio
import gzip
import struct
import zlib
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from typing import Any

import aiohttp
import lz4.frame
import pytest
import zstandard
from aiohttp import web
from support.waiting import until_true

from tokentide.schemas.errors import UserError
from tokentide.sinks.store.auth import Login
from tokentide.sinks.store.engine import Engine, open_engine
from tokentide.sinks.store.errors import StoreError
from tokentide.sinks.store.grants import Limits
from tokentide.sinks.store.server import build_app, listening

MIB = 1024 * 1024
SMALL = Limits(at_once=2, wait_s=0.2, connections=6, body_bytes=MIB, body_s=1.0, seconds=2)
HEAVY = "SELECT count() FROM numbers(1000000000) WHERE NOT ignore(sipHash64(number)) SETTINGS max_threads = 1"
PACKED = {
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "zstd": zstandard.ZstdCompressor().compress,
    "lz4": lz4.frame.compress,
}


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    opened = open_engine(tmp_path_factory.mktemp("bounds") / "data", limits=SMALL)
    yield opened
    opened.close()


@pytest.fixture
async def url(engine: Engine) -> AsyncIterator[str]:
    app = build_app(engine, Login("reader", ""), SMALL)
    async with listening(app, "127.0.0.1", 0, SMALL.connections) as address:
        yield address


@pytest.mark.parametrize(
    "sql",
    [
        "INSERT INTO usage_events (event_id) SELECT 'x'",
        "CREATE TABLE x (a Int8) ENGINE = Memory",
        "DROP TABLE usage_events",
        "ALTER TABLE usage_events DELETE WHERE 1",
        "TRUNCATE TABLE usage_events",
        "SYSTEM SHUTDOWN",
        "CREATE USER u",
        "SELECT * FROM url('http://127.0.0.1:1/', 'TSV', 's String')",
        "SET readonly = 0",
        "SET max_result_rows = 0",
        "SELECT 1 SETTINGS max_execution_time = 100000",
        "SELECT 1 SETTINGS additional_result_filter = '1'",
        "SELECT number FROM numbers(2000000)",
    ],
)
def test_the_engine_refuses_by_itself_what_the_lists_refuse(engine: Engine, sql: str) -> None:
    connection = engine.connect_reader()
    try:
        with pytest.raises(StoreError):
            connection.run(sql)
        # With its role back it may still only read.
        connection.run("SET ROLE writers")
        with pytest.raises(StoreError):
            connection.run(sql)
    finally:
        connection.close()


async def ask(http: aiohttp.ClientSession, sql: Any, **options: Any) -> tuple[int, str, str | None]:
    async with http.post("/", data=sql, params={"user": "reader"}, **options) as response:
        return response.status, await response.text(), response.headers.get("X-ClickHouse-Exception-Code")


async def test_queries_above_the_most_wait_and_are_then_told_to_come_back(url: str, engine: Engine) -> None:
    async with aiohttp.ClientSession(url) as http:
        running = [asyncio.create_task(ask(http, HEAVY)) for _ in range(SMALL.at_once)]

        async def full() -> bool:
            connection = engine.connect()
            count = await engine.run(
                connection.text, "SELECT count() FROM system.processes WHERE query LIKE '%sipHash64(number)%'"
            )
            await engine.run(connection.close)
            return int(count) > SMALL.at_once

        await until_true(full, 10)
        status, body, code = await ask(http, "SELECT 1")
        assert (status, code) == (503, "202"), body
        # The running ones end at their own limit, and their places are free again.
        assert {code for _, _, code in await asyncio.gather(*running)} == {"159"}
        assert (await ask(http, "SELECT 1"))[1] == "1\n"


async def test_connections_above_the_most_are_told_so_and_closed(url: str) -> None:
    host, port = url.removeprefix("http://").split(":")
    held = [await asyncio.open_connection(host, int(port)) for _ in range(SMALL.connections)]
    try:
        reader, writer = await asyncio.open_connection(host, int(port))
        answer = await asyncio.wait_for(reader.read(), 5)
        assert answer.startswith(b"HTTP/1.1 503 ")
        writer.close()
    finally:
        for _, writer in held:
            writer.close()

    async def free() -> bool:
        async with aiohttp.ClientSession(url) as http:
            return (await ask(http, "SELECT 1"))[0] == 200

    await until_true(free, 5)


async def test_a_taken_port_is_told_by_its_option(url: str) -> None:
    port = int(url.rpartition(":")[2])
    with pytest.raises(UserError, match=f"^--read-only-listen {port}: another program"):
        async with listening(web.Application(), "127.0.0.1", port, option="--read-only-listen"):
            pass


async def test_a_request_that_drips_in_is_given_up(url: str) -> None:
    async def drip() -> AsyncIterator[bytes]:
        for letter in b"SELECT 1 -- " + b"x" * 1000:
            yield bytes([letter])
            await asyncio.sleep(0.05)

    async with aiohttp.ClientSession(url) as http:
        try:
            status, _, code = await ask(http, drip())
        except aiohttp.ClientError:
            return
        assert (status, code) == (500, "209")


@pytest.mark.parametrize("encoding", PACKED)
async def test_a_bomb_is_not_unpacked(url: str, encoding: str) -> None:
    bomb = PACKED[encoding](b"SELECT 1 --" + bytes(64 * MIB))
    assert len(bomb) < MIB
    async with aiohttp.ClientSession(url) as http:
        _, body, code = await ask(http, bomb, headers={"Content-Encoding": encoding})
        assert code in {"36", "62"}
        assert "bytes" in body


async def test_a_bomb_of_blocks_is_not_unpacked(url: str) -> None:
    lying = bytes(16) + struct.pack("<BII", 0x82, 100, 2**31 - 1) + bytes(91)
    params = {"user": "reader", "decompress": "1"}
    async with aiohttp.ClientSession(url) as http, http.post("/", data=lying, params=params) as response:
        assert response.headers["X-ClickHouse-Exception-Code"] == "271"


async def test_a_huge_body_is_refused_before_it_is_read_whole(url: str) -> None:
    sent = 0

    async def body() -> AsyncIterator[bytes]:
        nonlocal sent
        for _ in range(200):
            sent += MIB
            yield b" " * MIB

    async with aiohttp.ClientSession(url) as http:
        try:
            _, _, code = await ask(http, body())
            assert code in {"36", "62"}
        except aiohttp.ClientError:
            pass
    assert sent < 50 * MIB


@pytest.mark.parametrize("parts", [1, 2000])
async def test_a_form_has_bounds_too(url: str, parts: int) -> None:
    form = aiohttp.FormData({"query": "SELECT count() FROM x", "x_structure": "a String"})
    for number in range(parts):
        form.add_field("x" if parts == 1 else f"f{number}", b"y" * (3 * MIB // parts), filename="x")
    async with aiohttp.ClientSession(url) as http:
        assert (await ask(http, form))[2] == "36"


async def test_who_reads_slowly_does_not_keep_a_place_for_ever(engine: Engine) -> None:
    short = replace(SMALL, seconds=1, at_once=1, wait_s=10.0)
    async with (
        listening(build_app(engine, Login("reader", ""), short), "127.0.0.1", 0) as url,
        aiohttp.ClientSession(url, read_bufsize=1024) as http,
    ):
        sql = "SELECT repeat('x', 1000) FROM numbers(400000)"
        async with http.post("/", data=sql, params={"user": "reader"}) as slow:
            await slow.content.readexactly(10)
            assert (await ask(http, "SELECT 1"))[1] == "1\n"


async def test_a_page_under_a_name_of_its_own_does_not_reach_a_store_without_password(url: str) -> None:
    async with aiohttp.ClientSession(url) as http:
        for host in ("evil.example.org", "evil.example.org:8123", "192.0.2.7:80"):
            assert (await ask(http, "SELECT 1", headers={"Host": host}))[2] == "516"
        for host in ("localhost:8123", "127.0.0.1", "[::1]:8123"):
            assert (await ask(http, "SELECT 1", headers={"Host": host}))[1] == "1\n"


async def test_others_are_answered_while_a_tangled_statement_is_read(url: str) -> None:
    tangled = "SELECT " + ", ".join(f"'/a{n}'" for n in range(25_000))
    async with aiohttp.ClientSession(url) as http:
        worst = 0.0
        loop = asyncio.get_running_loop()
        task = asyncio.create_task(ask(http, tangled))
        while not task.done():
            started = loop.time()
            await asyncio.sleep(0.001)
            worst = max(worst, loop.time() - started)
        await task
    assert worst < 2.0
