"""The model catalogue: names to slugs, slugs to facts, facts to the price in force at a time."""

from bisect import bisect_right
from collections.abc import Iterable
from datetime import UTC, date, datetime, time
from decimal import Decimal
from functools import lru_cache
from itertools import groupby
from pathlib import Path
from typing import Final

from tokentide.schemas.catalogue.facts import ModelFacts, Price
from tokentide.schemas.catalogue.names import Name, NameIndex
from tokentide.schemas.catalogue.table import Row, read_rows
from tokentide.schemas.errors import UserError

TABLE: Final = Path(__file__).with_name("models.csv")
VERSION: Final = 2026_11_21_02
"""YYYYMMDDnn; raised with every change of models.csv, categories.csv, countries.csv or their rules."""
KNOWN_VERSIONS: Final = (VERSION, 2026_11_21_01)
"""Tables whose batches this program finishes: the newest and the one before."""

FREE: Final = Price(valid_from_ms=0, prompt_pico=0, completion_pico=0, cached_pico=0)
_NAMES_REMEMBERED: Final = 16_384
_PRICE_COLUMNS: Final = frozenset(
    {"price_prompt_per_1m", "price_completion_per_1m", "price_cached_per_1m", "valid_from", "source"}
)


class Catalogue:
    """An immutable, validated table of models; every answer is a pure function of its file."""

    def __init__(self, rows: Iterable[tuple[int, Row]], version: int = VERSION) -> None:
        """Index the rows.

        Raises:
            UserError: two rows contradict each other; the message names line and column.
        """
        self.version = version
        self.known_versions = KNOWN_VERSIONS
        self._facts: dict[str, ModelFacts] = {}
        self._prices: dict[str, tuple[Price, ...]] = {}
        self._starts: dict[str, list[int]] = {}
        for slug, lines in groupby(rows, key=lambda line: line[1].slug):
            self._add(slug, list(lines))
        names = NameIndex((facts.slug, facts.aliases) for facts in self._facts.values())
        self._name = lru_cache(maxsize=_NAMES_REMEMBERED)(names.name)

    def normalise(self, raw_model: str | None) -> Name:
        """Return the slug, author and variant that a raw model name stands for; remembered, never fails."""
        return self._name(raw_model)

    @property
    def models(self) -> tuple[ModelFacts, ...]:
        """Every model once, in the order of the table."""
        return tuple(self._facts.values())

    def facts(self, slug: str) -> ModelFacts | None:
        """Return the facts of a normalised slug, or None if the catalogue does not know it."""
        return self._facts.get(slug)

    def prices(self, slug: str) -> tuple[Price, ...]:
        """Return every known price of a slug, ordered by valid_from_ms; empty where none is known."""
        return self._prices.get(slug, ())

    def price(self, slug: str, at_ms: int, variant: str = "") -> Price | None:
        """Return the list price in force at a time (unix ms), or None where no source gives one.

        A `free` variant costs nothing; a fine-tune (`ft`) has a price of its own, which the table lacks.
        """
        if variant == "free":
            return FREE
        if variant == "ft":
            return None
        place = bisect_right(self._starts.get(slug, []), at_ms)
        return self._prices[slug][place - 1] if place else None

    def _add(self, slug: str, lines: list[tuple[int, Row]]) -> None:
        number, first = lines[0]
        if slug in self._facts:
            raise UserError(f"models.csv line {number} column slug: rows of {slug} must stand together")
        for _, row in lines[1:]:
            _refuse_other_facts(first, row, number)
        self._facts[slug] = _model_facts(first)
        prices = tuple(price for _, row in lines if (price := _price(row)))
        starts = [price.valid_from_ms for price in prices]
        if sorted(set(starts)) != starts:
            raise UserError(f"models.csv line {number} column valid_from: rows of {slug} must ascend")
        self._prices[slug], self._starts[slug] = prices, starts


def _refuse_other_facts(first: Row, row: Row, number: int) -> None:
    for column in Row.model_fields.keys() - _PRICE_COLUMNS:
        if getattr(first, column) != getattr(row, column):
            raise UserError(f"models.csv line {number} column {column}: rows of {row.slug} disagree")


def _model_facts(row: Row) -> ModelFacts:
    return ModelFacts(**row.model_dump(include=set(ModelFacts.__dataclass_fields__)))


def _price(row: Row) -> Price | None:
    if row.valid_from is None or row.price_prompt_per_1m is None or row.price_completion_per_1m is None:
        return None
    return Price(
        valid_from_ms=_unix_ms(row.valid_from),
        prompt_pico=_pico(row.price_prompt_per_1m),
        completion_pico=_pico(row.price_completion_per_1m),
        cached_pico=None if row.price_cached_per_1m is None else _pico(row.price_cached_per_1m),
    )


def _pico(usd_per_million: Decimal) -> int:
    return int(usd_per_million * 10**6)


def _unix_ms(day: date) -> int:
    return int(datetime.combine(day, time(), UTC).timestamp()) * 1000


@lru_cache(maxsize=4)
def load(path: Path = TABLE) -> Catalogue:
    """Return the catalogue of a file, read once per process.

    Raises:
        UserError: the file or a cell in it is at fault; the message names line and column.
    """
    return Catalogue(read_rows(path))
