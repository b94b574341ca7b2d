"""The dashboards as files: fresh, well formed, each variable used where it applies, n beside every share."""

import json
import re
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from support.grafana_macros import MACROS
from unit.grafana.dashboard_schema import DASHBOARD

from tokentide.reports.grafana.files import LIVE, PAST, ROOT, boards, files
from tokentide.reports.grafana.variables import UNITS, VARIABLES
from tokentide.reports.registry import METRICS

PROJECT = Path(__file__).parents[3]
FILES = sorted((PROJECT / ROOT / "dashboards").rglob("*.json"))
FILTERS = {
    "usage_model_": {"gateway", "tenant", "author", "model"},
    "usage_category_": {"gateway", "tenant", "author", "model"},
    "usage_accounts_": {"gateway", "tenant", "author", "model"},
    "usage_place_": {"gateway", "tenant", "author"},
}
PLUMBING = {"Newest event", "Detector behind", "What events lack", "Not classifiable", "Partitions"}
"""Panels about the pipeline: of all traffic, whoever published it."""


def board(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def panels(found: dict[str, Any]) -> Iterator[dict[str, Any]]:
    return (panel for panel in found["panels"] if panel["type"] != "row")


def queries(found: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for panel in panels(found):
        for target in panel.get("targets", ()):
            yield panel["title"], target["rawSql"]


def used(sql: str) -> set[str]:
    return set(re.findall(r"\$\{(\w+):", sql))


def every(check: str = "board") -> Any:
    return pytest.mark.parametrize(check, FILES, ids=lambda path: path.stem)


def test_the_files_are_what_the_registry_gives() -> None:
    generated = files()

    on_disk = {path.relative_to(PROJECT) for path in (PROJECT / ROOT).rglob("*") if path.is_file()}
    assert on_disk == set(generated), "run python -m tokentide.reports"
    stale = [str(path) for path, text in generated.items() if (PROJECT / path).read_text(encoding="utf-8") != text]
    assert stale == [], "run python -m tokentide.reports"


@every("path")
def test_a_dashboard_has_the_documented_form(path: Path) -> None:
    jsonschema.Draft202012Validator(DASHBOARD).validate(board(path))


@every("path")
def test_a_dashboard_s_file_bears_its_name(path: Path) -> None:
    assert board(path)["uid"] == path.stem


@every("path")
def test_only_documented_macros_stand_in_queries(path: Path) -> None:
    for title, sql in queries(board(path)):
        assert set(re.findall(r"\$__(\w+)", sql)) <= MACROS, title
        assert not re.search(r"(?<!\$)\{\w+:\w+", sql), f"{title}: a parameter was left"
        assert "[[" not in sql, f"{title}: Grafana reads [[x]] as a variable"
        assert "${__" not in sql, f"{title}: does not work in alert rules"


@every("path")
def test_the_second_argument_of_conditional_all_is_bare(path: Path) -> None:
    names = "|".join(each.name for each in VARIABLES)
    for title, sql in queries(board(path)):
        assert sql.count("$__conditionalAll(") == len(re.findall(rf", \$({names})\)", sql)), title


@every("path")
def test_the_variables_of_a_dashboard_are_those_its_queries_use(path: Path) -> None:
    found = board(path)

    listed = {each["name"] for each in found["templating"]["list"]} - {"datasource"}

    assert listed == {name for _, sql in queries(found) for name in used(sql)}


@every("path")
def test_a_query_uses_every_variable_that_applies_to_its_rows(path: Path) -> None:
    for title, sql in queries(board(path)):
        if title not in PLUMBING:
            for table, names in FILTERS.items():
                assert table not in sql or names <= used(sql), f"{title}: {names - used(sql)} unused"


@every("path")
def test_a_panel_of_a_metric_in_several_units_follows_the_unit(path: Path) -> None:
    for panel in panels(board(path)):
        for link in panel["links"]:
            metric = METRICS[link["title"].removeprefix("Definition of ")]
            several = len(set(UNITS) & set(metric.units)) > 1
            assert all(("unit" in used(each["rawSql"])) == several for each in panel["targets"]), panel["title"]


@every("path")
def test_every_share_has_its_number_of_events_beside_it(path: Path) -> None:
    for panel in panels(board(path)):
        units = [panel["fieldConfig"]["defaults"].get("unit")]
        units += [
            each["value"]
            for override in panel["fieldConfig"]["overrides"]
            for each in override["properties"]
            if each["id"] == "unit"
        ]
        if "percentunit" in units:
            shown = " ".join(columns(target["rawSql"]) for target in panel["targets"])
            assert re.search(r'\bAS n\b|AS "n"|\(n\)"|, n, |, n = |AS "n_eff"', shown), panel["title"]


def columns(sql: str) -> str:
    """Return what a query selects at last, without what it selects from."""
    outer, *inner = re.split(r"FROM \(", sql)
    return inner[0] if outer.strip() == "SELECT *" else outer


@every("path")
def test_a_panel_of_a_metric_leads_to_its_definition(path: Path) -> None:
    (definitions,) = [each for each in FILES if each.stem == "tokentide-definitions"]
    defined = {panel["id"]: panel["options"]["content"] for panel in panels(board(definitions))}

    for panel in panels(board(path)):
        for link in panel["links"]:
            number = int(re.fullmatch(r"/d/tokentide-definitions\?viewPanel=panel-(\d+)", link["url"])[1])  # type: ignore[index]
            assert f"`{link['title'].removeprefix('Definition of ')}`" in defined[number]


@every("path")
def test_panels_do_not_overlap_and_have_ids_of_their_own(path: Path) -> None:
    found = board(path)["panels"]
    assert len({panel["id"] for panel in found}) == len(found)
    for one, other in combinations([panel["gridPos"] for panel in found], 2):
        beside = one["x"] + one["w"] <= other["x"] or other["x"] + other["w"] <= one["x"]
        assert beside or one["y"] + one["h"] <= other["y"] or other["y"] + other["h"] <= one["y"]
    assert all(panel["gridPos"]["x"] + panel["gridPos"]["w"] <= 24 for panel in found)


def test_live_boards_end_now_and_past_ones_are_fixed() -> None:
    for board_ in boards()[LIVE]:
        assert board_.end == "now"
        assert re.fullmatch(r"now-\d+[hdw]", board_.start)
    for board_ in boards()[PAST]:
        assert (board_.start[:10], board_.end[:10], board_.refresh) == ("2024-11-03", "2025-11-30", "")


def test_the_boards_asked_for_are_there() -> None:
    titles = {each.title.removeprefix("Tokentide · ") for each in boards()[LIVE]}

    assert titles >= {
        "Overview", "Open vs closed", "Agentic", "Categories and authors", "Places", "Retention", "Cost",
        "Data quality and pipeline",
    }  # fmt: skip


@every("path")
def test_shifts_are_drawn_over_every_board(path: Path) -> None:
    shifts = [each for each in board(path)["annotations"]["list"] if each["name"] == "Shifts"]

    assert len(shifts) == 1
    assert "alert_events" in shifts[0]["target"]["rawSql"]
