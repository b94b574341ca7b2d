"""docs/state-of-ai-2025.md is what its results say, and says that they are simulated."""

from bench.state_of_ai.compare import compare
from bench.state_of_ai.emerged import FIGURES
from bench.state_of_ai.page import PAGE, page, results
from bench.state_of_ai.settings import MEASURED
from tokentide.gateways.simulation.published import SETTINGS
from tokentide.reports.registry import METRICS


def test_the_page_is_written_from_the_results_that_are_kept() -> None:
    assert PAGE.read_text() == page(results())


def test_every_setting_figure_and_metric_is_in_it() -> None:
    found = results()

    assert [row["parameter"] for row in found["set"]] == [setting.name for setting in SETTINGS] == list(MEASURED)
    assert [row["figure"] for row in found["emerged"]] == [figure.name for figure in FIGURES]
    assert {row["metric"] for row in found["compared"]} <= METRICS.keys()
    assert found["run"]["simulated"] is True
    assert "simulated" in PAGE.read_text().partition("## A")[0]


def test_no_metric_differed_from_the_oracle_in_two_million_events() -> None:
    found = results()

    assert found["run"]["events"] == found["run"]["stored"] >= 2_000_000
    assert [row["metric"] for row in found["compared"] if row["differences"]] == []


def test_a_comparison_sees_each_kind_of_difference() -> None:
    expected = [{"t": 1, "n": 2, "share": 0.5, "x_p90": 100}, {"t": 2, "n": 1, "share": None, "x_p90": 7}]

    def wrong(**changed: object) -> list[str]:
        return compare([expected[0] | changed, expected[1]], expected, ["t"]).wrong

    assert wrong() == wrong(share=0.5 + 1e-12) == wrong(x_p90=100.9) == []
    assert all(len(wrong(**{name: value})) == 1 for name, value in
               (("n", 3), ("share", 0.5 + 1e-8), ("share", None), ("x_p90", 101.1), ("n", "2")))  # fmt: skip
    assert len(compare(expected[:1], expected, ["t"]).wrong) == len(compare(expected, expected[:1], ["t"]).wrong) == 1
    assert len(compare([*expected, expected[0]], expected, ["t"]).wrong) == 1
