"""Price against use."""

from typing import Final

from tokentide.reports.page.figure import Chart, Figure, Kind, Value
from tokentide.reports.page.section import Section

_PRICE: Final = Value("price_usd_per_1m", "USD per million tokens", Kind.PRICE)
_TOKENS: Final = Value("tokens", "Tokens", Kind.TOKENS)

SECTION: Final = Section(
    "cost",
    "Price and use",
    "What was paid for a million tokens, after cache discounts, and how much is used at that price.",
    (
        Figure(
            "category-prices",
            "price-quadrants",
            Chart.SCATTER,
            (_PRICE, _TOKENS),
            title="Categories: price against use",
            need="labels",
            palette="category",
            extra=(Value("quadrant", "Quadrant", Kind.TEXT),),
            options={"x_cut": "price_cut", "y_cut": "usage_cut", "named": True},
        ),
        Figure(
            "model-prices",
            "price-vs-usage",
            Chart.SCATTER,
            (_PRICE, _TOKENS),
            title="Models: price against use",
            by="model",
            need="cost_usd",
            palette="model",
            options={"trend": True},
        ),
        Figure(
            "slope",
            "price-slope-by-tier",
            Chart.TABLE,
            (
                Value("slope", "Slope", Kind.COUNT),
                Value("low", "95 % from", Kind.COUNT),
                Value("high", "to", Kind.COUNT),
                Value("n_models", "Models", Kind.COUNT),
                Value("usage_per_10pct", "Use at a 10 % lower price", Kind.SHARE),
            ),
            title="Slope of use on price, by source",
        ),
        Figure(
            "paid-prices",
            "effective-price",
            Chart.BARS,
            (_PRICE,),
            title="Price paid, the most used models",
            top=12,
            need="cost_usd",
            palette="model",
            extra=(Value("list_price_usd_per_1m", "List price", Kind.PRICE),),
            options={"kept": True},
        ),
        Figure(
            "archetypes",
            "price-archetypes",
            Chart.TABLE,
            (
                Value("archetype", "Archetype", Kind.TEXT),
                _PRICE,
                _TOKENS,
            ),
            need="cost_usd",
            wide=True,
            options={"hide": {"archetype": ["none"]}, "rows": 12},
        ),
    ),
)
