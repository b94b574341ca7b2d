"""Where requests are billed and which language they are in."""

from typing import Final

from tokentide.reports.dimensions import Origin
from tokentide.reports.metric import Metric, Shape
from tokentide.reports.metrics.words import BILLING, COST, POPULATION, SHARE_UNITS, TOKENIZERS, share_of
from tokentide.reports.shares import Composition

_LOCATED: Final = Shape(Origin.PLACE, Composition(covered=False), coverage="located")
_COUNTRY: Final = f"{POPULATION}; only attempts that carry a billing country"
_KNOWN: Final = "known_share is the part of the bucket's attempts that carry the field."
_WINDOW: Final = (
    "The whole period against the latest weeks: --bucket all against --bucket 1w; both of the study's figures for "
    "Asia "
    "are right, of different windows."
)

METRICS: Final = (
    Metric(
        id="continent-share",
        title="Traffic by continent",
        study=("G-01", "G-02"),
        definition=share_of("accounts billed on one continent", "all continents", _COUNTRY),
        unit="ratio",
        units=SHARE_UNITS,
        shapes=(_LOCATED,),
        by="continent",
        default={"billing_country!": ("",)},
        caveats=(
            BILLING,
            "Continents by UN M49; Central America and the Caribbean are North America. A code that is no country's "
            "is "
            "`unknown`.",
            _KNOWN,
            TOKENIZERS,
            COST,
        ),
        readings=("The study's figure is titled spend, its table counts tokens: --unit usd, --unit tokens.", _WINDOW),
    ),
    Metric(
        id="country-share",
        title="Traffic by country",
        study=("G-03",),
        definition=share_of("accounts billed in one country", "all countries", _COUNTRY),
        unit="ratio",
        units=SHARE_UNITS,
        shapes=(_LOCATED,),
        by="billing_country",
        top=10,
        default={"billing_country!": ("",)},
        caveats=(BILLING, _KNOWN, TOKENIZERS, COST),
        readings=(
            "Continents and countries are answered from one population here, so that they add up: in the study the "
            "United States and Canada exceed North America.",
        ),
    ),
    Metric(
        id="language-share",
        title="Traffic by language",
        study=("G-04",),
        definition=share_of(
            "requests in one language", "all languages", f"{POPULATION}; only attempts that carry a language"
        ),
        unit="ratio",
        units=SHARE_UNITS,
        shapes=(Shape(Origin.PLACE, Composition(covered=False), coverage="language"),),
        by="language",
        top=5,
        default={"language!": ("",)},
        caveats=("The gateway names the language; nothing is detected here.", _KNOWN, TOKENIZERS, COST),
    ),
)
