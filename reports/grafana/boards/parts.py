"""What several boards show the same way."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from tokentide.reports.grafana import fields
from tokentide.reports.grafana.panels import COUNT, SHARE, USD, Panel, lines, stacked, table
from tokentide.reports.grafana.statement import Asked, sample, series
from tokentide.reports.grafana.statement import table as ranked
from tokentide.reports.grafana.variables import UNIT

VOLUME: Final = {"n": "n", "requests": "Requests", "tokens": "Tokens", "cost_usd": "USD"}
"""What stands beside every share of a table."""
UNITS: Final = {"Share": SHARE, "n": COUNT, "Requests": COUNT, "Tokens": COUNT, "USD": USD}


def of_unit(tokens: str = "tokens", requests: str = "requests", usd: str = "cost_usd") -> str:
    """Return SQL of the amount in the unit that is chosen."""
    chosen = f"${{{UNIT}:singlequote}}"
    return f"multiIf({chosen} = 'usd', {usd}, {chosen} = 'requests', {requests}, {tokens})"


def shares(title: str, asked: Asked, group: str, **more: Any) -> Panel:
    """Return the shares of groups over time."""
    return stacked(title, series(asked, {"share": "share"}, group), sample(asked), group, asked.entry, **more)


def figures(title: str, asked: Asked, names: Mapping[str, str], unit: str = SHARE, **more: Any) -> Panel:
    """Return several figures of one population over time."""
    return lines(title, series(asked, names), sample(asked), asked.entry, unit, **more)


def by_group(title: str, asked: Asked, column: str, group: str, unit: str, **more: Any) -> Panel:
    """Return one figure of several groups over time."""
    sql = series(asked, {column: column}, group)
    return lines(title, sql, sample(asked), asked.entry, unit, group=group, **more)


def ranking(
    title: str, asked: Asked, group: str, names: Mapping[str, str], units: Mapping[str, str], **more: Any
) -> Panel:
    """Return groups of the whole range, largest first."""
    return table(title, ranked(asked, names, group), asked.entry, units, **more)


def mix(title: str, asked: Asked, group: str, **more: Any) -> Panel:
    """Return the shares of groups over the whole range, their volume beside them."""
    return ranking(title, asked, group, {"share": "Share", **VOLUME}, UNITS, **more)


def rests_on(needed: Sequence[fields.Field], title: str = "What this board rests on", width: int = 24) -> Panel:
    """Return what a board rests on: which part of the requests carries each field."""
    names = ", ".join(each.name for each in needed)
    return table(
        title,
        fields.table(needed),
        None,
        {"Known": SHARE, "n": COUNT},
        width=width,
        height=3 + 2 * len(needed),
        description=f"Figures are of the requests that carry their field ({names}); docs/producers.md tells how to "
        "send it. Intervals of sampled figures: `tokentide query`.",
    )
