"""What groups of traffic cost per million tokens, and how that goes with how much they are used."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import log10
from statistics import median
from typing import Any, Final

from tokentide.reports.cells import cells
from tokentide.reports.computations.amounts import MICRO, NANO, part
from tokentide.reports.computed import Ask, by_value
from tokentide.reports.dimensions import Origin
from tokentide.reports.formulas import OF_COUNTS, VOLUME, Kind, Row, Sum, Windows, add
from tokentide.reports.question import Question

_PAID: Final = ("byok", ("no", ""))
_OF_MODELS: Final = (*VOLUME, add("priced_tokens", where=_PAID), add("paid_nano", "cost_nano", where=_PAID))
_OF_SAMPLES: Final = (
    add("n"),
    add("priced_n"),
    Sum("requests", ("w",), Kind.SQUARE),
    Sum("tokens", ("wt",), Kind.SQUARE),
    Sum("cost_nano", ("wc",), Kind.SQUARE),
    Sum("priced_tokens", ("wt_priced_paid",), Kind.SQUARE),
    Sum("paid_nano", ("wc_paid",), Kind.SQUARE),
)


@dataclass(frozen=True, slots=True)
class Priced:
    """One group: its price in USD per million tokens (None if unknown), and its volume."""

    name: str
    price: float | None
    tokens: float
    requests: float
    cost_usd: float | None
    n: int
    priced_n: int
    priced_tokens: float
    paid_usd: float


def priced_groups(rows: Iterable[Mapping[str, Any]], by: str, origin: Origin) -> list[Priced]:
    """Return the groups of cells, the largest first; samples come in micro-weights."""
    scale = MICRO if origin is Origin.CATEGORY else 1
    found = [_priced(name, group, scale) for (name,), group in by_value(rows, by).items()]
    return sorted((each for each in found if each.n), key=lambda each: (-each.tokens, each.name))


def _priced(name: str, rows: Sequence[Mapping[str, Any]], scale: float) -> Priced:
    def of(column: str) -> float:
        return float(sum(row[column] for row in rows)) / scale

    n = int(sum(row["n"] for row in rows))
    priced_n = sum(int(row["priced_n"] if "priced_n" in row else row["n"] - row["unpriced"]) for row in rows)
    tokens, paid = of("priced_tokens"), of("paid_nano") / NANO
    return Priced(
        name=name,
        price=paid / tokens * 1e6 if tokens else None,
        tokens=of("tokens"),
        requests=of("requests"),
        cost_usd=of("cost_nano") / NANO if priced_n else None,
        n=n,
        priced_n=priced_n,
        priced_tokens=tokens,
        paid_usd=paid,
    )


def _positive_log10(value: float | None) -> float | None:
    return log10(value) if value is not None and value > 0 else None


def scatter(groups: Sequence[Priced], by: str) -> list[Row]:
    """Return each group's price and use, and their logarithms (of use in millions of tokens)."""
    return [
        {
            by: each.name,
            "price_usd_per_1m": each.price,
            "tokens": each.tokens,
            "log10_price": _positive_log10(each.price),
            "log10_tokens": _positive_log10(each.tokens / 1e6),
            "requests": each.requests,
            "cost_usd": each.cost_usd,
            "n": each.n,
            "known_share": part(each.priced_n, each.n),
        }
        for each in groups
    ]


QUADRANTS: Final[Mapping[tuple[bool, bool], str]] = {
    (True, True): "premium-workload",
    (False, True): "mass-market",
    (True, False): "specialised-expert",
    (False, False): "niche-utility",
}
"""By dear (above the median price) and much used (at least the median volume)."""


def quadrants(groups: Sequence[Priced], by: str) -> list[Row]:
    """Return the groups that have a price, each in its quadrant."""
    known = [each for each in groups if each.price is not None]
    if not known:
        return []
    price_cut = median(each.price or 0.0 for each in known)
    usage_cut = median(each.tokens for each in known)
    return [
        row
        | {
            "price_cut": price_cut,
            "usage_cut": usage_cut,
            "quadrant": QUADRANTS[(each.price or 0.0) > price_cut, each.tokens >= usage_cut],
        }
        for each, row in zip(known, scatter(known, by), strict=True)
    ]


