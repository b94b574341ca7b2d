"""A worker's place in the consumer group, as a partition loop needs it."""

from typing import Protocol

from faust.types import TP

from tokentide.streams.plan import Commit
from tokentide.streams.planner import LogRange


class Member(Protocol):
    """This worker's place in the consumer group; `transport.Consumer` is one."""

    @property
    def heartbeat_age_s(self) -> float:
        """Seconds since the coordinator last acknowledged this member."""

    async def fenced_commit(self, tp: TP, commit: Commit, generation: int) -> None:
        """Commit once in this generation, or raise FencedError."""

    async def committed(self, tp: TP) -> Commit | None:
        """Read back what the group committed."""

    async def log_range(self, tp: TP) -> LogRange:
        """Ask which offsets the broker has."""

    async def position(self, tp: TP) -> int:
        """Return the offset after the last record fetched, or -1 while it is being found out."""

    async def seek_back(self, tp: TP, offset: int) -> int:
        """Fetch from `offset` on; return the seek count that proves it."""
