"""What tokens cost, and how use goes with price."""

from typing import Final

from tokentide.reports.computations.changes import PriceChangeEffect
from tokentide.reports.computations.prices import SCATTER, PriceTable, archetypes, medians, quadrants, scatter
from tokentide.reports.computations.slopes import PriceSlope
from tokentide.reports.dimensions import Origin
from tokentide.reports.estimates import EstimatedPrice
from tokentide.reports.formulas import Column, Unit, add, part
from tokentide.reports.metric import Definition, Metric, Shape
from tokentide.reports.metrics.words import CATALOGUE, FILTERS, POPULATION, TOKENIZERS
from tokentide.reports.shares import Figures

_PAID: Final = ("byok", ("no", ""))
PRICE: Final = Figures(
    extra=(
        add("priced_tokens", where=_PAID),
        add("paid_nano", "cost_nano", where=_PAID),
        add("byok_requests", "attempts", where=("byok", ("yes",))),
        add("listed_tokens"),
        add("list_cost_nano"),
    ),
    figures=(
        Column("price_usd_per_1m", part("paid_nano / 1e3", "priced_tokens")),
        Column("list_price_usd_per_1m", part("list_cost_nano / 1e3", "listed_tokens")),
        Column("priced_tokens", "priced_tokens"),
        Column("paid_cost_usd", "if(priced_tokens > 0, paid_nano / 1e9, NULL)"),
        Column("byok_requests", "byok_requests"),
    ),
    known=part("(n - unpriced)", "n"),
)
PAID: Final = (
    "attempts with a reported cost that were not on a customer's own key (BYOK); those without a cost are excluded "
    "and "
    "counted as unpriced, those on a customer's own key as byok_requests"
)

_SLOPE: Final = (
    "A cross-section of models, not an elasticity: nothing was changed, and better models cost more.",
    "se and the 95 % interval are heteroscedasticity-robust (HC1, Student's t with n - 2).",
    "Models at a price of zero are left out and counted (zero_price), so are those without a list price (unlisted) "
    "or "
    "an effective one (unpriced); what was on a customer's own key is in no effective price (byok_requests).",
    CATALOGUE,
    TOKENIZERS,
)


def _table(
    id_: str, title: str, study: tuple[str, ...], formula: PriceTable, what: str, *unit_and_caveats: str
) -> Metric:
    """Return a metric over groups that have a price: by category from classified requests, else from all."""
    unit, *caveats = unit_and_caveats
    return Metric(
        id=id_,
        title=title,
        study=study,
        definition=Definition(
            numerator=what,
            denominator="millions of prompt + completion tokens of attempts with a price",
            population=PAID,
            filters=FILTERS,
        ),
        unit=unit,
        units=(Unit.TOKENS,),
        shapes=(Shape(Origin.MODEL, formula), Shape(Origin.CATEGORY, formula)),
        by="category",
        default={"category!": ("", "unclassified")},
        grids=("bucket",),
        caveats=(*caveats, "By category it rests on classified requests, weighted.", TOKENIZERS),
        readings=("Over models or authors instead of categories: --by model, --by author.",),
    )


