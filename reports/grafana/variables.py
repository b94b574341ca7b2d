"""The variables of the dashboards, and how a variable restricts a figure's population.

A dashboard variable enters a question as a filter whose one value is a marker. Whatever builds the statement
treats it like any filter; `restricted` then finds the marked parameters and puts the variable in their place.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from tokentide.reports.dimensions import Origin, dimensions, stored
from tokentide.reports.formulas import Unit
from tokentide.reports.levels import levels

NONE: Final = "(none)"
"""How a value that events left empty is shown and chosen."""

_MARK: Final = "$"
_OPTIONS_AT_MOST: Final = 1_000


@dataclass(frozen=True, slots=True)
class Variable:
    """One drop-down over the values of a dimension; several may be chosen, or all.

    Attributes:
        name: of the variable and of the dimension.
        label: what stands beside it.
    """

    name: str
    label: str

    @property
    def options(self) -> str:
        """SQL of the values to choose from, those with most events first."""
        value = named(f"usage.{self.name}")
        return (
            f"SELECT {value} AS value FROM {levels(Origin.MODEL).hourly.table} AS usage "
            f"GROUP BY value ORDER BY sum(usage.attempts) DESC, value LIMIT {_OPTIONS_AT_MOST}"
        )


VARIABLES: Final = (
    Variable("gateway", "Gateway"),
    Variable("tenant", "Tenant"),
    Variable("author", "Author"),
    Variable("model", "Model"),
)
UNIT: Final = "unit"
UNITS: Final = {Unit.TOKENS: "tokens", Unit.REQUESTS: "requests", Unit.USD: "USD"}
"""Values of the variable `unit`, and what they are called."""


def named(sql: str) -> str:
    """Return SQL that shows an empty value as `(none)`."""
    return f"if(toString({sql}) = '', '{NONE}', toString({sql}))"


def applicable(origin: Origin) -> tuple[Variable, ...]:
    """Return the variables that the rows of an origin can be restricted by."""
    return tuple(each for each in VARIABLES if each.name in dimensions(origin)) if stored(origin) else ()


def marked(variables: Iterable[Variable]) -> dict[str, list[str]]:
    """Return the filters of a question that stand for variables."""
    return {each.name: [f"{_MARK}{each.name}"] for each in variables}


def restricted(sql: str, parameters: Mapping[str, Any], found: Mapping[str, str]) -> str:
    """Return a statement with its marked filters written as Grafana variables.

    Args:
        sql: with `<dimension> IN {name:Array(String)}` for every filter.
        parameters: of the statement.
        found: the SQL of each dimension, as the statement was built with.

    Raises:
        ValueError: a variable's filter is not where it should be.
    """
    for name, values in parameters.items():
        if isinstance(values, list) and values and str(values[0]).startswith(_MARK):
            dimension = str(values[0]).removeprefix(_MARK)
            term = f"{found[dimension]} IN {{{name}:Array(String)}}"
            if term not in sql:
                raise ValueError(f"the statement has no filter on {dimension}")
            sql = sql.replace(term, _condition(found[dimension], dimension))
    return sql


def _condition(sql: str, variable: str) -> str:
    chosen = f"has([${{{variable}:singlequote}}], {named(sql)})"
    return f"$__conditionalAll({chosen}, ${variable})"
