"""The alerts that stand now, for the banner."""

from typing import Any, Final

from tokentide.reports.computed import StoreQuery

_OPEN: Final = """
SELECT alert_id, argMax(watch, change.at) AS watch, argMax(alert_class, change.at) AS alert_class,
    argMax(urgency, change.at) AS urgency, argMax(summary, change.at) AS summary,
    formatDateTime(min(change.opened_at), '%Y-%m-%dT%H:%i:%SZ', 'UTC') AS opened_at,
    argMax(kind, (change.at, change.kind IN ('closed', 'accepted', 'expired'))) AS last
FROM alert_events AS change
GROUP BY alert_id
HAVING last NOT IN ('closed', 'accepted', 'expired')
ORDER BY urgency = 'page' DESC, opened_at DESC
LIMIT 5"""
_SHOWN: Final = ("alert_id", "watch", "alert_class", "urgency", "summary", "opened_at")


def open_alerts(query: StoreQuery) -> list[dict[str, Any]]:
    """Return the alerts that are open, those that page first, the newest first; at most five."""
    return [{name: row[name] for name in _SHOWN} for row in query(_OPEN, {}).to_pylist()]
