"""One named, written definition, with the formulas that compute it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from tokentide.reports.computed import Computed
from tokentide.reports.dimensions import Origin, dimensions
from tokentide.reports.formulas import Formula, Unit
from tokentide.reports.periods import BUCKETS, WINDOWS

VIEWED: Final = ("token-share-by-author", "tool-call-rate", "sequence-length")
"""Metrics that a store has views of. Every view is read whenever the store is opened; all others are queries."""


@dataclass(frozen=True, slots=True)
class Definition:
    """What a metric is, in words a reader can recompute it from."""

    numerator: str
    denominator: str
    population: str
    filters: str

    @property
    def sentence(self) -> str:
        """Return the definition as one text."""
        return (
            f"Numerator: {self.numerator}. Denominator: {self.denominator}. "
            f"Population: {self.population}. Filters: {self.filters}."
        )


@dataclass(frozen=True, slots=True)
class Shape:
    """How a metric is computed from one kind of rows.

    Attributes:
        origin: which rows.
        formula: SQL of one statement, or a computation of its own.
        coverage: how known_share is found where the rows alone cannot tell: 'classified' or 'sampled'
            attempts of all, 'located' or 'language' for places; '' where the formula tells.
        by: dimensions it serves; None means all that its rows have.
    """

    origin: Origin
    formula: Formula | Computed
    coverage: str = ""
    by: tuple[str, ...] | None = None

    @property
    def serves(self) -> tuple[str, ...]:
        """The dimensions it can be split by."""
        return tuple(dimensions(self.origin)) if self.by is None else self.by


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric.

    Attributes:
        id: its stable name.
        title: what a panel is called.
        study: ids of the study's figures it answers.
        definition: in words.
        unit: unit of the figure.
        units: legal values of --unit, the first is the default.
        shapes: how it is computed; the first that has the dimension asked for is used.
        by: dimension it is split by unless asked otherwise.
        within: dimension whose values each have their own whole.
        top: how many groups are kept before `other`; None keeps all.
        top_within: whether `top` counts parts instead of groups.
        fixed: what the population is restricted to, always: dimension → values; a name that ends in ! excludes.
        default: the same, unless the question filters that dimension.
        grids: whether calendar buckets and rolling windows make sense.
        options: what else a question may choose: option → legal values, the first is the default.
        caveats: what a reader must know.
        readings: the other readings of the study's words, and how to ask for them.
    """

    id: str
    title: str
    study: tuple[str, ...]
    definition: Definition
    unit: str
    units: tuple[Unit, ...]
    shapes: tuple[Shape, ...]
    by: str | None = None
    within: str | None = None
    top: int | None = None
    top_within: bool = False
    fixed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    default: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    grids: tuple[str, ...] = ("bucket", "window")
    options: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    caveats: tuple[str, ...] = ()
    readings: tuple[str, ...] = ()

    @property
    def family(self) -> str:
        """The rows it is computed from unless asked otherwise."""
        return str(self.shapes[0].origin)

    @property
    def dimensions(self) -> tuple[str, ...]:
        """The dimensions it can be split by."""
        return tuple(dict.fromkeys(name for shape in self.shapes for name in shape.serves))

    @property
    def restrictions(self) -> tuple[str, ...]:
        """The dimensions its population can be restricted by."""
        return tuple(dict.fromkeys(name for shape in self.shapes for name in dimensions(shape.origin)))

    @property
    def view(self) -> str | None:
        """The name a report view of it has; None where its figures are not one statement."""
        return None if isinstance(self.shapes[0].formula, Computed) else self.id.replace("-", "_")

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of its answer, after time and dimensions."""
        return (*self.shapes[0].formula.columns, *(("known_share",) if self.shapes[0].coverage else ()))

    @property
    def views(self) -> tuple[str, ...]:
        """The views that a store has of it: of the three figures of the cards, one by bucket and a rolling one."""
        return (self.view, f"rolling_{self.view}") if self.view and self.id in VIEWED else ()

    def describe(self) -> dict[str, Any]:
        """Return the entry as one JSON object; `units` are the legal values of --unit."""
        return {
            "id": self.id,
            "title": self.title,
            "study": list(self.study),
            "definition": self.definition.sentence,
            "numerator": self.definition.numerator,
            "denominator": self.definition.denominator,
            "population": self.definition.population,
            "filters": self.definition.filters,
            "unit": self.unit,
            "units": [str(unit) for unit in self.units],
            "dimensions": list(self.dimensions),
            "default_dimension": self.by,
            "filters_by": list(self.restrictions),
            "within": self.within,
            "top": self.top,
            "buckets": list(BUCKETS) if "bucket" in self.grids else [],
            "windows": list(WINDOWS) if "window" in self.grids else [],
            "options": {name: list(values) for name, values in self.options.items()},
            "family": self.family,
            "columns": list(self.columns),
            "views": list(self.views),
            "caveats": list(self.caveats),
            "readings": list(self.readings),
        }
