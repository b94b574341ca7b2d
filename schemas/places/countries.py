"""Countries by ISO 3166-1 alpha-2 code, each with its continent; a billing country is not a location.

Sources: ISO 3166-1 for the codes, with XK (Kosovo) as in common use; UN M49 for the regions, its Northern and
Central America and Caribbean read as North America, and Taiwan under Asia.
"""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Final, NamedTuple

from tokentide.schemas.errors import UserError
from tokentide.schemas.ordered_table import read_table

TABLE: Final = Path(__file__).with_name("countries.csv")
COLUMNS: Final = ("code", "name", "continent")
CONTINENTS: Final = ("Africa", "Antarctica", "Asia", "Europe", "North America", "Oceania", "South America")
"""The six of the study, and Antarctica, so that every code has one."""

UNKNOWN: Final = "unknown"
"""Stands for any code that is no country's; the code itself stays in the raw column."""
_SAME: Final[Mapping[str, str]] = {"UK": "GB", "EL": "GR"}
"""Codes the European Union writes for two countries."""


class Country(NamedTuple):
    """One line of the table."""

    code: str
    name: str
    continent: str


class Countries:
    """The table, indexed by code."""

    def __init__(self, lines: Iterable[Country]) -> None:
        self.lines = tuple(lines)
        self._by_code: Mapping[str, Country] = {line.code: line for line in self.lines}

    def used(self, code: str) -> str:
        """Return the country of a code as sent: '' for none, `unknown` where it is no country's."""
        code = _SAME.get(code, code)
        return code if code in self._by_code or not code else UNKNOWN

    def continent(self, code: str) -> str:
        """Return the continent of a used code, or '' where there is none."""
        found = self._by_code.get(code)
        return found.continent if found else ""


@lru_cache(maxsize=4)
def load(path: Path = TABLE) -> Countries:
    """Return the countries of a file, read once per process.

    Raises:
        UserError: the file or a line in it is at fault; the message names both.
    """
    return Countries(read_table(path, COLUMNS, _country))


def _country(where: str, cells: list[str]) -> Country:
    country = Country(*cells)
    if not (len(country.code) == 2 and country.code.isascii() and country.code.isupper() and country.code.isalpha()):
        raise UserError(f"{where} column code: {country.code!r} is not two capitals")
    if country.continent not in CONTINENTS:
        raise UserError(f"{where} column continent: {country.continent!r} is none of {', '.join(CONTINENTS)}")
    return country
