"""A connection for the time of one request, and the promise that nobody's query outlives its reader."""

import asyncio
from collections.abc import Callable
from typing import Final, ParamSpec, TypeVar

from tokentide.sinks.store.connection import Connection
from tokentide.sinks.store.engine import Engine
from tokentide.sinks.store.request import Request
from tokentide.sinks.store.sessions import Session, Sessions

P = ParamSpec("P")
T = TypeVar("T")

_AGAIN_S: Final = 0.05


class Lease:
    """What one request holds: a session's connection, or one of its own that is closed afterwards.

    A reader's is always its own: nothing outlives the request, so there is no session to share or to take over.
    """

    def __init__(self, engine: Engine, sessions: Sessions, request: Request, *, reads: bool = False) -> None:
        self._engine = engine
        self._sessions = sessions
        self._timeout = request.session_timeout
        self._session: Session | None = None
        self._open = True
        self._ends = request.options.get("close_session") == "1"
        self.marker = request.marker
        name = request.options.get("session_id")
        if reads or name is None:
            self.connection: Connection = engine.connect_reader() if reads else engine.connect()
            return
        must_exist = request.options.get("session_check") == "1"
        self._session = sessions.take(name, engine.connect, must_exist=must_exist)
        self.connection = self._session.connection

    @property
    def in_session(self) -> bool:
        """True if the connection outlives the request."""
        return self._session is not None

    async def step(self, function: Callable[P, T], *args: P.args, **options: P.kwargs) -> T:
        """Run one blocking call; if the request is cancelled meanwhile, kill its query and wait for its end."""
        call = asyncio.ensure_future(self._engine.run(function, *args, **options))
        try:
            return await asyncio.shield(call)
        except asyncio.CancelledError:
            await asyncio.shield(asyncio.ensure_future(self._stop(call)))
            raise

    async def release(self) -> None:
        """Give the connection back; harmless when repeated."""
        if not self._open:
            return
        self._open = False
        if self._session is not None and not self._ends:
            self._sessions.give_back(self._session, self._timeout)
            return
        if self._session is not None:
            self._sessions.drop(self._session)
        await asyncio.shield(asyncio.ensure_future(self._engine.run(self.connection.close)))

    async def _stop(self, call: "asyncio.Future[T]") -> None:
        while not call.done():
            await self._engine.kill(self.marker)
            await asyncio.wait({call}, timeout=_AGAIN_S)
        if not call.cancelled():
            call.exception()
