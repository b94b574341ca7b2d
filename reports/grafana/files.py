"""The generated files of infra/grafana: dashboards, their folders, the data source, alert rules."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from tokentide.reports.cohorts.calendar import MONTH, WEEK
from tokentide.reports.grafana import rules
from tokentide.reports.grafana.boards import (
    agentic,
    categories,
    cost,
    definitions,
    health,
    openness,
    overview,
    places,
    retention,
)
from tokentide.reports.grafana.dashboard import Dashboard
from tokentide.reports.grafana.panels import DATASOURCE_NAME, DATASOURCE_TYPE, DATASOURCE_UID

ROOT: Final = Path("infra/grafana")
LIVE: Final = "live"
PAST: Final = "state-of-ai-2025"
_PAST_RANGE: Final = ("2024-11-03T00:00:00.000Z", "2025-11-30T23:59:59.000Z", "7d")
_MOUNT: Final = "/etc/grafana/dashboards"


def boards() -> dict[str, tuple[Dashboard, ...]]:
    """Return the dashboards by folder: the live ones, and the market of the study's year in a folder of its own."""
    past = (overview, openness, agentic, categories, places, cost)
    live = (*past[:-1], cost, health, definitions)
    return {
        LIVE: (*(each.board() for each in live), retention.board(WEEK)),
        PAST: tuple(
            board.fixed(*_PAST_RANGE) for board in (*(each.board() for each in past), retention.board(MONTH))
        ),
    }


def files() -> dict[Path, str]:
    """Return every generated file with its text."""
    found = {
        ROOT / "dashboards" / folder / f"{board.uid}.json": _text(board.json())
        for folder, each in boards().items()
        for board in each
    }
    provisioning = {
        "datasources/tokentide.yaml": _datasource(),
        "dashboards/tokentide.yaml": _providers(),
        "alerting/rules.yaml": rules.groups(),
        "alerting/contact-points.yaml": _contact_points(),
    }
    return found | {ROOT / "provisioning" / name: _text(content) for name, content in provisioning.items()}


def write() -> None:
    """Write every file, and remove dashboards that are no longer generated."""
    generated = files()
    for path in (ROOT / "dashboards").rglob("*.json"):
        if path not in generated:
            path.unlink()
    for path, content in generated.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")


def _text(content: Mapping[str, Any]) -> str:
    """Return JSON; it is YAML too."""
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"


def _datasource() -> dict[str, Any]:
    """Return the data source; what is set by the environment stands as Grafana expands it."""
    return {
        "apiVersion": 1,
        "datasources": [
            {
                "name": DATASOURCE_NAME,
                "uid": DATASOURCE_UID,
                "type": DATASOURCE_TYPE,
                "access": "proxy",
                "isDefault": True,
                "editable": False,
                "jsonData": {
                    "host": "$TOKENTIDE_GRAFANA_HOST",
                    "port": 8123,
                    "protocol": "http",
                    "secure": False,
                    "username": "$TOKENTIDE_GRAFANA_USER",
                    "defaultDatabase": "$TOKENTIDE_GRAFANA_DATABASE",
                    "dialTimeout": "10",
                    "queryTimeout": "30",
                },
                "secureJsonData": {"password": "$TOKENTIDE_GRAFANA_PASSWORD"},
            }
        ],
    }


def _providers() -> dict[str, Any]:
    names = {LIVE: rules.FOLDER, PAST: "State of AI 2025"}
    return {
        "apiVersion": 1,
        "providers": [
            {
                "name": folder,
                "folder": title,
                "type": "file",
                "allowUiUpdates": False,
                "disableDeletion": True,
                "updateIntervalSeconds": 60,
                "options": {"path": f"{_MOUNT}/{folder}"},
            }
            for folder, title in names.items()
        ],
    }


def _contact_points() -> dict[str, Any]:
    """Return where Grafana sends what its rules find: the Alertmanager that has the detector's alerts too."""
    receiver = {
        "uid": "tokentide-alertmanager",
        "type": "prometheus-alertmanager",
        "settings": {"url": "$TOKENTIDE_ALERTMANAGER"},
    }
    return {
        "apiVersion": 1,
        "contactPoints": [{"orgId": 1, "name": "Alertmanager", "receivers": [receiver]}],
        "policies": [{"orgId": 1, "receiver": "Alertmanager", "group_by": ["grafana_folder", "alertname"]}],
    }
