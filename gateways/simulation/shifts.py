"""What happens in a market at a known time: the ground truth an alert or a report is held against."""

from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Whale:
    """One account takes a part of the requests of some models, each ending in a tool call."""

    start_s: int
    end_s: int
    models: tuple[str, ...]
    part: float


@dataclass(frozen=True, slots=True)
class Outage:
    """Requests to one author's models fail."""

    start_s: int
    end_s: int
    author: str
    part: float


@dataclass(frozen=True, slots=True)
class PriceCut:
    """From a time on a model costs `factor` of its price, and is asked for `demand` times as much."""

    start_s: int
    model: str
    factor: float
    demand: float


@dataclass(frozen=True, slots=True)
class FreePromotion:
    """For a time a part of a model's requests is on the free variant, and demand is higher."""

    start_s: int
    end_s: int
    model: str
    part: float
    demand: float


@dataclass(frozen=True, slots=True)
class Launch:
    """A model appears and takes `share` of all tokens within `ramp_s`."""

    start_s: int
    model: str
    share: float
    ramp_s: int


Shift = Whale | Outage | PriceCut | FreePromotion | Launch


@dataclass(frozen=True, slots=True)
class Shifts:
    """All shifts of a scenario, by kind."""

    all: tuple[Shift, ...] = field(default=())

    def of(self, kind: type[Any]) -> tuple[Any, ...]:
        """Return the shifts of one kind, in order."""
        return tuple(shift for shift in self.all if isinstance(shift, kind))

    def told(self) -> list[dict[str, Any]]:
        """Return the shifts as JSON objects, times in RFC 3339."""
        return [{"kind": _kind(shift), **{_name(key): _told(key, value) for key, value in asdict(shift).items()}}
                for shift in self.all]  # fmt: skip


def _kind(shift: Shift) -> str:
    return {"Whale": "whale", "Outage": "outage", "PriceCut": "price-cut", "FreePromotion": "free-promo",
            "Launch": "launch"}[type(shift).__name__]  # fmt: skip


def _name(key: str) -> str:
    return key.removesuffix("_s") if key in ("start_s", "end_s") else key


def _told(key: str, value: object) -> object:
    if key in ("start_s", "end_s") and isinstance(value, int):
        return datetime.fromtimestamp(value, UTC).isoformat().replace("+00:00", "Z")
    return value
