"""Restricting a population: which values of a dimension are kept, or left out."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from tokentide.schemas.errors import UsageError

EXCLUDES: Final = "!"
"""Ends the name of a dimension whose values are left out instead of kept."""


class Filter(NamedTuple):
    """One restriction."""

    dimension: str
    values: tuple[str, ...]
    keep: bool

    @property
    def words(self) -> str:
        """Say it."""
        listed = " or ".join(value or "(none)" for value in self.values)
        return f"{self.dimension} {'=' if self.keep else 'not'} {listed}"


def parse(given: Mapping[str, str | Sequence[str]]) -> tuple[Filter, ...]:
    """Return the filters of a mapping from dimension (with ! to exclude) to a value or values."""
    return tuple(_filter(name, value) for name, value in given.items())


def _filter(name: str, value: str | Sequence[str]) -> Filter:
    values = (value,) if isinstance(value, str) else tuple(value)
    return Filter(name.removesuffix(EXCLUDES), values, not name.endswith(EXCLUDES))


def where(filters: Iterable[Filter], dimensions: Mapping[str, str]) -> tuple[tuple[str, ...], dict[str, Any]]:
    """Return the SQL terms and parameters of filters, over the dimensions of the rows read."""
    terms: list[str] = []
    parameters: dict[str, Any] = {}
    for place, each in enumerate(filters):
        name = f"only_{place}"
        term = f"{dimensions[each.dimension]} IN {{{name}:Array(String)}}"
        terms.append(term if each.keep else f"NOT ({term})")
        parameters[name] = list(each.values)
    return tuple(terms), parameters


def given(texts: Iterable[str]) -> dict[str, list[str]]:
    """Parse `dimension=value` and `dimension!=value` as a user writes them.

    Raises:
        UsageError: one is neither.
    """
    filters: dict[str, list[str]] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name.strip(EXCLUDES):
            raise UsageError(f"--filter is {text!r}; write dimension=value or dimension!=value")
        filters.setdefault(name, []).append(value)
    return filters
