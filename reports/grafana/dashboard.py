"""A dashboard: panels in their places, and the variables that their queries use."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from tokentide.reports.grafana import alerts
from tokentide.reports.grafana.panels import DATASOURCE_NAME, DATASOURCE_TYPE, DATASOURCE_UID, SOURCE, Panel
from tokentide.reports.grafana.variables import UNIT, UNITS, VARIABLES, Variable

Json = dict[str, Any]

SCHEMA: Final = 39
"""Version of Grafana's dashboard JSON, as the pinned data source's own dashboards have it."""
_WIDTH: Final = 24
_NAMES: Final = re.compile(r"\$\{?(\w+)")


@dataclass(frozen=True, slots=True)
class Row:
    """A heading and the panels under it."""

    title: str
    panels: tuple[Panel, ...]


@dataclass(frozen=True, slots=True)
class Dashboard:
    """One board.

    Attributes:
        uid: its stable name, also of its file.
        title: what it is called.
        description: what it answers.
        rows: what it shows.
        start, end: its own default range.
        refresh: how often it asks again, '' for never.
        tags: what its siblings are found by.
    """

    uid: str
    title: str
    description: str
    rows: tuple[Row, ...]
    start: str = "now-7d"
    end: str = "now"
    refresh: str = "1m"
    tags: tuple[str, ...] = ("tokentide", "live")

    @property
    def panels(self) -> tuple[Panel, ...]:
        """All its panels."""
        return tuple(panel for row in self.rows for panel in row.panels)

    @property
    def used(self) -> frozenset[str]:
        """The variables that its queries use."""
        return frozenset(name for panel in self.panels for sql in panel.queries for name in _NAMES.findall(sql))

    def fixed(self, start: str, end: str, interval: str) -> "Dashboard":
        """Return the same board over a past market: a fixed range, no refresh, longer buckets."""
        rows = tuple(
            Row(row.title, tuple(replace(panel, interval=interval) for panel in row.panels)) for row in self.rows
        )
        return replace(
            self, uid=f"{self.uid}-2025", rows=rows, start=start, end=end, refresh="", tags=("tokentide", "2025")
        )

    def json(self) -> Json:
        """Return the board as Grafana's JSON model."""
        return {
            "uid": self.uid,
            "title": self.title,
            "description": self.description,
            "tags": list(self.tags),
            "schemaVersion": SCHEMA,
            "version": 1,
            "editable": False,
            "graphTooltip": 1,
            "timezone": "utc",
            "weekStart": "monday",
            "time": {"from": self.start, "to": self.end},
            "timepicker": {},
            "refresh": self.refresh,
            "links": [_siblings(self.tags)],
            "annotations": alerts.layer(),
            "templating": {"list": list(_variables(self.used))},
            "panels": list(_placed(self.rows)),
        }


def _siblings(tags: Sequence[str]) -> Json:
    return {
        "type": "dashboards",
        "title": "Tokentide",
        "tags": list(tags),
        "asDropdown": True,
        "includeVars": True,
        "keepTime": True,
        "icon": "external link",
        "tooltip": "",
        "targetBlank": False,
    }


def _variables(used: frozenset[str]) -> Iterator[Json]:
    yield {
        "type": "datasource",
        "name": "datasource",
        "label": "Data source",
        "query": DATASOURCE_TYPE,
        "current": {"selected": True, "text": DATASOURCE_NAME, "value": DATASOURCE_UID},
        "refresh": 1,
        "hide": 0,
    }
    if UNIT in used:
        yield _unit()
    for each in VARIABLES:
        if each.name in used:
            yield _choice(each)


def _unit() -> Json:
    options = [
        {"text": name, "value": str(unit), "selected": place == 0} for place, (unit, name) in enumerate(UNITS.items())
    ]
    return {
        "type": "custom",
        "name": UNIT,
        "label": "Unit",
        "query": ", ".join(f"{name} : {unit}" for unit, name in UNITS.items()),
        "current": options[0],
        "options": options,
        "multi": False,
        "includeAll": False,
        "hide": 0,
    }


def _choice(variable: Variable) -> Json:
    return {
        "type": "query",
        "name": variable.name,
        "label": variable.label,
        "datasource": SOURCE,
        "query": {"editorType": "sql", "rawSql": variable.options},
        "current": {"selected": True, "text": ["All"], "value": ["$__all"]},
        "options": [],
        "multi": True,
        "includeAll": True,
        "refresh": 1,
        "sort": 0,
        "hide": 0,
    }


def _placed(rows: Sequence[Row]) -> Iterator[Json]:
    """Fill the grid row by row, left to right; panels on one line are as high as the highest."""
    y, number = 0, 0
    for heading, row in enumerate(rows, start=1):
        yield {
            "id": 1000 + heading,
            "type": "row",
            "title": row.title,
            "collapsed": False,
            "panels": [],
            "gridPos": {"x": 0, "y": y, "w": _WIDTH, "h": 1},
        }
        y += 1
        for line in _lines(row.panels):
            height, x = max(panel.height for panel in line), 0
            for panel in line:
                number += 1
                yield panel.json(number, {"x": x, "y": y, "w": panel.width, "h": height})
                x += panel.width
            y += height


def _lines(panels: Sequence[Panel]) -> Iterator[list[Panel]]:
    line: list[Panel] = []
    for panel in panels:
        if sum(each.width for each in line) + panel.width > _WIDTH:
            yield line
            line = []
        line.append(panel)
    if line:
        yield line
