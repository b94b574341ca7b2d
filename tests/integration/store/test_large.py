"""Large bodies and answers pass through in bounded memory."""

import asyncio
from collections.abc import AsyncIterator

import aiohttp
import pytest
from support.store_process import StoreProcess

MIB = 1024 * 1024
ROW = 1024
SIZES = [pytest.param(96, id="96MiB"), pytest.param(1024, id="1GiB", marks=pytest.mark.long)]


async def _peak(store: StoreProcess, task: "asyncio.Task[None]") -> int:
    """Return the most memory the store held while the task ran, in bytes."""
    peak = store.rss
    while not task.done():
        peak = max(peak, store.rss)
        await asyncio.wait({task}, timeout=0.02)
    await task
    return peak


@pytest.mark.parametrize("mebibytes", SIZES)
async def test_a_large_answer_is_streamed(store: StoreProcess, http: aiohttp.ClientSession, mebibytes: int) -> None:
    async def read() -> None:
        seen = 0
        sql = f"SELECT repeat('x', {ROW - 1}) FROM numbers({mebibytes * MIB // ROW})"
        async with http.post("/", data=sql, params={"max_threads": "1"}) as response:
            async for piece in response.content.iter_any():
                seen += len(piece)
        assert seen == mebibytes * MIB

    before = store.rss
    assert await _peak(store, asyncio.create_task(read())) - before < 400 * MIB


@pytest.mark.parametrize("mebibytes", SIZES)
@pytest.mark.parametrize("target", ["Null", "MergeTree ORDER BY tuple()"])
async def test_a_large_insert_is_streamed(
    store: StoreProcess, http: aiohttp.ClientSession, database: str, mebibytes: int, target: str
) -> None:
    async with http.post("/", data=f"CREATE TABLE t (s String) ENGINE = {target}", params={"database": database}):
        pass

    async def body() -> AsyncIterator[bytes]:
        for _ in range(mebibytes):
            yield (b"y" * (ROW - 1) + b"\n") * (MIB // ROW)

    async def write() -> None:
        params = {"database": database, "query": "INSERT INTO t FORMAT TSV", "max_insert_block_size": "65536"}
        async with http.post("/", data=body(), params=params) as response:
            assert response.status == 200, await response.text()

    before = store.rss
    peak = await _peak(store, asyncio.create_task(write()))
    async with http.post(
        "/", data="SELECT count(), sum(length(s)) FROM t", params={"database": database}
    ) as response:
        rows = mebibytes * MIB // ROW if target != "Null" else 0
        assert await response.text() == f"{rows}\t{rows * (ROW - 1)}\n"
    assert peak - before < 700 * MIB
