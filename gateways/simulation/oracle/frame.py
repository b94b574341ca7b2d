"""The events of a run with every dimension a metric splits by, and sums over them that are exact.

Independent of `reports`, `sinks` and `streams`: dimensions follow the written definitions, the catalogue's
facts and the tables of categories and countries, read here as data.
"""

import csv
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

import tokentide.schemas
from tokentide.gateways.simulation.columns import Column, Columns
from tokentide.gateways.simulation.labels import PATH_NAMES
from tokentide.gateways.simulation.oracle.catalogued import price_tier, release_order
from tokentide.gateways.simulation.places import COUNTRY_CODES, LANGUAGE_CODES
from tokentide.gateways.simulation.roster import Model
from tokentide.gateways.simulation.routes import PROVIDERS
from tokentide.schemas.catalogue.facts import ModelFacts

Mask = NDArray[np.bool_]
Row = dict[str, Any]

BUCKETS: Final = {"1d": 86_400_000, "1w": 604_800_000, "all": 0}
"""Milliseconds; a week starts on Monday."""
_MONDAY_MS: Final = 3 * 86_400_000
_EXACT: Final = 2**53
_DATA: Final = Path(tokentide.schemas.__file__).parent
_LEAST: Final = 500


@dataclass(frozen=True, slots=True)
class Coded:
    """A dimension: its values, and the code of each event's."""

    values: tuple[str, ...]
    codes: Column


class Frame:
    """The events as an analyst would hold them.

    Args:
        events: of the whole run.
        models: the market.
        label_rate: rate of classification.
    """

    def __init__(self, events: Columns, models: Sequence[Model], label_rate: float) -> None:
        self.events = events
        self.models = models
        self.weight = round(1e6 / label_rate) / 1e6
        self.rows = len(events)
        self.tokens = events.tokens
        self.priced: Mask = events["cost"] >= 0
        self.cost = np.maximum(events["cost"], 0)
        self.requests = (events["attempt"] == 1).astype(np.int64)
        self._dimensions: dict[str, Coded] = {}

    def __getitem__(self, name: str) -> Coded:
        """Return a dimension by its name in the registry."""
        if name not in self._dimensions:
            self._dimensions[name] = self._dimension(name)
        return self._dimensions[name]

    def by_model(self, name: str) -> list[str]:
        """Return the value of a model's dimension for each value of `model` that has events."""
        key, found = self[name], np.zeros(len(self["model"].values), np.int64)
        found[self["model"].codes] = key.codes
        return [key.values[code] for code in found]

    def bucket(self, name: str) -> Coded:
        """Return the calendar bucket of each event; `all` is one without a name."""
        size = BUCKETS[name]
        if not size:
            return Coded(("",), np.zeros(self.rows, np.int64))
        start = (self.events["time_ms"] + _MONDAY_MS) // size * size - _MONDAY_MS
        if size < BUCKETS["1w"]:
            start = self.events["time_ms"] // size * size
        found, codes = np.unique(start, return_inverse=True)
        return Coded(tuple(instant(int(time)) for time in found), codes)

    @cached_property
    def month(self) -> Coded:
        """The calendar month of each event, YYYY-MM; every month from the first to the last has a code."""
        months = self.events["time_ms"].astype("datetime64[ms]").astype("datetime64[M]")
        first, last = months.min(), months.max()
        every = np.arange(first, last + 1)
        return Coded(tuple(str(month) for month in every), (months - first).astype(np.int64))

    @cached_property
    def sampled(self) -> Mask:
        """Whether each event was classified at all."""
        return self.events["sampled"].astype(bool)

    @cached_property
    def classified(self) -> Mask:
        """Whether each event has a label of confidence ≥ 0.5."""
        return self.sampled & (self._primary >= 0)

    @cached_property
    def _primary(self) -> Column:
        """The path code of each event's primary label, -1 without one."""
        best, sure = np.full(self.rows, -1, np.int64), np.full(self.rows, _LEAST - 1, np.int64)
        for place in (1, 2, 3):
            confidence = self.events[f"confidence{place}"].astype(np.int64)
            better = confidence > sure
            best, sure = np.where(better, self.events[f"path{place}"], best), np.maximum(sure, confidence)
        return best

    def any_label(self, column: int) -> tuple[tuple[str, ...], list[Mask]]:
        """Return the values of a vocabulary, and which events carry any sure label of each."""
        values = tuple(dict.fromkeys(classes[column] for classes in _classes()))
        of_path = np.array([values.index(classes[column]) for classes in _classes()])
        masks = [np.zeros(self.rows, bool) for _ in values]
        for place in (1, 2, 3):
            path = self.events[f"path{place}"].astype(np.int64)
            sure = self.sampled & (path >= 0) & (self.events[f"confidence{place}"] >= _LEAST)
            for code, mask in enumerate(masks):
                mask |= sure & (of_path[path] == code)
        return values, masks

    def _dimension(self, name: str) -> Coded:
        if name in _OF_MODEL:
            return self._of_model(name)
        if name in _LABELLED:
            return self._of_label(_LABELLED[name])
        if name in ("billing_country", "continent"):
            return self._of_country(name)
        events = self.events
        plain: dict[str, tuple[Sequence[str], Column]] = {
            "language": ((*LANGUAGE_CODES, ""), events["language"]),
            "provider": (PROVIDERS, events["provider"]),
            "variant": (("", "free"), events["free"].astype(np.int64)),
            "byok": (("no", "yes"), events["byok"].astype(np.int64)),
        }
        values, codes = plain[name]
        return _recoded(values, codes.astype(np.int64))

    def _of_model(self, name: str) -> Coded:
        return _recoded([_OF_MODEL[name](model) for model in self.models], self.events["model"].astype(np.int64))

    def _of_country(self, name: str) -> Coded:
        continents = {row["code"]: row["continent"] for row in _table("places/countries.csv")}
        codes = (*COUNTRY_CODES, "")
        values = codes if name == "billing_country" else [continents.get(code, "unknown") for code in codes]
        return _recoded(values, self.events["country"].astype(np.int64))

    def _of_label(self, column: int) -> Coded:
        values = [*(classes[column] for classes in _classes()), "" if column == 2 else "unclassified"]
        return _recoded(values, self._primary)


