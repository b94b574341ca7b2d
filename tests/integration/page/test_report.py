"""The report: one file, in a browser without any server."""

import json
import re
from pathlib import Path

import pytest
from integration.page.conftest import Built
from integration.page.drawn import drawn, empty_figures
from integration.page.test_page import WITHOUT_DATA
from support.browser import Page
from support.command import tokentide

from tokentide.reports.registry import METRICS


@pytest.fixture(scope="module")
def report(built: Built, browser: Page) -> Page:
    browser.look(1600, "light")
    browser.open(built.report.as_uri())
    return browser


def test_every_figure_is_drawn_with_data(report: Page) -> None:
    assert set(empty_figures(drawn(report))) == set(WITHOUT_DATA)


def test_the_file_asks_nothing_of_anybody(report: Page, built: Built) -> None:
    report.complaints()
    report.requested()
    report.open(built.report.as_uri())
    assert report.requested() == {""}
    assert report.complaints() == []


def test_no_address_of_another_host_is_loaded_by_it(built: Built) -> None:
    text = built.report.read_text()
    markup = re.sub(r"<script.*?</script>", "", text, flags=re.DOTALL)
    assert len(markup) > 10_000
    assert re.findall(r"<(?:script|link|img|iframe)[^>]*(?:src|href)\s*=", markup) == []
    assert "default-src 'none'" in text


def test_it_says_that_the_traffic_is_simulated_and_defines_what_it_shows(report: Page) -> None:
    assert "simulated" in report.run("return document.querySelector('h1').parentElement.textContent")
    defined = report.run("return [...document.querySelectorAll('.appendix dt')].map((one) => one.textContent)")
    shown = report.run("return [...tokentide.views.values()].map((view) => view.figure.metric)")
    assert set(defined) == set(shown)
    words = report.run("return document.querySelector('.appendix').textContent")
    assert METRICS["token-share-by-author"].definition.numerator in words
    assert all(caveat in words for caveat in METRICS["retention"].caveats)


def test_it_has_no_serious_fault_of_access(report: Page, axe: str) -> None:
    assert report.violations(axe) == []


def test_a_table_can_be_taken_out_of_the_file(report: Page, tmp_path: Path) -> None:
    report.driver.execute_cdp_cmd("Page.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(tmp_path)})
    report.run("[...document.querySelectorAll('#author-ranking .tools button')].at(-1).click()")
    file = tmp_path / "author-ranking.csv"
    report.until("the file is there", file.is_file)
    lines = file.read_text().splitlines()
    rows = report.run("return tokentide.payloads.get('author-ranking').rows")
    assert lines[0] == "author,share,tokens,final"
    assert len(lines) == len(rows) + 1
    assert lines[1].split(",")[0] == rows[0][0]


def test_a_period_without_a_full_hour_is_refused(built: Built, tmp_path: Path) -> None:
    ended = tokentide(
        *("report", "--html", str(tmp_path / "r.html"), "--store", built.store, "--from", "2026-01-01T10:20:00Z"),
        cwd=tmp_path,
    )
    assert ended.code == 2
    assert "--from must be on a full hour" in ended.err
    assert "Traceback" not in ended.err


def test_the_figures_in_the_file_are_those_of_the_query(report: Page, built: Built, tmp_path: Path) -> None:
    asked = tokentide(
        *("query", "token-share-by-author", "--top", "12", "--store", built.store, "--format", "json"), cwd=tmp_path
    )
    rows = json.loads(asked.out)
    shown = report.run("return tokentide.payloads.get('author-ranking').rows")
    assert [row[0] for row in shown] == [row["author"] for row in rows]
    assert [row[1] for row in shown] == pytest.approx([row["share"] for row in rows], rel=1e-5)
