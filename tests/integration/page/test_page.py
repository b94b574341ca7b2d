"""The live page in a real browser: drawn, changeable, readable by everyone, and silent towards other hosts."""

import os
from pathlib import Path

import pytest
from integration.page.drawn import author_colours, drawn, empty_figures
from selenium.webdriver.common.keys import Keys
from support.browser import Page

from tokentide.reports.page.sections import FIGURES

IMAGES = Path(__file__).parents[3] / "docs" / "images"
WITHOUT_DATA = {
    "releases": "No open model was released while this store was filled.",
    "lasting": "No model has two cohorts of 100 accounts to compare yet.",
}
"""What a market of eight weeks and 12,000 events cannot show, and what the page says of it."""


@pytest.fixture(scope="module")
def page(browser: Page, page_url: str) -> Page:
    browser.look(1600, "light")
    browser.open(page_url)
    return browser


def test_every_figure_is_drawn_with_data(page: Page) -> None:
    found = drawn(page)
    assert set(found) == {figure.id for figure in FIGURES}
    empty = empty_figures(found)
    assert {name: one.get("missing") for name, one in empty.items()} == WITHOUT_DATA


def test_the_first_content_comes_before_the_figures(page: Page) -> None:
    """How long it takes is printed: 0.2 s on a quiet machine. A busy one proves nothing."""
    page.driver.refresh()
    page.until("a chart is drawn", lambda: page.run("return document.querySelector('.drawing svg') !== null"))
    content, chart = page.run(
        "const paint = performance.getEntriesByName('first-contentful-paint')[0];"
        "return [paint.startTime, performance.now()].map(Math.round)"
    )
    print(f"first content after {content} ms, first chart after at most {chart} ms")
    assert 0 < content <= chart
    page.settled()


def test_nothing_is_asked_of_another_host_and_the_console_is_silent(page: Page, page_url: str) -> None:
    page.complaints()
    page.requested()
    page.open(page_url)
    asked = page.requested()
    assert asked <= {"", page_url.removeprefix("http://").rstrip("/")}, asked
    assert len(asked - {""}) == 1
    assert page.complaints() == []


def test_a_request_to_another_host_is_refused_by_the_page(page: Page) -> None:
    page.complaints()
    refused = page.driver.execute_async_script(
        "const done = arguments[0]; fetch('http://192.0.2.1/').then(() => done('sent'), (e) => done(String(e)))"
    )
    assert "Failed to fetch" in refused
    assert any("192.0.2.1" in words and "Content Security Policy" in words for words in page.complaints())


def test_the_unit_changes_what_is_counted(page: Page) -> None:
    before = page.run("return tokentide.payloads.get('author-ranking').rows")
    page.run("document.getElementById('unit-usd').click()")
    page.until("the stream is of USD", lambda: page.run("return tokentide.payloads.get('total')?.unit === 'usd'"))
    page.settled()
    assert page.run("return document.querySelector('#total .big').textContent").startswith("$")
    after = page.run("return tokentide.payloads.get('author-ranking').rows")
    assert after != before
    assert sum(row[1] for row in after) == pytest.approx(1, abs=1e-3)
    page.run("document.getElementById('unit-tokens').click()")
    page.settled()
    assert page.run("return tokentide.payloads.get('author-ranking').rows") == before


def test_the_range_changes_period_and_buckets(page: Page) -> None:
    days = page.run("return [...new Set(tokentide.payloads.get('authors').rows.map((row) => row[0]))]")
    page.run("document.getElementById('range-7d').click()")
    page.settled()
    hours = page.run("return [...new Set(tokentide.payloads.get('authors').rows.map((row) => row[0]))]")
    assert len(hours) > 100
    assert min(hours) > min(days)
    labels = page.run("return tokentide.views.get('authors').chart.getOption().xAxis[0].data.length")
    assert labels == len(hours)
    page.run("document.getElementById('range-28d').click()")
    page.settled()


