"""Where the traffic is billed, and in which languages."""

from typing import Final

from tokentide.reports.page.figure import VOLUME, Chart, Figure
from tokentide.reports.page.section import Section

SECTION: Final = Section(
    "places",
    "Places",
    "By billing country of the account and language of the prompt, where events carry them.",
    (
        Figure(
            "continents-over-time",
            "continent-share",
            Chart.AREA,
            title="Continents over time",
            bucketed=True,
            need="billing_country",
            palette="continent",
        ),
        Figure(
            "continents",
            "continent-share",
            Chart.BARS,
            title="Continents",
            need="billing_country",
            palette="continent",
            extra=(VOLUME,),
        ),
        Figure("countries", "country-share", Chart.BARS, title="Countries", need="billing_country", extra=(VOLUME,)),
        Figure("languages", "language-share", Chart.BARS, title="Languages", need="language", extra=(VOLUME,)),
    ),
)
