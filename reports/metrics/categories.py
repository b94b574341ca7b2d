"""What models are used for: shares of classified requests, with intervals."""

from typing import Final

from tokentide.reports.computations.profiles import ProfileShift, Specialisation
from tokentide.reports.dimensions import Origin
from tokentide.reports.estimates import AnyLabel, EstimatedMeans, EstimatedShare
from tokentide.reports.formulas import Unit
from tokentide.reports.metric import Definition, Metric, Shape
from tokentide.reports.metrics.words import (
    CATALOGUE,
    CLASSIFIED,
    COST,
    INTERVAL,
    OTHERS,
    PRIMARY,
    SAMPLED,
    SHARE_UNITS,
    SOURCES,
    TOKENIZERS,
    WEEKS_OR_TOTAL,
    share_of,
)

UNCLASSIFIED: Final = ("", "unclassified")
_LABELLED: Final = {"category!": UNCLASSIFIED}
_SHARE: Final = Shape(Origin.CATEGORY, EstimatedShare(), coverage="classified")
_NINE: Final = "The study's nine buckets instead of its product categories: --by bucket_category."
_MULTI: Final = "Labels that are not the primary one: any-label-rate."


def _mix(id_: str, title: str, study: tuple[str, ...], whose: str, fixed: dict[str, tuple[str, ...]]) -> Metric:
    return Metric(
        id=id_,
        title=title,
        study=study,
        definition=share_of(f"one category{whose}", f"all categories{whose}", CLASSIFIED),
        unit="ratio",
        units=SHARE_UNITS,
        shapes=(_SHARE,),
        by="category",
        top=12,
        fixed=fixed,
        default=_LABELLED,
        caveats=(
            SAMPLED,
            INTERVAL,
            PRIMARY,
            *((SOURCES, CATALOGUE) if fixed else ()),
            "requests counts attempts here, weighted.",
            TOKENIZERS,
            COST,
        ),
        readings=(OTHERS, _NINE, _MULTI, "Queries instead of tokens: --unit requests."),
    )


def _split(id_: str, title: str, study: str, by: str, top: int | None, *readings: str) -> Metric:
    """Return a metric about the requests of one category, named at the beginning of its id."""
    category = id_.partition("-")[0]
    return Metric(
        id=id_,
        title=title,
        study=(study,),
        definition=share_of(
            f"{category} requests served by one {by}",
            f"all {category} requests",
            CLASSIFIED,
            f"category = {category}",
        ),
        unit="ratio",
        units=SHARE_UNITS,
        shapes=(_SHARE,),
        by=by,
        top=top,
        fixed={"category": (category,)},
        caveats=(SAMPLED, INTERVAL, PRIMARY, CATALOGUE, TOKENIZERS, COST),
        readings=readings,
    )


_ROLEPLAY: Final = (
    "The category roleplay holds Writers Resources and Adult, as in the study's figures; the Roleplaying Games "
    "sub-tag "
    "alone: category-sub-tags --filter category=roleplay; the narrow bucket: --by bucket_category."
)

