"""A broker that cannot be reached is one sentence that names address and setting, in time."""

import asyncio
import logging

import pytest

from tokentide.schemas.errors import UserError
from tokentide.schemas.kafka_address import parse_address
from tokentide.streams.brokers.admin import open_admin


async def test_a_closed_port_is_told_at_once(unused_tcp_port: int, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL)
    address = parse_address(f"kafka://127.0.0.1:{unused_tcp_port}")
    with pytest.raises(UserError) as caught:
        async with asyncio.timeout(5), open_admin(address):
            pass
    told = str(caught.value)
    assert told.startswith(f"Kafka at kafka://127.0.0.1:{unused_tcp_port} cannot be reached (TOKENTIDE_KAFKA)")
    assert "\n" not in told


async def test_a_server_that_never_answers_costs_the_deadline_and_no_more(unused_tcp_port: int) -> None:
    async def mute(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    server = await asyncio.start_server(mute, "127.0.0.1", unused_tcp_port)
    address = parse_address(f"kafka://127.0.0.1:{unused_tcp_port}")
    async with server:
        with pytest.raises(UserError, match=r"cannot be reached|did not answer within 0\.5 s"):
            async with asyncio.timeout(5), open_admin(address, deadline_s=0.5):
                pass
