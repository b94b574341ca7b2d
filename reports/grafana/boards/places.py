"""Where accounts are billed, and in what languages they ask."""

from tokentide.reports.grafana import fields
from tokentide.reports.grafana.boards.parts import mix, rests_on, shares
from tokentide.reports.grafana.dashboard import Dashboard, Row
from tokentide.reports.grafana.statement import Asked


def board() -> Dashboard:
    """Return the board."""
    return Dashboard(
        "tokentide-places",
        "Tokentide · Places",
        "Billing country is where the account is billed, not where its users are. No map: tiles would come from "
        "other hosts.",
        (
            Row(
                "Continents and countries",
                (
                    shares("Continents", Asked("continent-share"), "Continent"),
                    mix("Continents of the range", Asked("continent-share", total=True), "Continent"),
                    shares("Countries", Asked("country-share"), "Country"),
                    mix("Countries of the range", Asked("country-share", top=30, total=True), "Country"),
                ),
            ),
            Row(
                "Languages",
                (
                    shares("Languages", Asked("language-share"), "Language"),
                    mix("Languages of the range", Asked("language-share", top=20, total=True), "Language"),
                ),
            ),
            Row("Coverage", (rests_on((fields.COUNTRY, fields.LANGUAGE)),)),
        ),
    )
