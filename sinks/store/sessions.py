"""Sessions: a connection of its own each, for one request at a time, closed when left unused."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from tokentide.sinks.store.connection import Connection
from tokentide.sinks.store.errors import StoreError

_MOST: Final = 500


@dataclass(slots=True)
class Session:
    """One session.

    Attributes:
        connection: its own.
        busy: a request is using it.
        expires: when it is closed if left alone, on the monotonic clock, in seconds.
    """

    connection: Connection
    busy: bool = True
    expires: float = 0.0


@dataclass(slots=True)
class Sessions:
    """All open sessions, by user-given id. Used from the event loop only."""

    _open: dict[str, Session] = field(default_factory=dict)

    def take(self, name: str, connect: Callable[[], Connection], *, must_exist: bool) -> Session:
        """Return the session of this id for one request, opening it if need be.

        Raises:
            StoreError: it is busy, or does not exist although it must, or there are too many.
        """
        session = self._open.get(name)
        if session is not None and session.busy:
            raise StoreError(373, "SESSION_IS_LOCKED", f"Session {name} is locked by a concurrent client")
        if session is None:
            if must_exist:
                raise StoreError(372, "SESSION_NOT_FOUND", f"Session {name} not found")
            if len(self._open) >= _MOST:
                raise StoreError(202, "TOO_MANY_SIMULTANEOUS_QUERIES", f"Too many sessions: {_MOST}")
            session = self._open[name] = Session(connect())
        session.busy = True
        return session

    def give_back(self, session: Session, timeout: float, now: float | None = None) -> None:
        """Let the next request have the session, within timeout seconds."""
        session.busy = False
        session.expires = (time.monotonic() if now is None else now) + timeout

    def drop(self, session: Session) -> None:
        """Forget a session; the caller closes its connection."""
        self._open = {name: other for name, other in self._open.items() if other is not session}

    def expired(self, now: float) -> list[Session]:
        """Forget and return the sessions left alone for too long."""
        old = [session for session in self._open.values() if not session.busy and session.expires <= now]
        for session in old:
            self.drop(session)
        return old

    def all(self) -> list[Session]:
        """Forget and return every session."""
        every = list(self._open.values())
        self._open.clear()
        return every
