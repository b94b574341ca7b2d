"""What the shift detector said: annotations over every board, and what stands now."""

from typing import Any, Final

from tokentide.reports.grafana.panels import SOURCE
from tokentide.reports.levels import HOURLY
from tokentide.schemas.alert import ChangeKind

_ENDS: Final = ", ".join(f"'{kind}'" for kind in ChangeKind if kind.ends)
_EACH: Final = (
    "SELECT alert_id, any(watch) AS watch, any(toString(alert_class)) AS class, any(toString(urgency)) AS urgency, "
    f"min(onset) AS begin, maxIf(at, kind IN ({_ENDS})) AS closed, countIf(kind IN ({_ENDS})) > 0 AS over, "
    "argMax(summary, at) AS said, argMax(driver, at) AS driver, argMax(baseline, at) AS before, "
    "argMax(current, at) AS now_, argMax(n_eff, at) AS n_eff FROM alert_events GROUP BY alert_id"
)
_OVERLAPS: Final = "begin <= $__toTime AND (NOT over OR closed >= $__fromTime)"


def annotations() -> str:
    """SQL of every alert that stood in the range, from its onset to its end."""
    return (
        "SELECT begin AS time, if(over, closed, least(now64(3), toDateTime64($__toTime, 3))) AS timeEnd, "
        f"said AS text, concat(class, ',', urgency, ',', watch) AS tags FROM ({_EACH}) WHERE {_OVERLAPS} "
        "ORDER BY time DESC LIMIT 200"
    )


def standing() -> str:
    """SQL of the alerts of the range, those that stand first; one row says so where there is none."""
    listed = (
        'SELECT if(over, \'over\', \'open\') AS "State", urgency AS "Urgency", class AS "Class", watch AS "Watch", '
        'driver AS "Driver", toNullable(before) AS "Before", toNullable(now_) AS "Now", '
        f'toNullable(n_eff) AS "n_eff", toNullable(begin) AS "Since", said AS "In words" '
        f"FROM ({_EACH}) WHERE {_OVERLAPS}"
    )
    nothing = "'none', '', '', '', '', NULL, NULL, NULL, NULL, 'No alert in this range.'"
    return (
        f"SELECT * FROM (\n{listed}\nUNION ALL SELECT {nothing} WHERE NOT (SELECT count() > 0 FROM ({_EACH}) "
        f'WHERE {_OVERLAPS})\n)\nORDER BY "State" = \'over\', "Since" DESC LIMIT 200'
    )


def heartbeat() -> str:
    """SQL of one number: by how many seconds the detector is behind what was received; 0 where nothing comes."""
    newest = (
        f"(SELECT max(received_max) FROM {HOURLY.table} WHERE received_day = "
        f"(SELECT max(received_day) FROM {HOURLY.table}))"
    )
    judged = "(SELECT max(tick) FROM alert_state)"
    quiet = f"dateDiff('second', {newest}, now64(3)) > 3600"
    return f"SELECT if({quiet}, 0, greatest(0, dateDiff('second', {judged}, {newest}))) AS seconds"


def layer() -> dict[str, Any]:
    """Return the annotations of a dashboard."""
    return {
        "list": [
            {
                "builtIn": 1,
                "datasource": {"type": "grafana", "uid": "-- Grafana --"},
                "enable": True,
                "hide": True,
                "iconColor": "rgba(0, 211, 255, 1)",
                "name": "Annotations & Alerts",
                "type": "dashboard",
            },
            {
                "datasource": SOURCE,
                "enable": True,
                "hide": False,
                "iconColor": "red",
                "name": "Shifts",
                "target": {"editorType": "sql", "format": 1, "rawSql": annotations(), "refId": "Anno"},
            },
        ]
    }
