"""Who made the models: authors, open against closed weights, concentration."""

from typing import Final

from tokentide.reports.computations.accounts import AccountShare
from tokentide.reports.computations.ranking import ModelConcentration
from tokentide.reports.computations.releases import ReleaseCadence, ReleaseEffect
from tokentide.reports.computations.summary import WeeklySummary
from tokentide.reports.dimensions import Origin
from tokentide.reports.formulas import Unit
from tokentide.reports.metric import Definition, Metric, Shape
from tokentide.reports.metrics.words import (
    BYOK,
    CATALOGUE,
    COST,
    FILTERS,
    POPULATION,
    SHARE_UNITS,
    SOURCES,
    TOKENIZERS,
    WEEKS_OR_TOTAL,
    share_of,
)
from tokentide.reports.shares import Composition

_OPEN: Final = {"open": ("yes",)}
_OPEN_WORDS: Final = "models with open weights only; further ones a question names restrict both sides"
_TOP: Final = "Groups beyond the top N of the whole period, and values over the dimension cap, are `other`."

METRICS: Final = (
    Metric(
        id="token-share-by-author",
        title="Share of all tokens",
        study=("O-06",),
        definition=share_of("one author's models", "all authors"),
        unit="ratio",
        units=(*SHARE_UNITS, Unit.ACCOUNTS),
        shapes=(Shape(Origin.MODEL, Composition()), Shape(Origin.ACCOUNTS, AccountShare())),
        by="author",
        top=20,
        caveats=(
            "The author made the model; the provider who served it is another dimension.",
            f"{_TOP} The shares of one bucket sum to 1.",
            "The study's O-06 counts open-weight models only and gives totals: oss-tokens-by-author.",
            "By accounts, a share is the part of all distinct accounts that used the author: an account counts for "
            "each author it used, so these shares do not add up to 1.",
            TOKENIZERS,
            COST,
            BYOK,
        ),
    ),
    Metric(
        id="token-share-by-source",
        title="Open and closed models",
        study=("O-01", "O-02", "O-03", "O-04", "X-07"),
        definition=share_of("the models of one source group", "all models"),
        unit="ratio",
        units=SHARE_UNITS,
        shapes=(Shape(Origin.MODEL, Composition(known="source")),),
        by="source",
        caveats=(SOURCES, CATALOGUE, TOKENIZERS, COST, BYOK),
        readings=(
            "Share of open models only, not of all: --filter open=yes.",
            "Revenue instead of tokens: --unit usd.",
            WEEKS_OR_TOTAL,
        ),
    ),
    Metric(
        id="source-share-summary",
        title="Open and closed models over the weeks",
        study=("O-03", "O-04"),
        definition=Definition(
            numerator="the weekly share of one source group: its unweighted mean over ISO weeks, its least and "
            "greatest",
            denominator="the ISO weeks of the period that have events; a week without the group counts as 0. share: "
            "the "
            "group's part of the total of the period",
            population=POPULATION,
            filters=FILTERS,
        ),
        unit="ratio",
        units=SHARE_UNITS,
        shapes=(Shape(Origin.MODEL, WeeklySummary()),),
        by="source",
        grids=(),
        caveats=(
            "A week cut by --from, --to or the first event counts with the part inside: ask for whole weeks.",
            SOURCES,
            CATALOGUE,
            TOKENIZERS,
            COST,
        ),
        readings=(
            "The study's averages are means of weeks (mean_share); totals by author suggest another balance (share): "
            "both are here.",
            "Chinese models as part of open models: --filter open=yes.",
        ),
    ),
    Metric(
        id="release-effect",
        title="Open models before and after a release",
        study=("O-05", "O-15"),
        definition=Definition(
            numerator="tokens (or requests, or USD) of all open models, and of the released one, in the 28 days "
            "before its "
            "release, the 28 days from it on, and the 28 days after those",
            denominator="the same of all models in the same days",
            population=POPULATION,
            filters=FILTERS,
        ),
        unit="ratio",
        units=SHARE_UNITS,
        shapes=(Shape(Origin.MODEL, ReleaseEffect(), by=("model",)),),
        by="model",
        top=10,
        grids=(),
        caveats=(
            "verdict: `kept` where at least half of the rise at the release is still there 28 days on, `spike` "
            "where less "
            "is, `none` where nothing rose; null where the period ends too early or begins too late.",
            "ramp_days: days to the end of the first week since release in which the model has 1 % of open models' "
            "volume.",
            "Releases close together share their effect.",
            "The ten most used open models released in the period.",
            CATALOGUE,
        ),
    ),
    Metric(
        id="oss-tokens-by-author",
        title="Tokens of open models by author",
        study=("O-06",),
        definition=share_of("one author's open models", "all open models", filters=_OPEN_WORDS),
        unit="ratio",
        units=SHARE_UNITS,
        shapes=(Shape(Origin.MODEL, Composition()),),
        by="author",
        top=10,
        fixed=_OPEN,
        caveats=("`tokens` are the totals of the study's table, all variants.", _TOP, CATALOGUE, TOKENIZERS, COST),
    ),
    Metric(
        id="oss-top-models",
        title="Largest open models",
        study=("O-07",),
        definition=share_of("one open model", "all open models", filters=_OPEN_WORDS),
        unit="ratio",
        units=SHARE_UNITS,
        shapes=(Shape(Origin.MODEL, Composition()),),
        by="model",
        top=15,
        fixed=_OPEN,
        caveats=(_TOP, CATALOGUE, TOKENIZERS, COST),
    ),
    Metric(
        id="oss-concentration",
        title="Concentration among open models",
        study=("O-08",),
        definition=Definition(
            numerator="tokens (or requests, or USD) of the largest open model, of the two largest; the sum of "
            "squared "
            "shares (hhi) and its inverse (effective_models); open models with more than 5 %",
            denominator="the same of all open models in the same bucket",
            population=POPULATION,
            filters=_OPEN_WORDS,
        ),
        unit="ratio",
        units=SHARE_UNITS,
        shapes=(Shape(Origin.MODEL, ModelConcentration()),),
        fixed=_OPEN,
        grids=("bucket",),
        caveats=(
            "Meaningful share has no threshold in the study; here it is above 5 %.",
            "models counts those with any volume in the unit asked for.",
            "Models over the dimension cap count as one, `other`.",
            CATALOGUE,
            TOKENIZERS,
        ),
        readings=("Concentration among all models is asked by author: token-share-by-author.",),
    ),
    Metric(
        id="release-cadence",
        title="Releases by author and quarter",
        study=("X-02",),
        definition=Definition(
            numerator="models of one author that the catalogue says were released in a calendar quarter",
            denominator="none; cumulative counts the author's releases in the period so far",
            population="every model of the catalogue with a release date, used or not",
            filters="--from and --to bound the release date",
        ),
        unit="models",
        units=(Unit.REQUESTS,),
        shapes=(Shape(Origin.CATALOGUE, ReleaseCadence(), by=("author",)),),
        by="author",
        grids=(),
        caveats=("The catalogue lists what gateways served, not everything an author published.",),
    ),
)