_LABELLED: Final = {"category": 0, "bucket_category": 1, "sub_tag": 2}


def size(billions: Decimal | None) -> str:
    """Return the class of a number of parameters."""
    if billions is None:
        return "unknown"
    return "small" if billions < 15 else "medium" if billions < 70 else "large"


def _flag(value: bool | None) -> str:
    return "unknown" if value is None else "yes" if value else "no"


def _fact(read: Callable[[ModelFacts], str]) -> Callable[[Model], str]:
    return lambda model: "unknown" if model.facts is None else read(model.facts)


_OF_MODEL: Final[Mapping[str, Callable[[Model], str]]] = {
    "model": lambda model: model.slug,
    "author": lambda model: model.author,
    "source": lambda model: model.group,
    "open": _fact(lambda facts: _flag(facts.open_weights)),
    "size_class": _fact(lambda facts: size(facts.params_total_b)),
    "active_size_class": _fact(lambda facts: size(facts.params_active_b)),
    "reasoning": _fact(lambda facts: _flag(facts.reasoning)),
    "price_tier": lambda model: price_tier(model.slug),
    "release_order": lambda model: release_order(model.slug),
}


def _recoded(values: Iterable[str], codes: Column) -> Coded:
    """Give equal values one code; a code of -1 is the last value."""
    held = list(values)
    distinct = tuple(dict.fromkeys(held))
    place = np.array([distinct.index(value) for value in held])
    return Coded(distinct, place[codes])


def _table(name: str) -> list[dict[str, str]]:
    with (_DATA / name).open(encoding="utf-8", newline="") as text:
        return list(csv.DictReader(text))


def _classes() -> list[tuple[str, str, str]]:
    """Return category, bucket and sub-tag of every path of the market, by longest prefix."""
    lines = {row["prefix"]: (row["category"], row["bucket"]) for row in _table("categories/categories.csv")}
    return [(*_longest(path, lines), path.rpartition("/")[2]) for path in PATH_NAMES]


def _longest(path: str, lines: Mapping[str, tuple[str, str]]) -> tuple[str, str]:
    fitting = [prefix for prefix in lines if path == prefix or path.startswith(prefix + "/")]
    return lines[max(fitting, key=len)] if fitting else ("others", "others")


def instant(time_ms: int) -> str:
    """Return RFC 3339 to the second, UTC."""
    return datetime.fromtimestamp(time_ms // 1000, UTC).isoformat().replace("+00:00", "Z")


def total(codes: Column, size: int, value: Column | None = None, where: Mask | None = None) -> Column:
    """Return sums (or counts) by code as exact integers, shape (size,).

    Raises:
        OverflowError: a sum is beyond what a double holds exactly.
    """
    if where is not None:
        codes = codes[where]
        value = None if value is None else value[where]
    sums = np.bincount(codes, None if value is None else value.astype(np.float64), size)
    if sums.size and sums.max() >= _EXACT:
        raise OverflowError("a sum is beyond 2^53")
    return sums.astype(np.int64)


def part(numerator: float, denominator: float) -> float | None:
    """Return a ratio, None of nothing."""
    return None if denominator == 0 else float(numerator) / float(denominator)
