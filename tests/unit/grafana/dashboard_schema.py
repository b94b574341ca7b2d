"""A strict schema of the dashboards we write, after Grafana's documented JSON model.

https://grafana.com/docs/grafana/latest/dashboards/build-dashboards/view-dashboard-json-model/
Stricter than Grafana, which ignores what it does not know: a misspelt key fails here.
"""

from typing import Any, Final

_TEXT: Final = {"type": "string"}
_WORDS: Final = {"type": "string", "minLength": 1}
_FLAG: Final = {"type": "boolean"}
_COUNT: Final = {"type": "integer", "minimum": 0}


def _object(required: dict[str, Any], optional: dict[str, Any] | None = None) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {**required, **(optional or {})},
        "required": list(required),
        "additionalProperties": False,
    }


def _list(items: dict[str, Any], least: int = 0) -> dict[str, Any]:
    return {"type": "array", "items": items, "minItems": least}


SOURCE: Final = _object({"type": {"const": "grafana-clickhouse-datasource"}, "uid": {"const": "${datasource}"}})
TARGET: Final = _object(
    {
        "refId": {"enum": ["A", "B"]},
        "datasource": SOURCE,
        "editorType": {"const": "sql"},
        "queryType": {"enum": ["table", "timeseries"]},
        "format": {"enum": [0, 1]},
        "rawSql": _WORDS,
    }
)
_PROPERTY: Final = _object({"id": _WORDS, "value": {}})
_OVERRIDE: Final = _object(
    {
        "matcher": _object({"id": {"enum": ["byName", "byFrameRefID"]}, "options": _WORDS}),
        "properties": _list(_PROPERTY, 1),
    }
)
_STACKING: Final = _object({"mode": {"enum": ["none", "normal", "percent"]}, "group": _WORDS})
_CUSTOM: Final = _object(
    {},
    {
        "drawStyle": {"enum": ["line", "bars", "points"]},
        "fillOpacity": {"type": "integer", "minimum": 0, "maximum": 100},
        "lineWidth": {"type": "integer", "minimum": 0, "maximum": 10},
        "stacking": _STACKING,
        "axisSoftMax": {"type": "number"},
        "showPoints": {"enum": ["auto", "always", "never"]},
        "cellOptions": {"type": "object"},
        "show": {"enum": ["points", "lines", "points+lines"]},
        "pointSize": {"type": "object"},
    },
)
_DEFAULTS: Final = _object(
    {},
    {
        "unit": {"enum": ["percentunit", "short", "currencyUSD", "s"]},
        "min": {"type": "number"},
        "max": {"type": "number"},
        "decimals": _COUNT,
        "noValue": _WORDS,
        "displayName": _WORDS,
        "color": _object(
            {"mode": {"enum": ["palette-classic-by-name", "fixed", "continuous-blues"]}}, {"fixedColor": _WORDS}
        ),
        "custom": _CUSTOM,
    },
)
_GRID: Final = _object(
    {"x": {**_COUNT, "maximum": 23}, "y": _COUNT, "w": {"type": "integer", "minimum": 1, "maximum": 24}, "h": _COUNT}
)
_LINK: Final = _object(
    {
        "type": {"const": "link"},
        "title": _WORDS,
        "url": _WORDS,
        "targetBlank": _FLAG,
        "icon": _WORDS,
        "tooltip": _TEXT,
        "tags": _list(_WORDS),
        "asDropdown": _FLAG,
        "includeVars": _FLAG,
        "keepTime": _FLAG,
    }
)
_ROW: Final = _object(
    {
        "id": _COUNT,
        "type": {"const": "row"},
        "title": _WORDS,
        "collapsed": {"const": False},
        "panels": {"const": []},
        "gridPos": _GRID,
    }
)
_PANEL: Final = _object(
    {
        "id": _COUNT,
        "type": {"enum": ["timeseries", "table", "stat", "text", "xychart"]},
        "title": _WORDS,
        "description": _TEXT,
        "gridPos": _GRID,
        "fieldConfig": _object({"defaults": _DEFAULTS, "overrides": _list(_OVERRIDE)}),
        "options": {"type": "object"},
        "links": _list(_LINK),
        "transformations": _list(_object({"id": {"const": "groupingToMatrix"}, "options": {"type": "object"}})),
    },
    {"datasource": SOURCE, "targets": _list(TARGET, 1), "interval": {"type": "string", "pattern": "^[0-9]+[smhdw]$"}},
)
_CHOICE: Final = _object({"text": {}, "value": {}, "selected": _FLAG})
_VARIABLE: Final = _object(
    {
        "type": {"enum": ["datasource", "custom", "query"]},
        "name": _WORDS,
        "label": _WORDS,
        "current": {},
        "hide": _COUNT,
    },
    {
        "query": {},
        "refresh": {"enum": [1, 2]},
        "options": _list(_CHOICE),
        "multi": _FLAG,
        "includeAll": _FLAG,
        "datasource": SOURCE,
        "sort": _COUNT,
    },
)
_ANNOTATION: Final = _object(
    {
        "datasource": {"type": "object"},
        "enable": _FLAG,
        "hide": _FLAG,
        "iconColor": _WORDS,
        "name": _WORDS,
    },
    {"builtIn": {"const": 1}, "type": {"const": "dashboard"}, "target": {"type": "object"}},
)
DASHBOARD: Final = _object(
    {
        "uid": {"type": "string", "pattern": "^[a-z0-9-]{1,40}$"},
        "title": _WORDS,
        "description": _WORDS,
        "tags": _list(_WORDS, 1),
        "schemaVersion": {"const": 39},
        "version": _COUNT,
        "editable": {"const": False},
        "graphTooltip": {"enum": [0, 1, 2]},
        "timezone": {"const": "utc"},
        "weekStart": {"const": "monday"},
        "time": _object({"from": _WORDS, "to": _WORDS}),
        "timepicker": {"type": "object"},
        "refresh": {"type": "string", "pattern": "^([0-9]+[smh])?$"},
        "links": _list({"type": "object"}),
        "annotations": _object({"list": _list(_ANNOTATION)}),
        "templating": _object({"list": _list(_VARIABLE)}),
        "panels": _list({"anyOf": [_ROW, _PANEL]}, 1),
    }
)
