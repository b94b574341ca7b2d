"""One store for all tests here, and a database of its own for each."""

import itertools
from collections.abc import AsyncIterator, Iterator
from typing import Any

import aiohttp
import pytest
from support.store_process import StoreProcess

_numbers = itertools.count()


@pytest.fixture(scope="package")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StoreProcess]:
    path = tmp_path_factory.mktemp("store") / "data"
    with StoreProcess.start(path, "--read-only-listen", "127.0.0.1:0") as running:
        yield running


@pytest.fixture
def database(store: StoreProcess) -> Iterator[str]:
    name = f"test_{next(_numbers)}"
    with store.client() as client:
        client.command(f"CREATE DATABASE {name}")
        yield name
        client.command(f"DROP DATABASE {name} SYNC")


@pytest.fixture
def client(store: StoreProcess, database: str) -> Iterator[Any]:
    with store.client(database) as opened:
        yield opened


@pytest.fixture
async def http(store: StoreProcess) -> AsyncIterator[aiohttp.ClientSession]:
    """Plain HTTP, nothing compressed or decompressed on the way."""
    async with aiohttp.ClientSession(
        store.url, headers=store.headers, auto_decompress=False, skip_auto_headers=["Accept-Encoding", "Content-Type"]
    ) as session:
        yield session


@pytest.fixture
def reader(store: StoreProcess, database: str) -> Iterator[Any]:
    with store.reader(database) as opened:
        yield opened


@pytest.fixture
async def reading(store: StoreProcess) -> AsyncIterator[aiohttp.ClientSession]:
    """Plain HTTP as a reader."""
    async with aiohttp.ClientSession(
        store.readers_url, headers=store.reader_headers, skip_auto_headers=["Accept-Encoding", "Content-Type"]
    ) as session:
        yield session