METRICS: Final = (
    _mix("category-share", "Tokens by category", ("C-01", "C-03", "C-04"), "", {}),
    _mix("oss-category-mix", "Categories of open models", ("O-11",), " on open models", {"open": ("yes",)}),
    _mix(
        "chinese-oss-category-mix",
        "Categories of Chinese open models",
        ("O-12",),
        " on Chinese open models",
        {"source": ("chinese-oss",)},
    ),
    _split(
        "programming-by-source",
        "Programming by source of the model",
        "O-13",
        "source",
        None,
        "Within open models: --filter open=yes.",
    ),
    _split("roleplay-by-source", "Roleplay by source of the model", "O-14", "source", None, _ROLEPLAY),
    _split(
        "programming-by-author",
        "Programming by author of the model",
        "C-02",
        "author",
        10,
        "The study calls it requests, spend and tokens: token_share, request_share and cost_share stand side by "
        "side.",
    ),
    Metric(
        id="category-sub-tags",
        title="Sub-tags of each category",
        study=("C-03", "C-04", "C-11"),
        definition=share_of(
            "one sub-tag (the last segment of the label's path)",
            "the whole category",
            CLASSIFIED,
        ),
        unit="ratio",
        units=SHARE_UNITS,
        shapes=(_SHARE,),
        by="sub_tag",
        within="category",
        default=_LABELLED,
        caveats=(
            "A label that ends at its category's own prefix has that prefix's last segment as its sub-tag.",
            SAMPLED,
            INTERVAL,
            TOKENIZERS,
            COST,
        ),
        readings=(_ROLEPLAY,),
    ),
    Metric(
        id="author-profile",
        title="What each author's models are used for",
        study=("C-05", "C-06", "C-07", "C-08", "C-09", "C-10"),
        definition=share_of(
            "one category on one author's models", "all categories on that author's models", CLASSIFIED
        ),
        unit="ratio",
        units=SHARE_UNITS,
        shapes=(_SHARE,),
        by="category",
        within="author",
        top=10,
        top_within=True,
        default=_LABELLED,
        caveats=("The ten largest authors; the rest is `other`.", SAMPLED, INTERVAL, TOKENIZERS, COST),
        readings=(OTHERS, _NINE),
    ),
    Metric(
        id="any-label-rate",
        title="Requests that carry a label of a category",
        study=("C-01", "C-03", "C-04"),
        definition=Definition(
            numerator="classified requests with at least one label of confidence >= 0.5 in the category",
            denominator="all classified requests, those without any such label included",
            population="requests that were classified, weighted by 1 / sample_rate",
            filters="none, unless the question names values of a dimension; they restrict both sides",
        ),
        unit="ratio",
        units=(Unit.REQUESTS,),
        shapes=(
            Shape(Origin.CATEGORY, AnyLabel("any"), coverage="sampled", by=("category",)),
            Shape(Origin.CATEGORY, AnyLabel("any_bucket"), coverage="sampled", by=("bucket_category",)),
        ),
        by="category",
        caveats=(
            "A request counts for each category among its labels: rates do not add up to 1.",
            "token_rate is the same in tokens, without an interval.",
            INTERVAL,
        ),
        readings=("Each request once, by its primary label: category-share.",),
    ),
    Metric(
        id="length-by-category",
        title="Length of requests by category",
        study=("A-07", "A-09"),
        definition=Definition(
            numerator="prompt tokens, completion tokens and their sum of one category's requests",
            denominator="those requests; prompt_ratio: against the mean prompt of all classified requests in the "
            "bucket",
            population=CLASSIFIED,
            filters="none, unless the question names values of a dimension; they restrict both sides",
        ),
        unit="tokens per request",
        units=(Unit.TOKENS,),
        shapes=(Shape(Origin.CATEGORY, EstimatedMeans(), coverage="classified"),),
        by="category",
        top=12,
        default=_LABELLED,
        caveats=(
            "Means are ratios of weighted totals, each with a 95 % interval; one request gives none. That of totals "
            "knows accounts where nearly all requests carry one (total_interval: clustered).",
            SAMPLED,
            TOKENIZERS,
        ),
        readings=(_NINE, WEEKS_OR_TOTAL),
    ),
    Metric(
        id="author-specialisation",
        title="How specialised the use of each author's models is",
        study=("C-05", "C-06", "C-07", "C-08", "C-09", "C-10"),
        definition=Definition(
            numerator="the effective number of categories, 1 / sum of squared category shares, of one author's "
            "requests",
            denominator="none; top_share is the part of the author's largest category",
            population=CLASSIFIED,
            filters="none, unless the question names values of a dimension",
        ),
        unit="categories",
        units=SHARE_UNITS,
        shapes=(Shape(Origin.CATEGORY, Specialisation(), by=("author", "model", "source")),),
        by="author",
        default=_LABELLED,
        grids=("bucket",),
        caveats=(
            "From 1 (one category only) to the number of categories. Small samples look more specialised than they "
            "are: "
            "compare authors with a similar n_eff.",
            "known_share is the part of the author's own attempts that was classified.",
        ),
        readings=(OTHERS,),
    ),
    Metric(
        id="profile-shift",
        title="Author profile before and after an event",
        study=("C-07", "C-08", "C-10"),
        definition=Definition(
            numerator="category shares of one author's classified requests in the 28 days from a date on (--at), "
            "minus "
            "those in the 28 days before",
            denominator="all classified requests of that author in the same 28 days",
            population=CLASSIFIED,
            filters="none, unless the question names values of a dimension; they restrict both sides",
        ),
        unit="difference of shares",
        units=SHARE_UNITS,
        shapes=(Shape(Origin.CATEGORY, ProfileShift(), by=("category", "bucket_category")),),
        by="category",
        top=10,
        default=_LABELLED,
        grids=(),
        caveats=(
            "low and high are a 95 % interval of the change.",
            "A change at a date is not an effect of what happened on it.",
        ),
    ),
)
