"""What is written from the registry is the registry's present text (`python -m tokentide.reports`)."""

from pathlib import Path

import pytest

from tokentide.reports import METRICS, reference, views

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize(
    ("file", "text"), [(reference.FILE, reference.page), (views.FILE, views.migration)], ids=["docs", "views"]
)
def test_a_generated_file_is_fresh(file, text) -> None:
    assert (ROOT / file).read_text(encoding="utf-8") == text(), "run: python -m tokentide.reports"


def test_the_page_defines_every_metric() -> None:
    page = (ROOT / "docs/metrics.md").read_text(encoding="utf-8")
    for entry in METRICS.values():
        for words in (
            f"`{entry.id}`",
            entry.definition.numerator,
            entry.definition.denominator,
            *entry.study,
        ):
            assert words in page


def test_metric_sql_reads_rollups_never_facts() -> None:
    assert "usage_events" not in views.migration()
    folder = ROOT / "reports"
    assert [file.name for file in folder.glob("*.py") if "usage_events" in file.read_text("utf-8")] == []
