"""The SQL of a panel: the registry's own statement, its parameters replaced by Grafana's macros and variables."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from tokentide.reports.answer import statement
from tokentide.reports.dimensions import dimensions
from tokentide.reports.grafana import span
from tokentide.reports.grafana.variables import UNIT, UNITS, Variable, applicable, marked, named, restricted
from tokentide.reports.levels import Plan
from tokentide.reports.metric import Metric
from tokentide.reports.periods import ALL_S
from tokentide.reports.question import Question
from tokentide.reports.registry import metric
from tokentide.reports.request import Request, resolve

_PARAMETER: Final = re.compile(r"(?<!\$)\{(\w+):\w+(?:\(\w+\))?\}")


@dataclass(frozen=True, slots=True)
class Asked:
    """What a panel asks of the registry.

    Attributes:
        metric: its id.
        by: dimension; None for the metric's own, '' for none.
        top: groups kept before `other`; None for the metric's own.
        filters: what the panel restricts beside the variables.
        total: one row for the whole range instead of one per bucket.
        least_s: shortest bucket.
    """

    metric: str
    by: str | None = None
    top: int | None = None
    filters: Mapping[str, Sequence[str]] = field(default_factory=dict)
    total: bool = False
    least_s: int = 10

    @property
    def entry(self) -> Metric:
        """The registry's entry."""
        return metric(self.metric)

    @property
    def question(self) -> Question:
        """The checked question, variables included."""
        plain = self._resolved({})
        return self._resolved(marked(each for each in self.variables if each.name not in plain.filters))

    @property
    def variables(self) -> tuple[Variable, ...]:
        """The variables that restrict its population: those its rows have and it does not fix itself."""
        plain = self._resolved({})
        fixed = {each.dimension for each in plain.population}
        return tuple(each for each in applicable(plain.shape.origin) if each.name not in fixed)

    @property
    def has_unit(self) -> bool:
        """Whether the variable `unit` changes the answer."""
        return len(set(UNITS) & set(self.entry.units)) > 1

    def _resolved(self, more: Mapping[str, list[str]]) -> Question:
        found = resolve(
            Request(
                self.metric,
                by=self.by or None,
                bucket="all" if self.total or "bucket" not in metric(self.metric).grids else "1h",
                top=self.top,
                filters={**self.filters, **more},
            )
        )
        return replace(found, by=None) if self.by == "" else found


def rows(asked: Asked) -> str:
    """Return the registry's statement for Grafana; columns bucket, part, key and the metric's."""
    question = asked.question
    step = span.total_step_s() if asked.total else span.bucket_s(asked.least_s)
    level = span.level(question.shape.formula, question.shape.origin, step)
    sql, parameters = statement(question, Plan(level, 0, 0))
    sql = restricted(sql, parameters, dimensions(question.shape.origin))
    size = str(ALL_S) if asked.total else step
    return filled(
        sql,
        parameters,
        {
            "from_s": span.floored(span.FROM, step),
            "to_s": span.TO,
            "bucket_s": size,
            "unit": f"${{{UNIT}:singlequote}}" if asked.has_unit else literal(str(question.unit)),
        },
    )


def filled(sql: str, parameters: Mapping[str, Any], own: Mapping[str, str]) -> str:
    """Return a statement with every `{name:Type}` replaced: by SQL of ours, else by its value."""
    known = {**{name: literal(value) for name, value in parameters.items()}, **own}
    return _PARAMETER.sub(lambda found: known[found[1]], sql)


def literal(value: Any) -> str:
    """Return a value as ClickHouse writes it."""
    if isinstance(value, str):
        return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
    return f"[{', '.join(map(literal, value))}]" if isinstance(value, list | tuple) else json.dumps(value)


def series(asked: Asked, figures: Mapping[str, str], group: str | None = None) -> str:
    """Return SQL of a time series: time, the group's name if there is one, the figures.

    Args:
        asked: what is asked.
        figures: column of the answer → what it is called.
        group: what the group is called; None for no groups.
    """
    key = f", {named('key')} AS {quoted(group)}" if group else ""
    listed = ", ".join(f"{column} AS {quoted(name)}" for column, name in figures.items())
    return f"SELECT bucket AS time{key}, {listed} FROM (\n{rows(asked)}\n)\nORDER BY time"


def sample(asked: Asked) -> str:
    """Return SQL for how many events stand behind each bucket of `asked`."""
    return f"SELECT bucket AS time, sum(each.n) AS n FROM (\n{rows(asked)}\n) AS each\nGROUP BY time\nORDER BY time"


def table(asked: Asked, figures: Mapping[str, str], group: str | None = None, part: str | None = None) -> str:
    """Return SQL of a table of the whole range: part and group by their names, then the figures."""
    keys = [f"{named(column)} AS {quoted(name)}" for column, name in (("part", part), ("key", group)) if name]
    listed = ", ".join((*keys, *(f"{column} AS {quoted(name)}" for column, name in figures.items())))
    return f"SELECT {listed} FROM (\n{rows(asked)}\n)"


def quoted(name: str) -> str:
    """Return a column's name as SQL."""
    return f'"{name}"'