METRICS: Final = (
    Metric(
        id="effective-price",
        title="Effective price per million tokens",
        study=("P-01", "P-02", "P-03"),
        definition=Definition(
            numerator="reported USD, what was paid after cache discounts",
            denominator="millions of prompt + completion tokens of the same attempts",
            population=PAID,
            filters=FILTERS,
        ),
        unit="USD per million tokens",
        units=(Unit.TOKENS, Unit.USD, Unit.REQUESTS),
        shapes=(
            Shape(Origin.MODEL, PRICE),
            Shape(Origin.CATEGORY, EstimatedPrice(), coverage="classified"),
        ),
        by="model",
        top=20,
        default={"category!": ("", "unclassified")},
        caveats=(
            "A blend over prompt and completion tokens as they were used: the same list price gives another blend "
            "for "
            "longer answers.",
            "list_price_usd_per_1m is at the catalogue's price in force at each event, over the tokens it knows a "
            "price for.",
            "By category it rests on classified requests, and has no list price; low and high are a 95 % interval: "
            "by account where nearly all carry one and have a cost of the gateway's own (interval: clustered), else "
            "by request and wider than need be (upper_bound), none where everything was classified (design).",
            CATALOGUE,
            TOKENIZERS,
        ),
    ),
    _table(
        "price-vs-usage",
        "Price against use",
        ("P-01", "P-02", "P-03"),
        PriceTable(scatter, SCATTER),
        "the effective price of one group, and its tokens",
        "USD per million tokens",
    ),
    _table(
        "price-quadrants",
        "Quadrants of price and use",
        ("P-01",),
        PriceTable(quadrants, (*SCATTER, "price_cut", "usage_cut", "quadrant")),
        "the effective price of one group against the median price of the groups, its tokens against their median",
        "quadrant",
        "premium-workload: dearer than the median and used at least as much as the median group; mass-market: not "
        "dearer, used as much; specialised-expert: dearer, used less; niche-utility: neither.",
        "The study cuts at the median price and does not say where it cuts use; a category stands in one quadrant "
        "only.",
    ),
    _table(
        "median-price",
        "Median price",
        ("P-01",),
        PriceTable(
            medians,
            (
                "median_usd_per_1m",
                "token_weighted_median",
                "mean_price",
                "groups",
                "zero_price",
                "tokens",
                "cost_usd",
                "n",
                "known_share",
            ),
            grouped=False,
        ),
        "the middle effective price of the groups (median_usd_per_1m); the price at or below which half of the "
        "priced tokens were bought (token_weighted_median); the price of all (mean_price)",
        "USD per million tokens",
        "Groups at a price of zero are left out and counted.",
        "The study does not say what its median is of: both are here, and --by chooses the groups.",
    ),
    Metric(
        id="price-slope",
        title="Slope of use over price across models",
        study=("P-02",),
        definition=Definition(
            numerator="the slope of log tokens on log list price in force (tokens at list price over tokens "
            "listed), one "
            "point a model, by least squares; effective_slope: on the effective price",
            denominator="none; usage_per_10pct is the change of tokens that goes with a 10 % lower price",
            population=f"models with traffic and a list price above zero; {PAID}",
            filters=FILTERS,
        ),
        unit="percent per percent",
        units=(Unit.TOKENS,),
        shapes=(Shape(Origin.MODEL, PriceSlope()),),
        grids=("bucket",),
        caveats=_SLOPE,
    ),
    Metric(
        id="price-slope-by-tier",
        title="Slope of use over price, by group of models",
        study=("P-02",),
        definition=Definition(
            numerator="the slope of log tokens on log list price in force within one group of models",
            denominator="none",
            population="models of the group with traffic and a list price above zero",
            filters=FILTERS,
        ),
        unit="percent per percent",
        units=(Unit.TOKENS,),
        shapes=(Shape(Origin.MODEL, PriceSlope()),),
        by="source",
        grids=("bucket",),
        caveats=_SLOPE,
        readings=("By price tier instead of source: --by price_tier.",),
    ),
    Metric(
        id="price-archetypes",
        title="Archetypes of price and use",
        study=("P-04",),
        definition=Definition(
            numerator="the effective price of a model, and the part of priced models that are used no more than it",
            denominator="none",
            population=PAID,
            filters=FILTERS,
        ),
        unit="archetype",
        units=(Unit.TOKENS,),
        shapes=(
            Shape(
                Origin.MODEL,
                PriceTable(archetypes, ("price_usd_per_1m", "tokens", "log10_tokens", "usage_rank", "archetype")),
            ),
        ),
        by="model",
        grids=("bucket",),
        caveats=(
            "efficient-giant: below $0.40 and in the upper quarter by use; premium-leader: $1 to $10 and in the "
            "upper "
            "quarter; long-tail: below $0.40 and in the lower quarter; premium-specialist: from $20 on and not in "
            "the "
            "upper quarter. The study gives the prices in words and names no cut of use; these are ours.",
        ),
    ),
    Metric(
        id="price-change-effect",
        title="Use before and after a price change",
        study=("P-05",),
        definition=Definition(
            numerator="tokens, share of all tokens and prices of a model in the 28 days from a change of its list "
            "price on",
            denominator="the same in the 28 days before; elasticity: ratio of logarithms, of tokens over list price",
            population=POPULATION,
            filters="models whose list price changed in the period, by the catalogue",
        ),
        unit="ratio",
        units=(Unit.TOKENS,),
        shapes=(Shape(Origin.MODEL, PriceChangeEffect(), by=("model",)),),
        by="model",
        grids=(),
        caveats=(
            "A change within one model, not a comparison of models, and still no proof of cause: read "
            "share_elasticity, "
            "which leaves the growth of all traffic out, and the changes close by.",
            "Null where 28 days on either side are not in the period.",
        ),
    ),
)
