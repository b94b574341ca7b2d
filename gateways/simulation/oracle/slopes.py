"""How use goes with price across models: least squares of logarithms, with robust errors.

Source: MacKinnon and White, J. Econometrics 29 (1985) 305, HC1.
"""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from tokentide.gateways.simulation.oracle.frame import Frame, Mask, Row, total
from tokentide.gateways.simulation.oracle.listed import list_cost
from tokentide.gateways.simulation.oracle.question import metric, question

_LEAST: Final = 3
_READING: Final = (
    "one point a model: its tokens over its list cost per million of the tokens that have a list price; natural "
    "logarithms, intercept decimal; HC1; models at a price of zero, or without a price, are counted and left out"
)


def answers(frame: Frame) -> dict[str, Any]:
    """Return the metrics of this group."""
    points = Points(frame)
    every = [points.row(range(points.models))]
    return {
        "price-slope": metric(question(every, bucket="all"), reading=_READING),
        "price-slope-by-tier": metric(
            *(question(points.by(frame, by), bucket="all", by=by) for by in ("source", "price_tier")),
            reading=_READING,
        ),
    }


class Points:
    """Tokens and prices of each model with traffic."""

    def __init__(self, frame: Frame) -> None:
        model = frame["model"]
        self.models = len(model.values)
        listed, known = list_cost(frame)
        byok = frame.events["byok"] == 1
        paid: Mask = frame.priced & ~byok

        def sums(value: NDArray[Any] | None = None, where: Mask | None = None) -> NDArray[Any]:
            return total(model.codes, self.models, value, where)

        self.n, self.tokens, self.byok = sums(), sums(frame.tokens), sums(None, byok)
        self.list_price = _price(sums(listed, known), sums(frame.tokens, known))
        self.paid_price = _price(sums(frame.cost, paid), sums(frame.tokens, paid))

    def by(self, frame: Frame, name: str) -> list[Row]:
        """Return the slopes within each group of models."""
        groups = frame.by_model(name)
        used = sorted({group for group, n in zip(groups, self.n, strict=True) if n})
        return [
            {name: group} | self.row([place for place, own in enumerate(groups) if own == group]) for group in used
        ]

    def row(self, chosen: Sequence[int]) -> Row:
        """Return the slopes over some models."""
        own = np.array([place for place in chosen if self.n[place]], np.int64)
        tokens, listed, paid = self.tokens[own], self.list_price[own], self.paid_price[own]
        by_list, by_paid = _line(listed, tokens), _line(paid, tokens)
        slope = by_list["slope"]
        return (
            by_list
            | {f"effective_{name}": by_paid[name] for name in ("slope", "se")}
            | {
                "n_models": by_list["n_models"],
                "effective_n": by_paid["n_models"],
                "zero_price": int((listed == 0).sum()),
                "unlisted": int(np.isnan(listed).sum()),
                "unpriced": int(np.isnan(paid).sum()),
                "byok_requests": int(self.byok[own].sum()),
                "usage_per_10pct": None if slope is None else float(0.9**slope - 1),
                "tokens": int(tokens.sum()),
                "n": int(self.n[own].sum()),
            }
        )


def _price(nano: NDArray[Any], tokens: NDArray[Any]) -> NDArray[np.float64]:
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(tokens > 0, nano / tokens / 1e3, np.nan)


def _line(price: NDArray[np.float64], tokens: NDArray[Any]) -> Row:
    """Return the fitted line; figures are None for fewer than three points."""
    with np.errstate(invalid="ignore"):
        kept = (price > 0) & (tokens > 0)
    n = int(kept.sum())
    if n < _LEAST:
        return dict.fromkeys(("slope", "se", "intercept", "r2")) | {"n_models": n}
    design = np.column_stack([np.ones(n), np.log(price[kept])])
    y = np.log(tokens[kept].astype(np.float64))
    inverse = np.linalg.inv(design.T @ design)
    intercept, slope = inverse @ design.T @ y
    rest = y - design @ (intercept, slope)
    meat = design.T @ (design * (rest**2)[:, None])
    error = float(np.sqrt((inverse @ meat @ inverse)[1, 1] * n / (n - 2)))
    spread = ((y - y.mean()) ** 2).sum()
    r2 = float(1 - (rest**2).sum() / spread) if spread else None
    return {"slope": float(slope), "se": error, "intercept": float(intercept / np.log(10)), "r2": r2, "n_models": n}
