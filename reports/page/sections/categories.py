"""What models are used for, and whose are used for what."""

from typing import Final

from tokentide.reports.page.figure import SHARE, Chart, Figure, Kind, Value
from tokentide.reports.page.section import Section

_BOUNDS: Final = (Value("low", "95 % from", Kind.SHARE), Value("high", "to", Kind.SHARE))

_ALL: Final = 13
"""Every category there is, so that none is folded."""

SECTION: Final = Section(
    "categories",
    "Categories and authors",
    "Content classes come as labels on events, often on a sample: shares are weighted, with a 95 % interval.",
    (
        Figure(
            "category-share",
            "category-share",
            Chart.AREA,
            title="Categories over time",
            bucketed=True,
            need="labels",
            top=_ALL,
            palette="category",
        ),
        Figure(
            "category-ranking",
            "category-share",
            Chart.BARS,
            title="Categories, ranked",
            need="labels",
            top=_ALL,
            palette="category",
            extra=_BOUNDS,
            options={"low": "low", "high": "high"},
        ),
        Figure(
            "programming-authors",
            "programming-by-author",
            Chart.AREA,
            title="Programming, by author of the model",
            bucketed=True,
            top=9,
            need="labels",
            palette="author",
        ),
        Figure(
            "sub-tags",
            "category-sub-tags",
            Chart.STACKS,
            (SHARE,),
            parts="category",
            need="labels",
            extra=_BOUNDS,
            options={"least": 0.07},
        ),
        Figure(
            "profiles",
            "author-profile",
            Chart.STACKS,
            (SHARE,),
            title="Author profiles: what each author's models are used for",
            parts="author",
            need="labels",
            palette="category",
            extra=_BOUNDS,
            wide=True,
        ),
    ),
)
