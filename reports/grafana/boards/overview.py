"""What is going on now: how much, whose, what for, and what shifted."""

from tokentide.reports.grafana import alerts, fields, plumbing
from tokentide.reports.grafana.boards.parts import VOLUME, figures, mix, of_unit, rests_on, shares
from tokentide.reports.grafana.dashboard import Dashboard, Row
from tokentide.reports.grafana.panels import COUNT, SECONDS, SHARE, USD, lines, override, stat, table
from tokentide.reports.grafana.statement import Asked, sample, series
from tokentide.reports.grafana.statement import table as totals

_AUTHORS = Asked("token-share-by-author", top=12)
_VOLUME = Asked("volume")


def board() -> Dashboard:
    """Return the board."""
    return Dashboard(
        "tokentide-overview",
        "Tokentide · Overview",
        "The mix now, and what shifted. Shares are in the unit chosen above.",
        (_now(), _mix(), _time(), Row("Coverage", (rests_on((fields.COST, fields.FINISH, fields.LABELS)),))),
        start="now-24h",
    )


def _now() -> Row:
    units = (override("USD", ("unit", USD)), override("Mean tokens", ("unit", COUNT)))
    total = Asked("volume", by="", total=True)
    return Row(
        "Now",
        (
            stat(
                "Traffic of the range",
                totals(total, VOLUME | {"n": "Events (n)", "mean_tokens": "Mean tokens"}),
                total.entry,
                width=16,
                overrides=units,
            ),
            stat("Newest event", plumbing.silence(), None, SECONDS, width=8, description="Age of the newest event."),
            table(
                "Shifts",
                alerts.standing(),
                None,
                {"Before": SHARE, "Now": SHARE, "n_eff": COUNT},
                width=24,
                height=6,
                description="What the shift detector said of this range (docs/alerting.md).",
            ),
        ),
    )


def _mix() -> Row:
    return Row(
        "The mix of the range",
        (
            mix("Authors", Asked("token-share-by-author", top=12, total=True), "Author", width=8),
            mix("Open and closed", Asked("token-share-by-source", total=True), "Source", width=8),
            mix("Categories", Asked("category-share", total=True), "Category", width=8),
        ),
    )


def _time() -> Row:
    amount = series(_VOLUME, {of_unit(): "amount"})
    return Row(
        "Over time",
        (
            shares("Share by author", _AUTHORS, "Author"),
            shares("Share by source", Asked("token-share-by-source"), "Source"),
            lines("Volume in the chosen unit", amount, sample(_VOLUME), _VOLUME.entry, COUNT),
            figures(
                "Signs of agentic use",
                Asked("agentic-share"),
                {
                    "reasoning_share": "Reasoning models",
                    "tool_call_share": "Tool called",
                    "tools_offered_share": "Tools offered",
                },
            ),
        ),
    )
