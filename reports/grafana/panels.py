"""The panels of a dashboard, as Grafana's JSON model has them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from tokentide.reports.grafana.definitions import link
from tokentide.reports.metric import Metric

Json = dict[str, Any]

DATASOURCE_TYPE: Final = "grafana-clickhouse-datasource"
DATASOURCE_NAME: Final = "Tokentide"
DATASOURCE_UID: Final = "tokentide-clickhouse"
SOURCE: Final[Json] = {"type": DATASOURCE_TYPE, "uid": "${datasource}"}
SHARE: Final = "percentunit"
COUNT: Final = "short"
USD: Final = "currencyUSD"
SECONDS: Final = "s"

_SERIES: Final = 0
_TABLE: Final = 1
_SAMPLE: Final = "B"
_LEGEND: Final = {"displayMode": "list", "placement": "bottom", "showLegend": True, "calcs": []}
_TOOLTIP: Final = {"mode": "multi", "sort": "desc"}


@dataclass(frozen=True, slots=True)
class Panel:
    """One panel, without its place on the board.

    Attributes:
        title: what it shows.
        kind: Grafana's panel type.
        targets: its queries.
        description: what the reader should know, Markdown.
        width: of 24.
        height: in grid rows of 30 pixels.
        options: of the panel type.
        defaults: of every field.
        overrides: of single fields.
        links: in its header.
        transformations: of its data.
        interval: shortest interval, '' for none.
    """

    title: str
    kind: str
    targets: tuple[Json, ...] = ()
    description: str = ""
    width: int = 12
    height: int = 9
    options: Mapping[str, Any] = field(default_factory=dict)
    defaults: Mapping[str, Any] = field(default_factory=dict)
    overrides: tuple[Json, ...] = ()
    links: tuple[Json, ...] = ()
    transformations: tuple[Json, ...] = ()
    interval: str = ""

    @property
    def queries(self) -> tuple[str, ...]:
        """The SQL of its targets."""
        return tuple(str(target["rawSql"]) for target in self.targets)

    def json(self, number: int, place: Mapping[str, int]) -> Json:
        """Return the panel with its id and place."""
        return {
            "id": number,
            "type": self.kind,
            "title": self.title,
            "description": self.description,
            "gridPos": dict(place),
            **({"datasource": SOURCE, "targets": list(self.targets)} if self.targets else {}),
            **({"interval": self.interval} if self.interval else {}),
            "fieldConfig": {"defaults": dict(self.defaults), "overrides": list(self.overrides)},
            "options": dict(self.options),
            "links": list(self.links),
            "transformations": list(self.transformations),
        }


def target(sql: str, ref: str, kind: str = "table") -> Json:
    """Return one query of a panel."""
    return {
        "refId": ref,
        "datasource": SOURCE,
        "editorType": "sql",
        "queryType": kind,
        "format": _SERIES if kind == "timeseries" else _TABLE,
        "rawSql": sql,
    }


def stacked(title: str, sql: str, sample: str, group: str, about: Metric, **more: Any) -> Panel:
    """Return shares over time that add up to one, the number of events beside them."""
    custom = {"drawStyle": "bars", "fillOpacity": 80, "lineWidth": 0, "axisSoftMax": 1}
    custom |= {"stacking": {"mode": "normal", "group": "A"}}
    drawn = {"custom": custom, "displayName": f"${{__field.labels.{group}}}"}
    return _over_time(title, (sql, sample), about, _series(about, SHARE) | drawn, more)


def lines(title: str, sql: str, sample: str, about: Metric, unit: str = SHARE, **more: Any) -> Panel:
    """Return figures over time, the number of events beside them; `group` names what series are about."""
    drawn: Json = {"custom": {"drawStyle": "line", "lineWidth": 2, "fillOpacity": 0, "showPoints": "auto"}}
    if group := more.pop("group", None):
        drawn |= {"displayName": f"${{__field.labels.{group}}}"}
    return _over_time(title, (sql, sample), about, _series(about, unit) | drawn, more)


def _series(about: Metric, unit: str) -> Json:
    return {"unit": unit, "min": 0, "color": {"mode": "palette-classic-by-name"}, "noValue": _nothing(about)}


def _over_time(title: str, queries: tuple[str, str], about: Metric, defaults: Json, more: Mapping[str, Any]) -> Panel:
    """Return a time series; without a second query it has its own number of events."""
    asked = [(sql, ref) for sql, ref in zip(queries, ("A", _SAMPLE), strict=True) if sql]
    return Panel(
        title,
        "timeseries",
        tuple(target(sql, ref, "timeseries") for sql, ref in asked),
        **{
            **_about(about),
            "options": {"legend": _LEGEND, "tooltip": _TOOLTIP},
            "defaults": defaults,
            "overrides": (_BESIDE,) if queries[1] else (),
            **more,
        },
    )


_BESIDE: Final[Json] = {
    "matcher": {"id": "byFrameRefID", "options": _SAMPLE},
    "properties": [
        {"id": "displayName", "value": "n (events)"},
        {"id": "unit", "value": COUNT},
        {"id": "custom.axisPlacement", "value": "right"},
        {"id": "custom.drawStyle", "value": "line"},
        {"id": "custom.lineStyle", "value": {"fill": "dash", "dash": [4, 6]}},
        {"id": "custom.lineWidth", "value": 1},
        {"id": "custom.fillOpacity", "value": 0},
        {"id": "custom.stacking", "value": {"mode": "none", "group": "B"}},
        {"id": "color", "value": {"mode": "fixed", "fixedColor": "text"}},
    ],
}
"""How the number of events is drawn: a thin dashed line with an axis of its own."""


def table(title: str, sql: str, about: Metric | None, units: Mapping[str, str], **more: Any) -> Panel:
    """Return a table; `units` of its columns by name, shares drawn as bars in their cells."""
    noted = {} if about is None else {**_about(about), "defaults": {"noValue": _nothing(about)}}
    return Panel(
        title,
        "table",
        (target(sql, "A"),),
        **{
            **noted,
            "options": {"showHeader": True, "cellHeight": "sm"},
            "overrides": tuple(_column(name, unit) for name, unit in units.items()),
            **more,
        },
    )


def _column(name: str, unit: str) -> Json:
    gauge = {"id": "custom.cellOptions", "value": {"type": "gauge", "mode": "basic", "valueDisplayMode": "text"}}
    bounds = [{"id": "min", "value": 0}, {"id": "max", "value": 1}, gauge] if unit == SHARE else []
    return {
        "matcher": {"id": "byName", "options": name},
        "properties": [{"id": "unit", "value": unit}, *bounds],
    }


def stat(title: str, sql: str, about: Metric | None, unit: str = COUNT, **more: Any) -> Panel:
    """Return numbers (or a sentence) of the whole range, one per column."""
    return Panel(
        title,
        "stat",
        (target(sql, "A"),),
        **{
            **({} if about is None else _about(about)),
            "options": {
                "reduceOptions": {"values": True, "calcs": [], "fields": "/.*/"},
                "textMode": "value_and_name",
                "colorMode": "none",
                "graphMode": "none",
                "justifyMode": "auto",
            },
            "defaults": {"unit": unit, "color": {"mode": "fixed", "fixedColor": "text"}, "noValue": "no events"},
            "height": 4,
            **more,
        },
    )


def text(title: str, content: str, **more: Any) -> Panel:
    """Return a panel of Markdown."""
    return Panel(title, "text", options={"mode": "markdown", "content": content}, **more)


def override(name: str, *properties: tuple[str, Any]) -> Json:
    """Return settings of one column."""
    return {
        "matcher": {"id": "byName", "options": name},
        "properties": [{"id": key, "value": value} for key, value in properties],
    }


def _about(metric: Metric) -> Json:
    return {"description": summary(metric), "links": (link(metric),)}


def summary(metric: Metric) -> str:
    """Return the definition and what a reader must know, as Markdown."""
    caveats = "".join(f"\n- {caveat}" for caveat in metric.caveats)
    return f"{metric.definition.sentence}\n{caveats}\n\n`tokentide query {metric.id}`"


def _nothing(metric: Metric) -> str:
    return f"No events in this range: {metric.definition.population}."
