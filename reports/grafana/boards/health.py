"""Data quality and the pipeline: what became of the messages, what events lack, how far behind the log is."""

from tokentide.reports.grafana import alerts, fields, plumbing
from tokentide.reports.grafana.boards.parts import figures, rests_on
from tokentide.reports.grafana.dashboard import Dashboard, Row
from tokentide.reports.grafana.panels import COUNT, SECONDS, SHARE, Panel, lines, override, stat, table
from tokentide.reports.grafana.statement import Asked
from tokentide.reports.registry import metric

_QUALITY = metric("data-quality")


def board() -> Dashboard:
    """Return the board."""
    return Dashboard(
        "tokentide-health",
        "Tokentide · Data quality and pipeline",
        "What became of the messages, what accepted events lack, how far behind the log is, and whether facts and "
        "rollups agree. Days are days of receipt.",
        (_pipeline(), _messages(), _events(), _coverage()),
        start="now-30d",
    )


def _coverage() -> Row:
    of_requests = (fields.COST, fields.FINISH, fields.TOOLS, fields.REASONING)
    of_people = (fields.COUNTRY, fields.LANGUAGE, fields.LABELS, fields.ACCOUNT)
    return Row(
        "Coverage",
        (rests_on(of_requests, "Fields of requests", 12), rests_on(of_people, "Fields of accounts and content", 12)),
    )


def _pipeline() -> Row:
    seconds = {"Seconds behind": SECONDS, "Messages behind": COUNT}
    return Row(
        "Pipeline",
        (
            stat("Behind the log", plumbing.behind(), None, SECONDS, width=6, description="The slowest partition."),
            stat("Newest event", plumbing.silence(), None, SECONDS, width=6, description="Age of the newest event."),
            stat(
                "Detector behind",
                alerts.heartbeat(),
                None,
                SECONDS,
                width=6,
                description="By how much the shift detector is behind what was received; 0 where nothing comes.",
            ),
            stat(
                "Facts against rollups",
                plumbing.differences(),
                None,
                COUNT,
                width=6,
                description="Differences that audits of the range found; there should be none.",
            ),
            table("Partitions", plumbing.partitions(), None, seconds, description="As their owners observed them."),
            table("Audits", plumbing.audits(), None, {"Facts compared (n)": COUNT, "Seconds": SECONDS}),
        ),
    )


def _messages() -> Row:
    return Row(
        "Messages",
        (
            _days("Messages by fate", plumbing.messages(), COUNT),
            _days("Refused, duplicate, missing", plumbing.message_rates(), SHARE, "Messages (n)"),
        ),
    )


def _events() -> Row:
    return Row(
        "Accepted events",
        (
            _days("What events lack", plumbing.gaps(), SHARE, "Events (n)"),
            _days("Not classifiable", plumbing.unclassified(), SHARE, "Sampled events (n)"),
            figures("Stopped by a content filter", Asked("content-filter-rate"), {"rate": "Requests"}),
            figures("Requests that ended well", Asked("cost-per-good-request"), {"good_rate": "Ended well"}),
        ),
    )


def _days(title: str, sql: str, unit: str, sample: str = "") -> Panel:
    beside = override(sample, ("unit", COUNT), ("custom.axisPlacement", "right"), ("custom.drawStyle", "points"))
    return lines(
        title,
        sql,
        "",
        _QUALITY,
        unit,
        overrides=(beside,) if sample else (),
        defaults={
            "unit": unit,
            "min": 0,
            "color": {"mode": "palette-classic-by-name"},
            "custom": {"drawStyle": "bars", "fillOpacity": 60, "lineWidth": 1},
            "noValue": "No messages in this range.",
        },
    )
