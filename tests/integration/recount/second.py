"""Every metric a second time: SQL over raw events, written from the words of docs/metrics.md."""

from collections.abc import Callable, Mapping
from functools import partial

from integration.recount import rankings, sampled, traffic
from integration.recount.after_free import after_free
from integration.recount.asked import Asked

_TOOLS = {"those": "finish = 'tool_calls'", "name": "tool_call", "carried": "finish IS NOT NULL"}
_OSS = "open = 'yes'"

METRICS: Mapping[str, Callable[[Asked], str]] = {
    "token-share-by-author": partial(traffic.share, by="author", top=20),
    "token-share-by-source": partial(traffic.share, by="source", carried="source <> 'unknown'"),
    "oss-tokens-by-author": partial(traffic.share, by="author", top=10, only=_OSS),
    "oss-top-models": partial(traffic.share, by="model", top=15, only=_OSS),
    "size-class-share": partial(traffic.share, by="size_class", only=_OSS, carried="size_class <> 'unknown'"),
    "top-reasoning-models": partial(traffic.share, by="model", top=10, only="reasoning = 'yes'"),
    "continent-share": partial(traffic.place_share, by="continent", field="billing_country"),
    "country-share": partial(traffic.place_share, by="billing_country", field="billing_country", top=10),
    "language-share": partial(traffic.place_share, by="language", field="language", top=5),
    "reasoning-share": traffic.reasoning,
    "tool-call-rate": partial(traffic.part, **_TOOLS),
    "tool-call-token-share": partial(traffic.part, **_TOOLS),
    "tools-offered": traffic.tools_offered,
    "tool-calls-by-model": traffic.tool_calls_by_model,
    "content-filter-rate": partial(
        traffic.part, those="finish = 'content_filter'", name="content_filter", carried="finish IS NOT NULL"
    ),
    "free-variant-share": partial(traffic.part, those="variant = 'free'", name="free", carried="true"),
    "agentic-share": traffic.agentic,
    "sequence-length": traffic.lengths,
    "input-output-ratio": traffic.totals,
    "volume": traffic.totals,
    "cost-per-good-request": traffic.cost_per_good,
    "category-share": partial(sampled.share, by="category", top=12),
    "oss-category-mix": partial(sampled.share, by="category", top=12, only=_OSS),
    "chinese-oss-category-mix": partial(sampled.share, by="category", top=12, only="source = 'chinese-oss'"),
    "programming-by-source": partial(sampled.share, by="source", only="category = 'programming'"),
    "roleplay-by-source": partial(sampled.share, by="source", only="category = 'roleplay'"),
    "programming-by-author": partial(sampled.share, by="author", top=10, only="category = 'programming'"),
    "category-sub-tags": partial(sampled.share, by="sub_tag", part="category"),
    "author-profile": partial(sampled.share, by="category", top=10, part="author"),
    "any-label-rate": sampled.any_label,
    "length-by-category": sampled.lengths,
    "author-specialisation": sampled.specialisation,
    "oss-concentration": rankings.concentration,
    "source-share-summary": rankings.over_weeks,
    "effective-price": rankings.price,
    "price-vs-usage": rankings.category_prices,
}

OF_ACCOUNTS: Mapping[str, Callable[[Asked], str]] = {"paid-after-free": after_free}
"""What follows accounts: when their keys begin and end is known of a whole store, not of one of its gateways."""

_INTERVAL = ("low", "high", "interval")
NOT_RECOUNTED: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(
        ("category-share", "oss-category-mix", "chinese-oss-category-mix", "programming-by-source",
         "roleplay-by-source", "programming-by-author", "category-sub-tags", "author-profile", "any-label-rate"),
        _INTERVAL,
    ),
    "paid-after-free": ("low", "high"),
    "length-by-category": (
        "interval", "total_interval",
        *(f"{what}_{end}" for what in ("prompt", "completion", "total") for end in ("low", "high")),
    ),
}  # fmt: skip
"""Columns that are tested elsewhere: the intervals, by their coverage."""

OWN_DIMENSION_ONLY = {"oss-concentration", "price-vs-usage"}
"""Metrics that are recounted by their own dimension and no other."""
