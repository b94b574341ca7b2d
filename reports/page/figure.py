"""What a figure of the page is: a metric of the registry, how it is asked, and how it is drawn."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any, Final

from tokentide.reports.metric import Metric
from tokentide.reports.registry import metric

BY_UNIT: Final[Mapping[str, str]] = {"tokens": "tokens", "requests": "requests", "usd": "cost_usd"}
"""The column of an amount, by unit."""
AMOUNT: Final = "amount"
"""Stands for the column of `BY_UNIT` in a figure's declaration."""


class Chart(StrEnum):
    """How a figure is drawn."""

    AREA = "area"
    COLUMNS = "columns"
    LINES = "lines"
    BARS = "bars"
    STACKS = "stacks"
    SCATTER = "scatter"
    HEAT = "heat"
    NUMBERS = "numbers"
    TABLE = "table"


class Kind(StrEnum):
    """How a value is written."""

    SHARE = "share"
    COUNT = "count"
    TOKENS = "tokens"
    USD = "usd"
    PRICE = "price"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Value:
    """A column of the answer that a figure shows: its name, how it is called and how it is written."""

    column: str
    label: str
    kind: Kind

    def describe(self) -> dict[str, str]:
        """Return it as one JSON object."""
        return {"column": self.column, "label": self.label, "kind": str(self.kind)}


SHARE: Final = Value("share", "Share", Kind.SHARE)
VOLUME: Final = Value(AMOUNT, "Amount", Kind.TOKENS)


@dataclass(frozen=True)
class Figure:
    """One figure.

    Attributes:
        id: its stable name on the page.
        metric_id: the metric it shows.
        chart: how it is drawn.
        values: the columns drawn, the first is the main one.
        title: what it is called; '' takes the metric's title.
        by: dimension asked for; '' takes the metric's own.
        parts: dimension that splits each of `by` (stacks).
        bucketed: over time, else one answer for the period.
        whole: over all that is stored, whatever the period.
        top: groups before `other`; None takes the metric's.
        filters: restrictions of the population.
        extra: further columns of the table.
        need: the field without which it is empty; see `fields`.
        palette: what its groups are coloured as.
        every_s: seconds between two asks while data comes in.
        wide: takes the whole row.
        silence: what it says where it has no rows.
        options: of the drawing.
    """

    id: str
    metric_id: str
    chart: Chart
    values: tuple[Value, ...] = (SHARE,)
    title: str = ""
    by: str = ""
    parts: str = ""
    bucketed: bool = False
    whole: bool = False
    top: int | None = None
    filters: Mapping[str, str] = field(default_factory=dict)
    extra: tuple[Value, ...] = ()
    need: str = ""
    palette: str = ""
    every_s: float = 15.0
    wide: bool = False
    silence: str = "Nothing to show for this period."
    options: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def metric(self) -> Metric:
        """The registry's entry."""
        return metric(self.metric_id)

    @property
    def name(self) -> str:
        """What it is called."""
        return self.title or self.metric.title

    def unit(self, wanted: str) -> str:
        """Return the unit it is asked in: the one wanted where its metric has it, else the metric's own."""
        legal = [str(unit) for unit in self.metric.units]
        return wanted if wanted in legal else legal[0]

    def shown(self, unit: str) -> tuple[Value, ...]:
        """Return the columns shown in a unit: those drawn, then the table's further ones."""
        return tuple(_of_unit(value, self.unit(unit)) for value in (*self.values, *self.extra))


def _of_unit(value: Value, unit: str) -> Value:
    if value.column != AMOUNT:
        return value
    label = {"usd": "USD"}.get(unit, unit.capitalize())
    return Value(BY_UNIT[unit], label, Kind.USD if unit == "usd" else Kind.TOKENS)
