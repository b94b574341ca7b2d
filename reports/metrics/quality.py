"""How much there is, how it ended, and how far the figures can be trusted."""

from typing import Final

from tokentide.reports.computations.counters import Coverage, DataQuality
from tokentide.reports.dimensions import Origin
from tokentide.reports.formulas import Column, Unit, add, part, priced
from tokentide.reports.metric import Definition, Metric, Shape
from tokentide.reports.metrics.words import (
    ATTEMPTS,
    COST,
    FILTERS,
    FINISH,
    POPULATION,
    SHARE_UNITS,
    TOKENIZERS,
    share_of,
)
from tokentide.reports.shares import Figures, Proportion

_VOLUME: Final = Figures(
    extra=(add("prompt_tokens"), add("completion_tokens")),
    figures=(
        Column("prompt_tokens", "prompt_tokens"),
        Column("completion_tokens", "completion_tokens"),
        Column("mean_tokens", part("tokens", "n")),
    ),
    known=f"if({{unit:String}} = 'usd', {part('(n - unpriced)', 'n')}, 1.)",
)

_FILTERED: Final = Figures(
    extra=(
        add("content_filter_requests", "finish_content_filter"),
        add("content_filter_tokens"),
        add("finish_known"),
    ),
    figures=(
        Column("rate", "request_share"),
        Column("share", "if({unit:String} = 'tokens', token_share, request_share)"),
        Column("token_share", part("content_filter_tokens", "tokens")),
        Column("request_share", part("content_filter_requests", "n")),
        Column("content_filter_tokens", "content_filter_tokens"),
        Column("content_filter_requests", "content_filter_requests"),
    ),
    known=part("finish_known", "n"),
)

_GOOD: Final = Figures(
    extra=(add("good_requests"), add("good_cost_nano")),
    figures=(
        Column("cost_per_good_usd", priced(part("cost_nano / 1e9", "good_requests"))),
        Column("good_cost_mean_usd", priced(part("good_cost_nano / 1e9", "good_requests"))),
        Column("good_rate", part("good_requests", "n")),
        Column("good_requests", "good_requests"),
        Column("good_cost_usd", priced("good_cost_nano / 1e9")),
    ),
    known=part("(n - unpriced)", "n"),
)

METRICS: Final = (
    Metric(
        id="coverage",
        title="What the store holds",
        study=("D-01",),
        definition=Definition(
            numerator="distinct models, authors, providers, gateways, tenants, billing countries, languages and "
            "accounts; "
            "tokens, requests and USD",
            denominator="none; non_us_share: tokens billed outside the United States, of tokens with a known country",
            population=POPULATION,
            filters="none, unless the question names values of a dimension",
        ),
        unit="counts",
        units=SHARE_UNITS,
        shapes=(Shape(Origin.MODEL, Coverage()),),
        grids=(),
        caveats=(
            "An account counts once for each key its gateway hashed it with; null where no event carries an account.",
            "Null beside a filter that the rows counted do not have: places know no models.",
            "first_event_bucket and last_event_bucket are begins of hours.",
        ),
        readings=(
            "More than half from outside the United States is said of usage, of tokens here: non_us_share; of "
            "requests and "
            "spend: country-share --unit.",
        ),
    ),
    Metric(
        id="data-quality",
        title="Data quality",
        study=("D-03",),
        definition=Definition(
            numerator="messages that were duplicates, refused (dead letters) or dropped; accepted attempts without "
            "a label, "
            "with a model the catalogue does not know, without a cost, without a list price, or late",
            denominator="messages received; attempts accepted. unclassified_rate: of the sampled ones",
            population="every message received on the days asked for, by the broker's clock",
            filters="none",
        ),
        unit="ratio",
        units=(Unit.REQUESTS,),
        shapes=(Shape(Origin.LEDGER, DataQuality()),),
        grids=("bucket",),
        caveats=(
            "Buckets are of received days, not of event time: 1d, 1w or all.",
            "Late: received later than the day after the event's own. Conflicts are dead letters too.",
        ),
    ),
    Metric(
        id="volume",
        title="Volume",
        study=("D-02",),
        definition=Definition(
            numerator="prompt + completion tokens, requests, reported USD",
            denominator="none; mean_tokens is per attempt",
            population=POPULATION,
            filters=FILTERS,
        ),
        unit="tokens",
        units=SHARE_UNITS,
        shapes=(Shape(Origin.MODEL, _VOLUME),),
        caveats=(TOKENIZERS, COST),
    ),
    Metric(
        id="content-filter-rate",
        title="Requests stopped by a content filter",
        study=("X-03",),
        definition=Definition(
            numerator="attempts (or tokens of attempts) whose finish_reason is content_filter",
            denominator="all attempts (or their tokens)",
            population=POPULATION,
            filters=FILTERS,
        ),
        unit="ratio",
        units=(Unit.REQUESTS, Unit.TOKENS),
        shapes=(Shape(Origin.MODEL, _FILTERED),),
        caveats=(
            "What a gateway or a provider blocks before the model answers is in no finish_reason.",
            ATTEMPTS,
            FINISH,
        ),
        readings=("Of open against Chinese models, which the sources mix up: --by source, --by author.",),
    ),
    Metric(
        id="free-variant-share",
        title="Traffic of free variants",
        study=("X-04",),
        definition=share_of("attempts on a free variant", "all attempts"),
        unit="ratio",
        units=SHARE_UNITS,
        shapes=(Shape(Origin.MODEL, Proportion("free", where=("variant", ("free",)))),),
        caveats=("Free is the variant the gateway names, such as `:free`, not a cost of zero.", TOKENIZERS, COST),
    ),
    Metric(
        id="cost-per-good-request",
        title="Cost of a request that ended well",
        study=("X-05",),
        definition=Definition(
            numerator="reported USD of all attempts (cost_per_good_usd), or of those that ended well "
            "(good_cost_mean_usd)",
            denominator="attempts that ended well: finish_reason stop or tool_calls, and status ok or not given",
            population=POPULATION,
            filters=FILTERS,
        ),
        unit="USD per request",
        units=(Unit.USD,),
        shapes=(Shape(Origin.MODEL, _GOOD),),
        caveats=(
            "Failed attempts are paid for too: the first figure carries their cost.",
            "Unpriced attempts that ended well are in the denominator, so where known_share is below 1 the cost is "
            "too low.",
        ),
    ),
)
