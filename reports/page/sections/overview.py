"""The mix now: how much, whose models, open or closed, and five numbers to know."""

from typing import Final

from tokentide.reports.page.figure import SHARE, VOLUME, Chart, Figure, Kind, Value
from tokentide.reports.page.section import Section

_OFTEN: Final = 5.0

SECTION: Final = Section(
    "overview",
    "The mix now",
    "How much passes through, and whose models carry it.",
    (
        Figure("total", "volume", Chart.NUMBERS, (VOLUME,), title="Volume", every_s=_OFTEN),
        Figure(
            "open",
            "token-share-by-source",
            Chart.NUMBERS,
            title="Open models",
            by="open",
            every_s=_OFTEN,
            options={"pick": {"open": "yes"}},
        ),
        Figure("reasoning-now", "reasoning-share", Chart.NUMBERS, title="Reasoning models", every_s=_OFTEN),
        Figure(
            "tools-now",
            "tool-call-token-share",
            Chart.NUMBERS,
            title="Ends in a tool call",
            need="finish_reason",
            every_s=_OFTEN,
        ),
        Figure(
            "programming-now",
            "category-share",
            Chart.NUMBERS,
            title="Programming",
            need="labels",
            options={"pick": {"category": "programming"}},
        ),
        Figure(
            "length-now",
            "sequence-length",
            Chart.NUMBERS,
            (Value("total_mean", "Tokens a request", Kind.TOKENS),),
            title="Mean request",
            every_s=_OFTEN,
        ),
        Figure(
            "price-now",
            "median-price",
            Chart.NUMBERS,
            (Value("mean_price", "USD per million tokens", Kind.PRICE),),
            title="Mean price per 1M",
            need="cost_usd",
        ),
        Figure(
            "volume",
            "volume",
            Chart.COLUMNS,
            (VOLUME,),
            title="Volume over time",
            bucketed=True,
            every_s=_OFTEN,
        ),
        Figure(
            "authors",
            "token-share-by-author",
            Chart.AREA,
            title="Share by author of the model",
            bucketed=True,
            top=9,
            palette="author",
            every_s=_OFTEN,
        ),
        Figure(
            "author-ranking",
            "token-share-by-author",
            Chart.BARS,
            (SHARE,),
            title="Authors, ranked",
            top=12,
            palette="author",
            extra=(VOLUME,),
            every_s=_OFTEN,
        ),
        Figure(
            "model-ranking",
            "token-share-by-author",
            Chart.BARS,
            title="Models, ranked",
            by="model",
            top=12,
            palette="model",
            extra=(VOLUME,),
        ),
    ),
)
