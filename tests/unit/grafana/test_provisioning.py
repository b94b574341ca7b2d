"""What Grafana reads when it starts: data source, folders, alert rules, contact points."""

import json
import re
from pathlib import Path
from typing import Any

from support.grafana_macros import MACROS

from tokentide.reports.grafana.files import ROOT
from tokentide.reports.grafana.panels import DATASOURCE_UID
from tokentide.reports.grafana.rules import RULES

PROJECT = Path(__file__).parents[3]


def read(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((PROJECT / ROOT / "provisioning" / name).read_text(encoding="utf-8"))
    return found


def test_the_data_source_has_the_form_of_version_4() -> None:
    (source,) = read("datasources/tokentide.yaml")["datasources"]

    assert source["type"] == "grafana-clickhouse-datasource"
    assert source["uid"] == DATASOURCE_UID
    assert "server" not in source["jsonData"], "version 4 reads host"
    assert set(source["jsonData"]) == {
        "host", "port", "protocol", "secure", "username", "defaultDatabase", "dialTimeout", "queryTimeout",
    }  # fmt: skip
    assert source["jsonData"]["protocol"] in ("http", "native")


def test_no_secret_stands_in_a_file() -> None:
    (source,) = read("datasources/tokentide.yaml")["datasources"]

    assert re.fullmatch(r"\$[A-Z_]+", source["secureJsonData"]["password"])


def test_each_folder_of_dashboards_has_its_provider() -> None:
    providers = read("dashboards/tokentide.yaml")["providers"]

    folders = {path.name for path in (PROJECT / ROOT / "dashboards").iterdir()}
    assert {Path(each["options"]["path"]).name for each in providers} == folders
    assert len({each["folder"] for each in providers}) == len(providers)


def test_alert_rules_ask_reduce_and_compare() -> None:
    (group,) = read("alerting/rules.yaml")["groups"]

    assert len(group["rules"]) == len(RULES)
    for rule in group["rules"]:
        query, last, bound = rule["data"]
        assert (query["datasourceUid"], last["datasourceUid"], bound["datasourceUid"]) == (
            DATASOURCE_UID, "__expr__", "__expr__",
        )  # fmt: skip
        assert (last["model"]["type"], last["model"]["expression"]) == ("reduce", query["refId"])
        assert (bound["model"]["type"], bound["model"]["expression"]) == ("threshold", last["refId"])
        assert rule["condition"] == bound["refId"]
        assert rule["noDataState"] in ("OK", "NoData", "Alerting")
        assert set(re.findall(r"\$__(\w+)", query["model"]["rawSql"])) <= MACROS - {"conditionalAll"}
        assert "${" not in query["model"]["rawSql"], "an alert rule has no dashboard variables"


def test_alert_rules_are_about_the_plumbing_only() -> None:
    assert {rule.uid for rule in RULES} == {
        "tokentide-behind", "tokentide-no-data", "tokentide-dead-letters", "tokentide-detector", "tokentide-audit",
    }  # fmt: skip
    assert all("alert_events" not in rule.sql for rule in RULES)


def test_every_variable_of_the_environment_is_set_by_compose() -> None:
    names = set()
    for path in (PROJECT / ROOT / "provisioning").rglob("*.yaml"):
        names |= set(re.findall(r'"\$([A-Z][A-Z_]+)"', path.read_text(encoding="utf-8")))

    compose = (PROJECT / "docker-compose.yml").read_text(encoding="utf-8")
    assert names
    assert [name for name in sorted(names) if f"{name}:" not in compose] == []
