"""What is watched and when it is told: `infra/alerts.yml`, checked as a whole. Every value has a default."""

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from tokentide.schemas.duration import Duration
from tokentide.schemas.errors import UsageError

CELL_S: Final = 300
"""Seconds of a cell, and between two ticks of the detector."""

WINDOWS_S: Final = (900, 3_600, 7_200, 21_600, 86_400)
"""Windows a series may be judged in, shortest first."""


class Kind(StrEnum):
    """What a watch measures."""

    SHARE = "share"
    """Shares of the members of a dimension; they sum to 1."""
    RATIO = "ratio"
    """One share of a whole: two members, of which the first is judged."""
    MEAN = "mean"
    """An amount per event."""
    VOLUME = "volume"
    """The amount itself; only its fall and its absence are told."""


WATCHABLE: Final[Mapping[str, Kind]] = {
    "author": Kind.SHARE,
    "model": Kind.SHARE,
    "source_group": Kind.SHARE,
    "category": Kind.SHARE,
    "provider": Kind.SHARE,
    "billing_country": Kind.SHARE,
    "language": Kind.SHARE,
    "tool_call_rate": Kind.RATIO,
    "reasoning_share": Kind.RATIO,
    "error_rate": Kind.RATIO,
    "cancelled_rate": Kind.RATIO,
    "mean_sequence_length": Kind.MEAN,
    "total_volume": Kind.VOLUME,
}
"""Every name a watch can have. Shares, mean length: of tokens unless `unit` says requests; rates: of requests."""


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


Points = Annotated[float, Field(gt=0, le=100)]
Positive = Annotated[float, Field(gt=0)]


class Track(_Model):
    """One of the two tests of a shift: window, and the smallest change worth a page."""

    window: Duration
    delta_pp: Points
    delta_logit: Positive
    ticks: int = Field(ge=1, le=12)
    """Ticks in a row the change must stand."""

    @field_validator("window")
    @classmethod
    def _is_known(cls, window: timedelta) -> timedelta:
        if window.total_seconds() not in WINDOWS_S:
            raise ValueError("must be one of 15m, 1h, 2h, 6h, 24h")
        return window

    @property
    def window_s(self) -> int:
        """Return the window in seconds."""
        return int(self.window.total_seconds())


_FAST: Final = Track(window=timedelta(minutes=15), delta_pp=5, delta_logit=0.18, ticks=2)
_SLOW: Final = Track(window=timedelta(hours=2), delta_pp=3, delta_logit=0.12, ticks=2)


class Watch(_Model):
    """One composition, ratio, mean or volume; `name` comes from the key in the file."""

    name: str
    enabled: bool = True
    unit: Literal["tokens", "requests"] = "tokens"
    """Of shares and volume; rates are of requests and means of tokens, always."""
    top: int = Field(20, ge=1, le=300)
    """Members told apart; the rest is `other`."""
    ignore: tuple[str, ...] = ()
    """Members that are in the whole but never open an alert."""

    @field_validator("name")
    @classmethod
    def _can_be_watched(cls, name: str) -> str:
        if name not in WATCHABLE:
            raise ValueError(f"{name!r} is not one of {', '.join(WATCHABLE)}")
        return name

    @property
    def kind(self) -> Kind:
        """Return what this watch measures."""
        return WATCHABLE[self.name]


_TRACKS: Final = (("fast", _FAST), ("slow", _SLOW))


def _is_table(value: object) -> bool:
    return isinstance(value, dict)


