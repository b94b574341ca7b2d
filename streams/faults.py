"""Named points between the writes of a batch, where a test may stop the process; free in production."""

from collections.abc import Callable
from typing import Final

POINTS: Final = (
    "planned",
    "dead_letters_written",
    "facts_written",
    "rollups_written",
)

FaultPoint = Callable[[str], None]


def never(point: str) -> None:
    """Do nothing: production."""


class LostMembershipError(Exception):
    """The group has not acknowledged this worker for a session: another may own its partitions. Exit 70."""


class StoppedPartitionError(Exception):
    """This partition must not go on until a person has looked; the others may."""
