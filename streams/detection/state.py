"""What a watch remembers between ticks: small, and JSON, so that any leader goes on where the last one stood."""

from enum import StrEnum
from typing import Self

from pydantic import BaseModel, ConfigDict

from tokentide.schemas.alert import AlertClass


class Status(StrEnum):
    """What can be said of a watch now."""

    UNKNOWN = "unknown"
    """Too little history or too few events to tell: not the same as OK."""
    NO_DATA = "no_data"
    OK = "ok"
    OPEN = "open"


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Alert(_Model):
    """The open alert of a watch; times are seconds since 1970."""

    alert_class: AlertClass
    opened_at: int
    onset: int
    driver: str
    track: str
    window_s: int
    stands_since: int
    """From when on the new level stands: the onset, of the last step if there was a second."""
    reference: dict[str, float] | None = None
    """How far each member stands from its baseline since (logit or logarithm); None until the window has settled."""
    calm: int = 0
    """Ticks in a row that look like the baseline."""
    told: float
    """What `delta_pp` was when it was told."""


class Drift(_Model):
    """Cumulative sums of one member, in units of its daily deviation."""

    up: float = 0.0
    down: float = 0.0
    reference: float
    """Log-ratio the sums count from."""


class WatchState(_Model):
    """Everything a watch remembers.

    Attributes:
        tick: end of the last tick seen; a tick at or before it changes nothing.
        status: see `Status`.
        reason: why it is unknown, in words; '' else.
        alert: the open alert, if any.
        pending: tests that held at the last tick, with the ticks in a row: `fast:deepseek:-` → 1.
        breaks: seconds from which on the baseline starts anew, oldest first.
        excluded: spans of seconds that the baseline leaves out.
        known: members an alert has named, with the second it did: they are told as new once.
        drifts: by member.
        drift_day: the day (number since 1970) the cumulative sums have seen.
        window_s: the window shifts are judged in now, by the detection limit.
    """

    tick: int = 0
    status: Status = Status.UNKNOWN
    reason: str = "no tick yet"
    alert: Alert | None = None
    pending: dict[str, int] = {}
    breaks: tuple[int, ...] = ()
    excluded: tuple[tuple[int, int], ...] = ()
    known: dict[str, int] = {}
    drifts: dict[str, Drift] = {}
    drift_day: int = 0
    window_s: int = 0

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Return the state `to_json` wrote."""
        return cls.model_validate_json(text)

    def to_json(self) -> str:
        """Return the state as one line of JSON."""
        return self.model_dump_json()
