"""Figures as declared: each stands on the registry, and together they mirror the study."""

import re

import pytest

from tokentide.reports.page.describe import page
from tokentide.reports.page.fields import FIELDS
from tokentide.reports.page.figure import Figure
from tokentide.reports.page.sections import FIGURES, SECTIONS
from tokentide.reports.registry import METRICS

# X-, D- and R-03-like rows are claims of the text or read off another figure
FIGURES_OF_THE_STUDY = {
    *("O-01", "O-02", "O-06", "O-07", "O-08", "O-09", "O-10", "O-11", "O-12", "O-13", "O-14", "O-05"),
    *("A-01", "A-02", "A-03", "A-04", "A-05", "A-06", "A-07", "A-08"),
    *("C-01", "C-02", "C-03", "C-04", "C-05", "C-06", "C-07", "C-08", "C-09", "C-10"),
    *("G-01", "G-02", "G-03", "G-04", "R-01", "R-02", "R-03", "R-04", "P-01", "P-02", "P-03", "P-04", "D-02"),
}


def test_every_figure_of_the_study_is_there() -> None:
    shown = {one for figure in FIGURES for one in figure.metric.study}
    assert shown >= FIGURES_OF_THE_STUDY, FIGURES_OF_THE_STUDY - shown


def test_ids_are_unique_and_fit_for_addresses() -> None:
    ids = [figure.id for figure in FIGURES] + [section.id for section in SECTIONS if section.id != "retention"]
    assert all(re.fullmatch(r"[a-z][a-z-]*", one) for one in ids)
    assert len({figure.id for figure in FIGURES}) == len(FIGURES)


@pytest.mark.parametrize("figure", FIGURES, ids=lambda figure: figure.id)
def test_a_figure_shows_columns_its_metric_has(figure: Figure) -> None:
    metric = METRICS[figure.metric_id]
    known = {*metric.columns, *metric.shapes[0].formula.columns, "n"}
    for unit in ("tokens", "requests", "usd"):
        assert {value.column for value in figure.shown(unit)} <= known
    assert not figure.need or figure.need in FIELDS
    assert not figure.bucketed or "bucket" in metric.grids


def test_the_page_is_described_with_definitions() -> None:
    described = page()
    figures = [figure for section in described["sections"] for figure in section["figures"]]
    assert all("Denominator" in figure["definition"] for figure in figures)
    assert {unit for figure in figures for unit in figure["units"]} >= set(described["units"])
