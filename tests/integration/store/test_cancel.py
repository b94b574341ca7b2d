"""Nobody's query outlives its reader."""

import asyncio

import aiohttp
import pytest
from support.waiting import until_true

HEAVY = (
    "SELECT count() FROM numbers_mt(1000000000000) WHERE NOT ignore(sipHash64(number), '{}') SETTINGS max_threads = 1"
)
ENDLESS = "SELECT number, '{}' FROM numbers(100000000000)"


async def _running(http: aiohttp.ClientSession, mark: str) -> bool:
    sql = f"SELECT count() FROM system.processes WHERE query LIKE '%{mark}%' AND query NOT LIKE '%processes%'"
    async with http.post("/", data=sql) as response:
        return await response.read() != b"0\n"


@pytest.mark.parametrize("sql", [HEAVY, ENDLESS, HEAVY + "\nFORMAT JSON"])
@pytest.mark.parametrize("session", [True, False])
async def test_a_query_ends_when_its_client_leaves(
    http: aiohttp.ClientSession, database: str, sql: str, session: bool
) -> None:
    mark = f"mark_{database}"
    name = f"cancel {database}"
    params = {"session_id": name} if session else {}

    async def read() -> None:
        async with http.post("/", data=sql.format(mark), params=params) as response:
            await response.content.readexactly(10)
            await asyncio.sleep(3600)

    reader = asyncio.create_task(read())
    await until_true(lambda: _running(http, mark), 10)
    reader.cancel()

    async def ended() -> bool:
        return not await _running(http, mark)

    await until_true(ended, 10)
    if session:

        async def free() -> bool:
            async with http.post("/", data="SELECT 1", params=params) as response:
                return await response.read() == b"1\n"

        await until_true(free, 5)
