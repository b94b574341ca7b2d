"""Alert rules that Grafana manages: the plumbing only. Shifts are the detector's, which knows their noise."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from tokentide.reports.grafana import alerts, plumbing
from tokentide.reports.grafana.panels import DATASOURCE_TYPE, DATASOURCE_UID

Json = dict[str, Any]

FOLDER: Final = "Tokentide"
_EXPRESSION: Final = {"type": "__expr__", "uid": "__expr__"}


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: a query of one number, and the bound it must not exceed.

    Attributes:
        uid: its stable name.
        title: what has happened.
        sql: one row with one number.
        bound: fires above it.
        hold: for how long before it fires.
        no_data: what an empty answer means: `OK`, `NoData` or `Alerting`.
        advice: what to look at.
        range_s: how far back the query looks.
    """

    uid: str
    title: str
    sql: str
    bound: float
    hold: str
    no_data: str
    advice: str
    range_s: int = 900

    def json(self) -> Json:
        """Return the rule as Grafana's provisioning reads it."""
        return {
            "uid": self.uid,
            "title": self.title,
            "condition": "C",
            "data": list(self._steps()),
            "noDataState": self.no_data,
            "execErrState": "Error",
            "for": self.hold,
            "annotations": {"summary": self.title, "description": self.advice},
            "labels": {"service": "tokentide", "urgency": "page", "alert_class": "plumbing"},
            "isPaused": False,
        }

    def _steps(self) -> Iterator[Json]:
        """The query, its last value, and the comparison."""
        span = {"from": self.range_s, "to": 0}
        query = {
            "refId": "A",
            "datasource": {"type": DATASOURCE_TYPE, "uid": DATASOURCE_UID},
            "editorType": "sql",
            "queryType": "table",
            "format": 1,
            "rawSql": self.sql,
            "intervalMs": 60_000,
            "maxDataPoints": 43_200,
        }
        last = {"refId": "B", "type": "reduce", "expression": "A", "reducer": "last", "datasource": _EXPRESSION}
        above = {"type": "gt", "params": [self.bound]}
        bound: Json = {"refId": "C", "type": "threshold", "expression": "B", "datasource": _EXPRESSION}
        bound["conditions"] = [{"evaluator": above}]
        yield {"refId": "A", "relativeTimeRange": span, "datasourceUid": DATASOURCE_UID, "model": query}
        yield {"refId": "B", "relativeTimeRange": span, "datasourceUid": "__expr__", "model": last}
        yield {"refId": "C", "relativeTimeRange": span, "datasourceUid": "__expr__", "model": bound}


RULES: Final = (
    Rule(
        "tokentide-behind",
        "Tokentide is behind the log",
        plumbing.behind(),
        300,
        "5m",
        "NoData",
        "The oldest unsettled message of a partition has waited for five minutes: is a worker down, stopped "
        "by its breaker, or too slow? Board: Data quality and pipeline.",
    ),
    Rule(
        "tokentide-no-data",
        "Tokentide receives nothing",
        plumbing.silence(),
        1800,
        "5m",
        "Alerting",
        "No event was received for half an hour: do gateways publish, and does a worker run?",
    ),
    Rule(
        "tokentide-dead-letters",
        "Tokentide refuses messages",
        plumbing.refused(),
        0.01,
        "5m",
        "OK",
        "More than 1 % of the messages of the last 15 minutes were refused: `tokentide dead-letters list`.",
    ),
    Rule(
        "tokentide-detector",
        "The shift detector does not run",
        alerts.heartbeat(),
        1800,
        "10m",
        "Alerting",
        "Events come, but no window of the last half hour was judged: shifts would go unseen.",
    ),
    Rule(
        "tokentide-audit",
        "Facts and rollups differ",
        plumbing.differences(),
        0,
        "0s",
        "OK",
        "An audit found figures that do not follow from the facts: `tokentide audit`, then `tokentide rebuild`.",
        range_s=86_400,
    ),
)


def groups() -> Json:
    """Return the file of alert rules."""
    return {
        "apiVersion": 1,
        "groups": [
            {
                "orgId": 1,
                "name": "tokentide plumbing",
                "folder": FOLDER,
                "interval": "1m",
                "rules": [rule.json() for rule in RULES],
            }
        ],
    }
