"""Open against closed models: whose, how large, how much of the traffic."""

from tokentide.reports.grafana.boards.parts import by_group, mix, shares
from tokentide.reports.grafana.dashboard import Dashboard, Row
from tokentide.reports.grafana.panels import COUNT
from tokentide.reports.grafana.statement import Asked


def board() -> Dashboard:
    """Return the board."""
    return Dashboard(
        "tokentide-open-vs-closed",
        "Tokentide · Open vs closed",
        "What share open models have, whose they are and how large.",
        (
            Row(
                "Source",
                (
                    shares("Open and closed models", Asked("token-share-by-source"), "Source", width=16),
                    mix("Over the whole range", Asked("token-share-by-source", total=True), "Source", width=8),
                ),
            ),
            Row(
                "Among open models",
                (
                    shares("By author", Asked("oss-tokens-by-author"), "Author"),
                    shares("By size", Asked("size-class-share"), "Size"),
                    by_group(
                        "Tokens of the largest open models", Asked("oss-top-models", top=10), "tokens", "Model", COUNT
                    ),
                    mix("Largest open models", Asked("oss-top-models", total=True), "Model"),
                    mix("By release", Asked("size-class-share", by="release_quarter", total=True), "Release"),
                    mix("By active size", Asked("size-class-share", by="active_size_class", total=True), "Size"),
                ),
            ),
        ),
    )
