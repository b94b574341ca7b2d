"""Inserts that bring data: fed to the engine as they arrive, committed at their end, given up on any fault."""

from collections.abc import AsyncIterator
from typing import Final

from tokentide.sinks.store.connection import Insertion, Written
from tokentide.sinks.store.engine import Engine, comment
from tokentide.sinks.store.errors import StoreError
from tokentide.sinks.store.lease import Lease
from tokentide.sinks.store.statement import Statement

_APPEND: Final = 1024 * 1024


async def insert(
    engine: Engine, lease: Lease, statement: Statement, first: bytes, rest: AsyncIterator[bytes]
) -> Written:
    """Insert the data of a statement.

    Args:
        engine: told that the outcome is unknown meanwhile.
        lease: whose connection has the request's settings.
        statement: split from its data.
        first: the data read along with the statement.
        rest: what follows.

    Raises:
        StoreError: the engine refuses the statement or its data; nothing of the current block is kept.
    """
    engine.doubt(lease.marker)
    try:
        insertion = await lease.step(
            lease.connection.begin_insert, comment(lease.marker) + statement.sql, statement.format or "Values"
        )
    except StoreError:
        engine.trust(lease.marker)
        raise
    try:
        await _feed(lease, insertion, first, rest)
        written = await lease.step(insertion.finish)
    except BaseException:
        await lease.step(insertion.cancel)
        raise
    engine.trust(lease.marker)
    return written


async def _feed(lease: Lease, insertion: Insertion, first: bytes, rest: AsyncIterator[bytes]) -> None:
    """Append in pieces large enough to be worth a thread switch."""
    waiting = bytearray(first)
    async for piece in rest:
        waiting += piece
        if len(waiting) >= _APPEND:
            await lease.step(insertion.append, bytes(waiting))
            waiting.clear()
    if waiting:
        await lease.step(insertion.append, bytes(waiting))