def medians(groups: Sequence[Priced], by: str) -> list[Row]:
    """Return the middle price of the groups, by groups and by tokens, and the mean; `by` is not shown.

    Groups at a price of zero are left out and counted.
    """
    known = sorted((each for each in groups if each.price), key=lambda each: each.price or 0.0)
    tokens = sum(each.priced_tokens for each in known)
    n = sum(each.n for each in groups)
    return [
        {
            "median_usd_per_1m": median(each.price or 0.0 for each in known) if known else None,
            "token_weighted_median": _weighted_median(known, tokens),
            "mean_price": part(sum(each.paid_usd for each in known) * 1e6, tokens),
            "groups": len(known),
            "zero_price": sum(1 for each in groups if each.price == 0),
            "tokens": sum(each.tokens for each in groups),
            "cost_usd": sum(each.cost_usd or 0.0 for each in groups) if known else None,
            "n": n,
            "known_share": part(sum(each.priced_n for each in groups), n),
        }
    ]


def _weighted_median(ordered: Sequence[Priced], tokens: float) -> float | None:
    reached = 0.0
    for each in ordered:
        reached += each.priced_tokens
        if reached >= tokens / 2:
            return each.price
    return None


GIANT_BELOW: Final = 0.40
LEADER: Final = (1.0, 10.0)
SPECIALIST_FROM: Final = 20.0
_MUCH: Final = 0.75
_LITTLE: Final = 0.25


def archetypes(groups: Sequence[Priced], by: str) -> list[Row]:
    """Return the groups that have a price, each with its place by use and the archetype that follows."""
    known = [each for each in groups if each.price is not None]
    volumes = sorted(each.tokens for each in known)
    lines: list[Row] = []
    for each, row in zip(known, scatter(known, by), strict=True):
        rank = sum(1 for volume in volumes if volume <= each.tokens) / len(volumes)
        shown = {name: row[name] for name in (by, "price_usd_per_1m", "tokens", "log10_tokens")}
        lines.append(shown | {"usage_rank": rank, "archetype": archetype(each.price or 0.0, rank)})
    return lines


def archetype(price: float, rank: float) -> str:
    """Return the study's word for a model of this price (USD per million tokens) and place by use (0 to 1)."""
    if price < GIANT_BELOW and rank >= _MUCH:
        return "efficient-giant"
    if LEADER[0] <= price < LEADER[1] and rank >= _MUCH:
        return "premium-leader"
    if price < GIANT_BELOW and rank <= _LITTLE:
        return "long-tail"
    if price >= SPECIALIST_FROM and rank < _MUCH:
        return "premium-specialist"
    return "none"


Table = Callable[[Sequence[Priced], str], list[Row]]


@dataclass(frozen=True, slots=True)
class PriceTable:
    """A table over groups that have a price, per bucket.

    Attributes:
        table: what is made of the groups.
        shown: its columns after time and dimension.
        grouped: whether the dimension is shown, or only summed up over.
    """

    table: Table
    shown: tuple[str, ...]
    grouped: bool = True
    windows: Windows = OF_COUNTS

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns after time and dimension."""
        return self.shown

    def keys(self, question: Question) -> tuple[str, ...]:
        """Return the dimension, where it is shown."""
        return (question.by,) if question.by and self.grouped else ()

    def rows(self, ask: Ask) -> list[Row]:
        """Return the table of each bucket."""
        by = ask.question.by or "model"
        origin = ask.question.shape.origin
        found = cells(ask, (by,), _OF_SAMPLES if origin is Origin.CATEGORY else _OF_MODELS).rows
        return [
            {"bucket": t} | row
            for (t,), rows in by_value(found, "t").items()
            for row in self.table(priced_groups(rows, by, origin), by)
        ]


SCATTER: Final = (
    "price_usd_per_1m",
    "tokens",
    "log10_price",
    "log10_tokens",
    "requests",
    "cost_usd",
    "n",
    "known_share",
)
