"""Named points between the writes of a batch, where a test may stop the process; free in production."""

import os
import signal
from collections.abc import Callable
from itertools import count
from typing import Final

from tokentide.schemas.errors import UsageError
from tokentide.streams.settlement import Step

POINTS: Final = tuple(step.name.lower() for step in Step)
"""Just after each step of a settlement."""

FaultPoint = Callable[[Step], None]


def never(point: Step) -> None:
    """Do nothing: production."""


def fault_point(spec: str | None) -> FaultPoint:
    """Return a hook that kills this process when a point is reached for the n-th time.

    Args:
        spec: `point` or `point:n` (n from 1); None or '' for production.

    Raises:
        UsageError: no such point.
    """
    if not spec:
        return never
    name, _, nth = spec.partition(":")
    if name not in POINTS or not (nth or "1").isdecimal():
        raise UsageError(f"TOKENTIDE_FAULT_POINT is {spec!r}; the points are {', '.join(POINTS)}")
    reached = count(1)

    def kill(point: Step) -> None:
        if point.name.lower() == name and next(reached) == int(nth or "1"):
            os.kill(os.getpid(), signal.SIGKILL)

    return kill


class LostMembershipError(Exception):
    """The group has not acknowledged this worker for a session: another may own its partitions. Exit 70."""


class StoppedPartitionError(Exception):
    """This partition must not go on until a person has looked; the others may."""
