"""A question about a metric, as asked and as checked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from tokentide.reports.formulas import Unit
from tokentide.reports.periods import Grid, epoch_s, grid
from tokentide.reports.registry import Metric, metric
from tokentide.schemas.errors import UsageError


@dataclass(frozen=True, slots=True)
class Request:
    """What a caller asks: option values as typed, bounds as times (UTC where naive).

    `start` and `end` bound the bucket starts [start, end), or the ends of rolling windows [start, end].
    `filters` restrict the population: dimension → the value, or values, to keep.
    """

    metric: str
    by: str | None = None
    unit: str | None = None
    bucket: str | None = None
    window: str | None = None
    every: str | None = None
    start: datetime | None = None
    end: datetime | None = None
    top: int | None = None
    filters: Mapping[str, str | Sequence[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Question:
    """A request whose every part is legal; times in epoch seconds."""

    metric: Metric
    by: str | None
    unit: Unit
    grid: Grid
    start_s: int | None
    end_s: int | None
    top: int | None
    filters: Mapping[str, tuple[str, ...]]


def resolve(request: Request) -> Question:
    """Check a request against the registry and fill its defaults.

    Raises:
        UsageError: a metric, dimension, unit, bucket, window or bound is not legal; it lists what is.
    """
    entry = metric(request.metric)
    start_s, end_s = _bounds(request)
    if request.top is not None and request.top < 1:
        raise UsageError("--top must be at least 1")
    return Question(
        metric=entry,
        by=_dimension(entry, request.by) if request.by is not None else entry.by,
        unit=_unit(entry, request.unit),
        grid=grid(request.bucket, request.window, request.every),
        start_s=start_s,
        end_s=end_s,
        top=request.top if request.top is not None else entry.top,
        filters={_dimension(entry, name): _values(value) for name, value in request.filters.items()},
    )


def _dimension(entry: Metric, name: str) -> str:
    if name not in entry.dimensions:
        raise UsageError(f"{entry.id} has no dimension '{name}': use one of {', '.join(entry.dimensions)}")
    return name


def _unit(entry: Metric, unit: str | None) -> Unit:
    if unit is None:
        return entry.units[0]
    if unit not in entry.units:
        raise UsageError(f"{entry.id} has no unit '{unit}': use one of {', '.join(entry.units)}")
    return Unit(unit)


def _bounds(request: Request) -> tuple[int | None, int | None]:
    start_s = None if request.start is None else epoch_s(request.start, "--from")
    end_s = None if request.end is None else epoch_s(request.end, "--to")
    rolling = request.window is not None
    if start_s is not None and end_s is not None and (end_s < start_s or (end_s == start_s and not rolling)):
        raise UsageError("--to must be later than --from")
    return start_s, end_s


def _values(value: str | Sequence[str]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)
