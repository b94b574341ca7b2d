"""The dashboards against Grafana's own published types (@grafana/schema), by the TypeScript compiler."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tokentide.reports.grafana.files import boards

HERE = Path(__file__).parent / "types"
DRAWN = ("timeseries", "table", "xychart")
"""Panel types whose fields have settings of their own."""

pytestmark = [
    pytest.mark.node,
    pytest.mark.skipif(
        shutil.which("npm") is None or shutil.which("node") is None,
        reason="NODE TESTS SKIPPED: node and npm are not installed; dashboards were not held against Grafana's types",
    ),
]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Types and compiler, installed by npm outside the repository."""
    folder: Path = tmp_path_factory.mktemp("types")
    shutil.copy(HERE / "package.json", folder)
    install = ["npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", "--no-package-lock", "--silent"]
    subprocess.run(install, cwd=folder, check=True, timeout=240)
    return folder


def compiled(project: Path, sources: dict[str, str]) -> list[str]:
    """Return what the compiler finds in files by name."""
    head = (HERE / "head.ts.txt").read_text(encoding="utf-8")
    for name, text in sources.items():
        (project / name).write_text(head + text, encoding="utf-8")
    options = ["--noEmit", "--strict", "--skipLibCheck", "--module", "nodenext", "--moduleResolution", "nodenext"]
    done = subprocess.run(
        ["node", "node_modules/typescript/bin/tsc", *options, "--target", "es2022", *sources],
        cwd=project,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    return [line for line in done.stdout.splitlines() if "error" in line]


def declared(board: dict[str, Any]) -> str:
    """Return a board as constants: the whole, then each panel, its options and its fields' own settings."""
    lines = [("Dashboard", {**board, "panels": [], "annotations": _annotations(board)})]
    for panel in board["panels"]:
        lines += _panel(panel)
    return "\n".join(
        f"export const c{number}: Json<{type_}> = {json.dumps(value)};" for number, (type_, value) in enumerate(lines)
    )


def _annotations(board: dict[str, Any]) -> dict[str, Any]:
    """The query of an annotation is the data source's own, which the types do not know."""
    return {"list": [{key: each[key] for key in each if key != "target"} for each in board["annotations"]["list"]]}


def _panel(panel: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    if panel["type"] == "row":
        yield "RowPanel", panel
        return
    yield "Panel", panel
    yield f"Partial<{panel['type']}.Options>", panel["options"]
    config = panel["fieldConfig"]
    own = [config["defaults"].get("custom", {})]
    own += [
        {each["id"].removeprefix("custom."): each["value"]}
        for override in config["overrides"]
        for each in override["properties"]
        if each["id"].startswith("custom.")
    ]
    for each in own:
        if each:
            assert panel["type"] in DRAWN
            yield f"Partial<{panel['type']}.FieldConfig>", each


def test_every_board_is_of_the_published_types(project: Path) -> None:
    sources = {
        f"{board.uid}.ts": declared(json.loads(json.dumps(board.json())))
        for folder in boards().values()
        for board in folder
    }

    assert compiled(project, sources) == []


def test_a_misspelt_setting_is_found(project: Path) -> None:
    (board, *_) = boards()["live"]
    text = declared(board.json())
    assert '"fillOpacity"' in text
    assert '"graphTooltip": 1' in text

    wrong = {
        "a.ts": text.replace('"fillOpacity"', '"fillOpacty"'),
        "b.ts": text.replace('"graphTooltip": 1', '"graphTooltip": 7'),
        "c.ts": text.replace('"drawStyle": "bars"', '"drawStyle": "bar"'),
    }

    found = compiled(project, wrong)
    assert {line.partition("(")[0] for line in found} == set(wrong)
