"""What a trace becomes on its way to Kafka, and what the reader of one is told."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

DEFAULT_START: Final = datetime(2024, 1, 1, tzinfo=UTC)
UNKNOWN_MODEL: Final = "unknown/unknown"


@dataclass(frozen=True, slots=True)
class ReplayEvent:
    """One message ready to be sent.

    `key` is its event_id, or None where a broken line has none; `at_s` is its own time in unix seconds,
    or None where it cannot be read.
    """

    key: bytes | None
    message: bytes
    at_s: float | None


@dataclass(frozen=True, slots=True)
class Population:
    """What the trace does not say and the person who replays it declares.

    `gateway` names the traffic; `start` is second 0 of traces that count from their own beginning.
    """

    gateway: str
    start: datetime = DEFAULT_START


Reader = Callable[[Path, Population], Iterator[ReplayEvent]]


@dataclass(frozen=True, slots=True)
class Format:
    """A kind of file.

    Attributes:
        name: what `--format` calls it.
        read: its reader.
        gateway: what its events are published under by default.
        judges: whether its reader refuses broken lines; if not, the worker does.
    """

    name: str
    read: Reader
    gateway: str
    judges: bool = True
