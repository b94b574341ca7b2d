"""A question about a metric, once it is checked."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from tokentide.reports.filters import Filter
from tokentide.reports.formulas import Unit
from tokentide.reports.metric import Metric, Shape
from tokentide.reports.periods import Grid


@dataclass(frozen=True, slots=True)
class Question:
    """A request whose every part is legal; times in epoch seconds.

    `filters` are those asked for, `population` all that hold: the metric's own too.
    `options` has a legal value for each of the metric's options.
    """

    metric: Metric
    shape: Shape
    by: str | None
    unit: Unit
    grid: Grid
    start_s: int | None
    end_s: int | None
    top: int | None
    filters: Mapping[str, tuple[str, ...]]
    population: tuple[Filter, ...] = ()
    at_s: int | None = None
    options: Mapping[str, str] = field(default_factory=dict)