class Thresholds(_Model):
    """When an alert opens and ends; the defaults were set by simulation, see docs/alerting.md."""

    fast: Track = _FAST
    slow: Track = _SLOW
    z_open: float = Field(5.0, ge=3)
    """No series opens below this many standard deviations."""
    z_headroom: float = Field(1.15, ge=1)
    """… nor below this multiple of its own highest quantile."""
    n_eff: float = Field(300, ge=30)
    """Effective events a window must hold; below, the series is UNKNOWN."""
    worst_limit_pp: Points = 10.0
    """A series is judged in the shortest window that can show this much."""
    minimum_history: Duration = timedelta(days=7)
    accept_after: Duration = timedelta(hours=24)
    open_at_most: Duration = timedelta(hours=72)
    volume_drop: float = Field(0.5, gt=0, lt=1)
    """Part of the total volume whose loss is told."""
    outage: float = Field(0.9, gt=0, le=1)
    """Part of a member's own volume whose loss is an outage."""
    expected_events: float = Field(20, ge=5)
    """No data, and no outage, where fewer events are expected in the window."""
    new_member_pp: Points = 2.0
    whale: float = Field(0.5, gt=0, le=1)
    """Part of the change that one account makes."""
    promotion_price: float = Field(0.3, gt=0, lt=1)
    """Fall of the driver's price per unit that makes a rise a promotion."""
    drift_pp: Points = 3.0
    """Least change from its reference that a slow drift has made when it is told."""

    @model_validator(mode="before")
    @classmethod
    def _tracks_in_part(cls, given: Any) -> Any:
        """Fill a track that the file names in part."""
        if not isinstance(given, dict):
            return given
        whole = {name: default.model_dump() | given[name] for name, default in _TRACKS if _is_table(given.get(name))}
        return given | whole


class Notifications(_Model):
    """Who is told, and how often."""

    alertmanager: str | None = Field(None, pattern=r"https?://\S+")
    """Base URL of each instance, with commas between."""
    webhook: str | None = Field(None, pattern=r"https?://\S+")
    stdout: bool = True
    resend: Duration = timedelta(minutes=1)
    retry_for: Duration = timedelta(seconds=20)
    """How long one round may try one channel; the next round begins anew."""
    dashboard: str | None = Field(None, pattern=r"https?://\S+")
    runbooks: str | None = Field(None, pattern=r"https?://\S+")
    """Where docs/runbooks/ can be read."""


def _all_watches() -> dict[str, Watch]:
    return {name: Watch(name=name) for name in WATCHABLE}


class AlertRules(_Model):
    """The whole file."""

    thresholds: Thresholds = Thresholds()
    notify: Notifications = Notifications()
    watch: dict[str, Watch] = Field(default_factory=_all_watches)
    """By name; what the file does not name has its defaults, what it sets to `enabled: false` is off."""

    @model_validator(mode="before")
    @classmethod
    def _named(cls, given: Any) -> Any:
        if not isinstance(given, dict) or not isinstance(given.get("watch", {}), dict):
            return given
        named = given.get("watch", {})
        return given | {"watch": {name: _with_name(name, named.get(name, {})) for name in (*WATCHABLE, *named)}}

    @property
    def enabled(self) -> tuple[Watch, ...]:
        """Return what is watched, in the order of WATCHABLE."""
        return tuple(watch for watch in self.watch.values() if watch.enabled)


def _with_name(name: object, given: Any) -> Any:
    return {"name": name} | given if isinstance(given, dict) else given


def parse_rules(text: str, file: str = "alerts.yml") -> AlertRules:
    """Return the rules a YAML text holds; an empty one holds the defaults.

    Raises:
        UsageError: lists every fault at once, by the path of its key.
    """
    try:
        given = yaml.safe_load(text)
        return AlertRules.model_validate({} if given is None else given)
    except yaml.YAMLError as error:
        raise UsageError(f"{file}: not YAML: {' '.join(str(error).split())}") from error
    except ValidationError as error:
        raise UsageError(_told(file, error)) from error


def load_rules(path: Path | None) -> AlertRules:
    """Return the rules of a file, or the defaults without one.

    Raises:
        UsageError: the file cannot be read or holds faults, all of which are told.
    """
    if path is None:
        return AlertRules()
    try:
        return parse_rules(path.read_text(encoding="utf-8"), path.name)
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path.name}: cannot be read: {error}") from error


def _told(file: str, error: ValidationError) -> str:
    faults = [f"  {'.'.join(map(str, each['loc'])) or 'file'}: {each['msg']}" for each in error.errors()]
    told = [fault.replace("Value error, ", "") for fault in faults]
    return "\n".join([f"{file}: {len(told)} fault(s):", *told])
