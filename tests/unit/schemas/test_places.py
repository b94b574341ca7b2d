"""Countries: every code once, each with its continent; what is no country is unknown."""

import zlib
from collections import Counter
from pathlib import Path

import pytest

from tokentide.schemas.catalogue.catalogue import VERSION
from tokentide.schemas.errors import UserError
from tokentide.schemas.places import load
from tokentide.schemas.places.countries import TABLE

PINNED = (2026_11_21_02, 3086889677)


def test_the_table_is_pinned_to_the_version_of_the_catalogue() -> None:
    assert (VERSION, zlib.crc32(TABLE.read_bytes())) == PINNED


def test_every_country_has_a_continent() -> None:
    """249 codes of ISO 3166-1, and Kosovo."""
    continents = Counter(line.continent for line in load().lines)
    assert sum(continents.values()) == len({line.code for line in load().lines}) == 250
    assert set(continents) == {
        "Africa",
        "Antarctica",
        "Asia",
        "Europe",
        "North America",
        "Oceania",
        "South America",
    }
    assert continents["Antarctica"] == 1


@pytest.mark.parametrize(
    ("code", "continent"),
    [
        ("US", "North America"),
        ("MX", "North America"),
        ("BR", "South America"),
        ("SG", "Asia"),
        ("TW", "Asia"),
        ("TR", "Asia"),
        ("RU", "Europe"),
        ("EG", "Africa"),
        ("AU", "Oceania"),
    ],
)
def test_continents_are_those_of_the_united_nations(code: str, continent: str) -> None:
    assert load().continent(code) == continent


@pytest.mark.parametrize(
    ("sent", "used"), [("US", "US"), ("UK", "GB"), ("EL", "GR"), ("ZZ", "unknown"), ("EU", "unknown"), ("", "")]
)
def test_a_code_that_is_no_country_is_unknown(sent: str, used: str) -> None:
    assert load().used(sent) == used
    assert load().used(used) == (used if used != "unknown" else "unknown")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("code\n", "line 1: the columns must be code,name,continent"),
        ("code,name,continent\nus,US,Asia\n", "line 2 column code: 'us' is not two capitals"),
        ("code,name,continent\nUS,US,Mu\n", "line 2 column continent: 'Mu' is none of"),
        ("code,name,continent\nUS,US,Asia\nUS,US,Asia\n", "line 3 column code: US must come once, in order"),
    ],
)
def test_a_fault_in_the_table_is_named(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "countries.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UserError, match=message):
        load(path)
