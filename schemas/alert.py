"""What the detector says: the change of one alert, as it goes to ClickHouse, to Kafka and to people."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Final, Self

from pydantic import BaseModel, ConfigDict, Field

TOPIC: Final = "usage.alerts.v1"


class Urgency(StrEnum):
    """Whether somebody is woken."""

    PAGE = "page"
    TICKET = "ticket"


class AlertClass(StrEnum):
    """What kind of thing happened; each kind has one urgency and one runbook."""

    SHIFT = "shift"
    OUTAGE = "outage"
    VOLUME_DROP = "volume_drop"
    NO_DATA = "no_data"
    NEW_MEMBER = "new_member"
    PROMOTION = "promotion"
    SLOW_DRIFT = "slow_drift"
    WHALE = "whale"

    @property
    def urgency(self) -> Urgency:
        """Return the urgency of every alert of this class."""
        return URGENCY[self]


URGENCY: Final[Mapping[AlertClass, Urgency]] = {
    AlertClass.SHIFT: Urgency.PAGE,
    AlertClass.OUTAGE: Urgency.PAGE,
    AlertClass.VOLUME_DROP: Urgency.PAGE,
    AlertClass.NO_DATA: Urgency.PAGE,
    AlertClass.NEW_MEMBER: Urgency.TICKET,
    AlertClass.PROMOTION: Urgency.TICKET,
    AlertClass.SLOW_DRIFT: Urgency.TICKET,
    AlertClass.WHALE: Urgency.TICKET,
}


class ChangeKind(StrEnum):
    """What happened to the alert."""

    OPENED = "opened"
    STEPPED = "stepped"
    """A second shift while the first stands: tell people again."""
    CLOSED = "closed"
    """Back at the baseline."""
    ACCEPTED = "accepted"
    """Stood for a day, or was acknowledged as the new level: the baseline starts anew there."""
    EXPIRED = "expired"
    """Open for as long as an alert may be, without standing still."""

    @property
    def ends(self) -> bool:
        """Whether the alert is over."""
        return self in (ChangeKind.CLOSED, ChangeKind.ACCEPTED, ChangeKind.EXPIRED)


class AlertEvent(BaseModel):
    """One change of one alert; numbers are of the tick it was decided at.

    Shares are 0 to 1, changes of shares are in percentage points. Of a mean (`mean_sequence_length`) `baseline` and
    `current` are in its own unit and `delta_pp` and `limit_pp` in percent of the baseline; of a volume likewise.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    watch: str
    """Name of what is watched: `author`, `tool_call_rate`, …"""
    alert_class: AlertClass
    kind: ChangeKind
    at: datetime
    """End of the last closed window, UTC: event time, not the clock."""
    opened_at: datetime
    """The same, of the change that opened the alert; with `watch` it names the alert."""
    onset: datetime
    """When the shift began, as far as the windows tell."""
    driver: str
    """The member whose own volume moved most against its own baseline; '' of a whole."""
    track: str = Field(pattern="^(fast|slow|volume|member|drift)$")
    """Which test opened it."""
    window_s: int = Field(gt=0)
    baseline: float
    current: float
    delta_pp: float
    z: float
    z_open: float
    n_eff: float
    limit_pp: float
    """The smallest shift of this series the window can show."""
    driver_change: float
    """Of the driver's own volume, relative to its own baseline: -0.62 is −62 %."""
    total_change: float
    """Of the total volume, likewise."""
    account_share: float | None = None
    """Part of the driver's change that one account makes; absent where no account is known."""
    summary: str
    """One sentence for people; it names no account."""

    @property
    def urgency(self) -> Urgency:
        """Return the urgency of the class."""
        return self.alert_class.urgency

    @property
    def direction(self) -> str:
        """Return which way the driver's series went."""
        return "up" if self.delta_pp > 0 else "down"

    @property
    def alert_id(self) -> str:
        """Return the name of the alert: the same for all its changes, whoever decided them."""
        return name_alert(self.watch, self.opened_at)

    @property
    def change_id(self) -> str:
        """Return the name of this change: two leaders that see the same say the same."""
        return _digest(self.watch, self.opened_at.isoformat(), self.kind.value, self.at.isoformat())

    @property
    def key(self) -> bytes:
        """The record key: the name of the alert, so that its changes stay in order."""
        return self.alert_id.encode()

    def to_message(self) -> bytes:
        """Return the record value: compact UTF-8 JSON."""
        return self.model_dump_json(exclude_none=True).encode()

    @classmethod
    def from_message(cls, value: bytes) -> Self:
        """Return the change a record of the alerts topic holds."""
        return cls.model_validate_json(value)


def name_alert(watch: str, opened_at: datetime) -> str:
    """Return the name of the alert of a watch that opened at a time (UTC)."""
    return _digest(watch, opened_at.isoformat())


def _digest(*parts: str) -> str:
    return hashlib.sha256("\x00".join(parts).encode()).hexdigest()[:32]
