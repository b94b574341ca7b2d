"""Asking a store what a board asks it."""

import time
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from support.grafana_macros import ALL, Range, expand

from tokentide.reports.grafana.dashboard import Dashboard
from tokentide.reports.grafana.files import boards
from tokentide.reports.grafana.variables import VARIABLES
from tokentide.sinks.clickhouse.store import Store

Values = Mapping[str, str | list[str]]

_SECONDS = {"h": 3_600, "d": 86_400, "w": 604_800}
_POINTS = 1_000
NAMES = [each.name for each in VARIABLES]
EVERYTHING: Values = {**{name: [ALL] for name in NAMES}, "unit": "tokens"}
NOTHING: Values = {**{name: [] for name in NAMES}, "unit": "tokens"}
QUOTES: Values = {**{name: ["o'brien", "(none)", 'a"b'] for name in NAMES}, "unit": "requests"}
SEVERAL: Values = {
    **EVERYTHING,
    "author": ["openai", "anthropic", "o'brien"],
    "gateway": ["simulated"],
    "unit": "usd",
}


def board(folder: str, uid: str) -> Dashboard:
    """Return one board of a folder."""
    return next(each for each in boards()[folder] if each.uid == uid)


def targets(found: Dashboard) -> Iterator[tuple[str, str]]:
    """Yield every query of a board: panel and target, and its SQL."""
    for panel in found.panels:
        for target in panel.targets:
            yield f"{panel.title} {target['refId']}", str(target["rawSql"])


def own_range(found: Dashboard) -> Range:
    """Return a board's own default range, with the interval Grafana gives a panel of a thousand pixels."""
    if found.end != "now":
        start, end = (int(datetime.fromisoformat(text).timestamp()) for text in (found.start, found.end))
        return Range(start, end, _SECONDS["w"])
    now, text = int(time.time()), found.start.removeprefix("now-")
    width = int(text[:-1]) * _SECONDS[text[-1]]
    return Range(now - width, now, max(60, width // _POINTS))


def answer(store: Store, sql: str, values: Values, period: Range) -> list[dict[str, Any]]:
    """Return the rows of a panel's query."""
    return store.rows(expand(sql, values, period))
