"""docs/simulation.md names every scenario and every figure that is set."""

from pathlib import Path

from tokentide.gateways.simulation.published import SETTINGS
from tokentide.gateways.simulation.scenarios import NAMES

DOC = (Path(__file__).resolve().parents[3] / "docs" / "simulation.md").read_text()


def test_every_scenario_is_described() -> None:
    assert all(f"`{name}`" in DOC for name in NAMES)


def test_every_setting_is_listed_with_its_figure_of_the_study() -> None:
    for setting in SETTINGS:
        assert f"| {setting.name} | {setting.study} | {setting.published} |" in DOC
