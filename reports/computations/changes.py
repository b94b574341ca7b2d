"""Within a model, before and after its list price changed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import log
from typing import Any, Final

from tokentide.reports.cells import cells
from tokentide.reports.computations.amounts import part
from tokentide.reports.computations.releases import DAY_S, SPAN_S
from tokentide.reports.computed import Ask
from tokentide.reports.formulas import OF_COUNTS, Row, Windows, add
from tokentide.reports.periods import iso
from tokentide.reports.question import Question
from tokentide.schemas.catalogue import Catalogue, load

_PAID: Final = ("byok", ("no", ""))
_SUMS: Final = (
    add("tokens", "prompt_tokens", "completion_tokens"),
    add("list_cost_nano"),
    add("listed_tokens"),
    add("priced_tokens", where=_PAID),
    add("paid_nano", "cost_nano", where=_PAID),
)
_NAMES: Final = tuple(item.name for item in _SUMS)


@dataclass(frozen=True, slots=True)
class PriceChangeEffect:
    """Price and use of a model in the four weeks before and after each change of its list price."""

    windows: Windows = OF_COUNTS

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns after the model."""
        sides = (f"{what}_{side}" for what in ("list", "price", "tokens", "share") for side in ("before", "after"))
        return ("changed", *sides, "token_ratio", "share_ratio", "elasticity", "share_elasticity")

    def keys(self, question: Question) -> tuple[str, ...]:
        """Return the model."""
        return ("model",)

    def rows(self, ask: Ask) -> list[Row]:
        """Return one row per model with traffic and change of its list price inside the period."""
        found = cells(ask, ("model",), _SUMS, DAY_S)
        if found.plan is None:
            return []
        period = found.plan.from_s, found.plan.to_s
        used = {row["model"] for row in found.rows}
        changes = [(slug, at) for slug, at in price_changes(load()) if slug in used and period[0] <= at < period[1]]
        return [change_effect(found.rows, slug, at, period) for slug, at in changes]


def price_changes(catalogue: Catalogue) -> list[tuple[str, int]]:
    """Return model and time (epoch seconds) of every change of a list price the catalogue knows, by time."""
    found: list[tuple[str, int]] = []
    for facts in catalogue.models:
        prices = catalogue.prices(facts.slug)
        for before, after in zip(prices, prices[1:], strict=False):
            if (before.prompt_pico, before.completion_pico) != (after.prompt_pico, after.completion_pico):
                found.append((facts.slug, after.valid_from_ms // 1000))
    return sorted(found, key=lambda each: (each[1], each[0]))


def change_effect(rows: Iterable[Mapping[str, Any]], slug: str, at: int, period: tuple[int, int]) -> Row:
    """Return the figures around one change; a window that reaches out of the period gives None."""
    whole = at - SPAN_S >= period[0] and at + SPAN_S <= period[1]
    line: Row = {"model": slug, "changed": iso(at)[:10]}
    if not whole:
        return line | dict.fromkeys(name for name in PriceChangeEffect().columns if name != "changed")
    cells_ = list(rows)
    sides = {"before": _side(cells_, slug, at - SPAN_S, at), "after": _side(cells_, slug, at, at + SPAN_S)}
    for what in ("list", "price", "tokens", "share"):
        line |= {f"{what}_{side}": values[what] for side, values in sides.items()}
    tokens, shares = (_ratio(line[f"{what}_after"], line[f"{what}_before"]) for what in ("tokens", "share"))
    price = _ratio(line["list_after"], line["list_before"])
    return line | {
        "token_ratio": tokens,
        "share_ratio": shares,
        "elasticity": _elasticity(tokens, price),
        "share_elasticity": _elasticity(shares, price),
    }


def _side(rows: Iterable[Mapping[str, Any]], slug: str, start: int, end: int) -> dict[str, float | None]:
    inside = [row for row in rows if start <= row["t"] < end]
    mine = {name: sum(int(row[name]) for row in inside if row["model"] == slug) for name in _NAMES}
    everything = sum(int(row["tokens"]) for row in inside)
    return {
        "list": part(mine["list_cost_nano"] / 1e3, mine["listed_tokens"]),
        "price": part(mine["paid_nano"] / 1e3, mine["priced_tokens"]),
        "tokens": mine["tokens"],
        "share": part(mine["tokens"], everything),
    }


def _ratio(after: float | None, before: float | None) -> float | None:
    return after / before if after is not None and before else None


def _elasticity(use: float | None, price: float | None) -> float | None:
    """Return percent of use per percent of price; None where either did not change by a factor at all."""
    if not use or not price or price == 1:
        return None
    return log(use) / log(price)