def test_an_author_has_one_colour_everywhere(page: Page) -> None:
    colours = author_colours(page)
    assert len(colours) > 8
    assert {author: found for author, found in colours.items() if len(found) > 1} == {}
    shared = [author for author, found in colours.items() if len(next(iter(found.values()))) > 2]
    assert shared, "no author is in several figures"


def test_what_is_provisional_is_shaded_and_said(page: Page) -> None:
    said = page.run("return [...document.querySelectorAll('.card .status')].map((one) => one.textContent)")
    assert set(said) <= {"final", "provisional"}
    assert "provisional" in said
    shaded = page.run("return tokentide.views.get('source-share').chart.getOption().series[0].markArea.data")
    assert shaded[0][0]["xAxis"] != shaded[0][1]["xAxis"] or len(shaded) == 1
    assert page.run("return document.querySelector('#authors .meta').textContent").count("n = ") == 1


def test_the_page_is_used_by_keyboard_alone(page: Page) -> None:
    page.run("document.activeElement.blur(); window.scrollTo(0, 0); document.body.focus()")
    page.press(Keys.TAB)
    assert page.run("return document.activeElement.textContent") == "Skip to the figures"
    page.press(Keys.TAB)
    assert page.run("return document.activeElement.id") == "range-28d"
    page.press(Keys.ARROW_LEFT)
    assert page.run("return tokentide.choice.range") == "7d"
    page.press(Keys.ARROW_RIGHT)
    page.settled()
    page.run("document.querySelector('#authors .info').focus()")
    shown = "return getComputedStyle(document.getElementById('def-authors')).display"
    assert page.run(shown) == "block"
    assert "Numerator" in page.run("return document.getElementById('def-authors').textContent")
    page.press(Keys.ESCAPE)
    assert page.run(shown) == "none"


def test_a_figure_is_also_a_table(page: Page) -> None:
    page.run("document.querySelector('#authors .tools button').focus()")
    page.press(Keys.ENTER)
    rows = page.run("return document.querySelectorAll('#table-authors tbody tr').length")
    assert rows == page.run("return tokentide.payloads.get('authors').rows.length")
    page.press(Keys.ENTER)
    assert page.run("return document.getElementById('table-authors').hidden")


def test_a_group_can_be_left_out_of_a_drawing(page: Page) -> None:
    page.run("document.querySelector('#authors .legend button').click()")
    hidden = page.run("return tokentide.views.get('authors').chart.getOption().legend[0].selected")
    assert list(hidden.values()).count(False) == 1
    page.run("document.querySelector('#authors .legend button').click()")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1600])
def test_every_look_is_accessible_and_fits(
    page: Page, page_url: str, axe: str, tmp_path: Path, width: int, theme: str
) -> None:
    page.look(width, theme)
    page.open(page_url)
    assert page.run("return document.documentElement.scrollWidth") == width
    assert page.run("return document.documentElement.dataset.theme") == theme
    assert page.violations(axe) == []
    page.picture(tmp_path / f"page-{width}-{theme}.png")
    assert page.complaints() == []


def test_the_pictures_of_the_readme(page: Page, page_url: str, tmp_path: Path) -> None:
    """Written into docs/images where TOKENTIDE_PICTURES is set; the tree stays as it is elsewhere."""
    folder = IMAGES if os.environ.get("TOKENTIDE_PICTURES") else tmp_path
    page.look(1600, "light")
    page.open(page_url)
    page.picture(folder / "page.png", whole=False)
    page.look(1600, "dark")
    page.run("document.documentElement.style.scrollBehavior = 'auto'; location.hash = '#s-categories'")
    page.until("it is dark", lambda: page.run("return document.documentElement.dataset.theme === 'dark'"))
    page.picture(folder / "page-dark.png", whole=False)
    assert all((folder / name).stat().st_size > 20_000 for name in ("page.png", "page-dark.png"))
