"""What models are used for, and whose models for what: figures of classified requests."""

from tokentide.reports.grafana import fields
from tokentide.reports.grafana.boards.parts import rests_on, shares
from tokentide.reports.grafana.dashboard import Dashboard, Row
from tokentide.reports.grafana.panels import COUNT, SHARE, Panel, table
from tokentide.reports.grafana.statement import Asked
from tokentide.reports.grafana.statement import table as ranked

_SAMPLE = {"share": "Share", "n": "n", "n_eff": "n_eff", "tokens": "Tokens"}
_UNITS = {"Share": SHARE, "Rate": SHARE, "n": COUNT, "n_eff": COUNT, "Tokens": COUNT}


def _mix(title: str, asked: Asked, group: str, part: str | None = None, width: int = 12) -> Panel:
    return table(title, ranked(asked, _SAMPLE, group, part), asked.entry, _UNITS, width=width)


def board() -> Dashboard:
    """Return the board."""
    return Dashboard(
        "tokentide-categories",
        "Tokentide · Categories and authors",
        "Shares of classified requests. n is how many, n_eff how many of equal weight would carry as much.",
        (
            Row(
                "Categories",
                (
                    shares("Tokens by category", Asked("category-share"), "Category"),
                    _mix("Categories of the range", Asked("category-share", total=True), "Category"),
                    _any_label(),
                    _mix("Sub-tags", Asked("category-sub-tags", total=True), "Sub-tag", "Category"),
                    _lengths(),
                    _mix("Categories of open models", Asked("oss-category-mix", total=True), "Category"),
                ),
            ),
            Row(
                "Authors",
                (
                    _mix("Author profiles", Asked("author-profile", total=True), "Category", "Author"),
                    shares("Programming by author", Asked("programming-by-author"), "Author"),
                    shares("Programming by source", Asked("programming-by-source"), "Source"),
                    shares("Roleplay by source", Asked("roleplay-by-source"), "Source"),
                ),
            ),
            Row("Coverage", (rests_on((fields.LABELS,)),)),
        ),
    )


def _any_label() -> Panel:
    asked = Asked("any-label-rate", total=True)
    names = {"rate": "Rate", "n": "n", "n_eff": "n_eff"}
    return table("Requests that carry a label, primary or not", ranked(asked, names, "Category"), asked.entry, _UNITS)


def _lengths() -> Panel:
    asked = Asked("length-by-category", total=True)
    names = {
        "prompt_mean": "Prompt mean",
        "completion_mean": "Completion mean",
        "total_mean": "Mean",
        "prompt_ratio": "Prompt to all",
        "n": "n",
        "n_eff": "n_eff",
    }
    units = {**_UNITS, "Prompt mean": COUNT, "Completion mean": COUNT, "Mean": COUNT, "Prompt to all": COUNT}
    return table("Length by category", ranked(asked, names, "Category"), asked.entry, units)
