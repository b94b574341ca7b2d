"""Open and closed models."""

from typing import Final

from tokentide.reports.page.figure import SHARE, VOLUME, Chart, Figure, Kind, Value
from tokentide.reports.page.section import Section

_ALL: Final = 13
"""Every category there is, so that none is folded."""

SECTION: Final = Section(
    "sources",
    "Open and closed",
    "Open weights against closed ones: which part of the traffic, whose models, how large, and for what.",
    (
        Figure(
            "source-share",
            "token-share-by-source",
            Chart.AREA,
            title="Open and closed models over time",
            bucketed=True,
            palette="source",
            wide=True,
            every_s=5.0,
        ),
        Figure(
            "source-volume",
            "token-share-by-source",
            Chart.COLUMNS,
            (VOLUME,),
            title="Volume by source",
            bucketed=True,
            palette="source",
        ),
        Figure(
            "oss-authors",
            "oss-tokens-by-author",
            Chart.BARS,
            (SHARE,),
            title="Open models, by author",
            palette="author",
            extra=(VOLUME,),
        ),
        Figure(
            "oss-models",
            "oss-top-models",
            Chart.AREA,
            title="Largest open models over time",
            bucketed=True,
            top=12,
            palette="model",
        ),
        Figure(
            "concentration",
            "oss-concentration",
            Chart.LINES,
            (Value("top1_share", "Largest", Kind.SHARE), Value("top2_share", "Two largest", Kind.SHARE)),
            bucketed=True,
            extra=(
                Value("top_model", "Largest model", Kind.TEXT),
                Value("effective_models", "Effective number", Kind.COUNT),
                Value("models_above_5pct", "Models above 5 %", Kind.COUNT),
            ),
        ),
        Figure(
            "sizes",
            "size-class-share",
            Chart.AREA,
            title="Open models by size over time",
            bucketed=True,
            palette="size",
        ),
        Figure(
            "sizes-in-use",
            "active-models-by-size",
            Chart.LINES,
            (Value("models", "Models in use", Kind.COUNT),),
            bucketed=True,
            palette="size",
            extra=(Value("available", "Available", Kind.COUNT),),
        ),
        Figure(
            "oss-categories",
            "oss-category-mix",
            Chart.AREA,
            title="What open models are used for",
            bucketed=True,
            need="labels",
            top=_ALL,
            palette="category",
        ),
        Figure(
            "chinese-categories",
            "chinese-oss-category-mix",
            Chart.AREA,
            title="What Chinese open models are used for",
            bucketed=True,
            need="labels",
            top=_ALL,
            palette="category",
        ),
        Figure(
            "programming-sources",
            "programming-by-source",
            Chart.AREA,
            title="Programming, by source",
            bucketed=True,
            need="labels",
            palette="source",
        ),
        Figure(
            "roleplay-sources",
            "roleplay-by-source",
            Chart.AREA,
            title="Roleplay, by source",
            bucketed=True,
            need="labels",
            palette="source",
        ),
        Figure(
            "releases",
            "release-effect",
            Chart.TABLE,
            (
                Value("released", "Released", Kind.TEXT),
                Value("before_share", "Open before", Kind.SHARE),
                Value("at_share", "28 days from then", Kind.SHARE),
                Value("after_share", "28 days later", Kind.SHARE),
                Value("model_at_share", "The model", Kind.SHARE),
                Value("verdict", "Verdict", Kind.TEXT),
            ),
            whole=True,
            wide=True,
            every_s=300.0,
            silence="No open model was released while this store was filled.",
        ),
    ),
)
