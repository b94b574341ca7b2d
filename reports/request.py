"""A question about a metric, as asked and as checked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from tokentide.reports.dimensions import Origin, dimensions
from tokentide.reports.filters import EXCLUDES, Filter, parse
from tokentide.reports.formulas import Unit
from tokentide.reports.metric import Metric, Shape
from tokentide.reports.periods import Calendar, Grid, epoch_s, grid
from tokentide.reports.question import Question
from tokentide.reports.registry import metric
from tokentide.schemas.errors import UsageError

__all__ = ["Question", "Request", "resolve"]


@dataclass(frozen=True, slots=True)
class Request:
    """What a caller asks: option values as typed, bounds as times (UTC where naive).

    `start` and `end` bound the bucket starts [start, end), or the ends of rolling windows [start, end].
    `filters` restrict the population: dimension → the value, or values, to keep; a name that ends in ! leaves
    them out. `at` is the dated event that a before-and-after metric is about.
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
    at: datetime | None = None
    options: Mapping[str, str] = field(default_factory=dict)


def resolve(request: Request) -> Question:
    """Check a request against the registry and fill its defaults.

    Raises:
        UsageError: a metric, dimension, unit, bucket, window or bound is not legal; it lists what is.
    """
    entry = metric(request.metric)
    start_s, end_s = _bounds(request)
    if request.top is not None and request.top < 1:
        raise UsageError("--top must be at least 1")
    by = _dimension(entry, request.by) if request.by is not None else entry.by
    asked = {name: _values(value) for name, value in request.filters.items()}
    filtered = [_restriction(entry, name.removesuffix(EXCLUDES)) for name in asked]
    unit = _unit(entry, request.unit)
    shape = _shape(entry, unit, by, filtered)
    return Question(
        metric=entry,
        shape=shape,
        by=by,
        unit=unit,
        grid=_grid(entry, request),
        start_s=start_s,
        end_s=end_s,
        top=request.top if request.top is not None else entry.top,
        filters=asked,
        population=_population(entry, shape, asked),
        at_s=None if request.at is None else epoch_s(request.at, "--at"),
        options=_options(entry, request.options),
    )


def _shape(entry: Metric, unit: Unit, by: str | None, filtered: Sequence[str]) -> Shape:
    """Return the first of a metric's shapes whose rows have every dimension the question names.

    Raises:
        UsageError: no rows have them together.
    """
    for shape in entry.shapes:
        counts_accounts = shape.origin is Origin.ACCOUNTS
        if Unit.ACCOUNTS in entry.units and counts_accounts != (unit is Unit.ACCOUNTS):
            continue
        split = by is None or by in shape.serves
        if split and all(_has(shape, name) for name in filtered):
            return shape
    named = " and ".join(dict.fromkeys(name for name in (by, *filtered) if name is not None))
    raise UsageError(f"{entry.id} has no rows with {named} together in unit {unit}: ask for them one by one")


def _population(entry: Metric, shape: Shape, asked: Mapping[str, tuple[str, ...]]) -> tuple[Filter, ...]:
    """Return every restriction: the metric's own, its default where the question names no other, those asked for."""
    named = {name.removesuffix(EXCLUDES) for name in asked}
    default = (each for each in parse(entry.default) if each.dimension not in named and _has(shape, each.dimension))
    return (*parse(entry.fixed), *default, *parse(asked))


def _has(shape: Shape, name: str) -> bool:
    return name in dimensions(shape.origin)


def _options(entry: Metric, asked: Mapping[str, str]) -> Mapping[str, str]:
    """Return a legal value for each option of a metric: the one asked for, else the first."""
    for name, value in asked.items():
        if name not in entry.options:
            raise UsageError(f"{entry.id} has no --{name}")
        if value not in entry.options[name]:
            raise UsageError(f"{entry.id} has no {name} '{value}': use one of {', '.join(entry.options[name])}")
    return {name: asked.get(name, values[0]) for name, values in entry.options.items()}


def _grid(entry: Metric, request: Request) -> Grid:
    found = grid(request.bucket, request.window, request.every)
    if request.window is not None and "window" not in entry.grids:
        raise UsageError(f"{entry.id} has no rolling windows: use --bucket")
    if isinstance(found, Calendar) and request.bucket not in (None, "all") and "bucket" not in entry.grids:
        raise UsageError(f"{entry.id} has no buckets: it is one answer for the period; use --from and --to")
    return found


def _dimension(entry: Metric, name: str) -> str:
    if name not in entry.dimensions:
        listed = ", ".join(entry.dimensions) or "none"
        raise UsageError(f"{entry.id} has no dimension '{name}': use one of {listed}")
    return name


def _restriction(entry: Metric, name: str) -> str:
    if name not in entry.restrictions:
        listed = ", ".join(entry.restrictions) or "none"
        raise UsageError(f"{entry.id} cannot be filtered by '{name}': use one of {listed}")
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
