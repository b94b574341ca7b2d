"""Views: whole buckets back from the last event."""

from datetime import UTC, datetime

import pytest

from tokentide.reports.levels import Extent
from tokentide.reports.page.asking import request
from tokentide.reports.page.sections import FIGURES
from tokentide.reports.page.view import RANGES, UNITS, default_range, fitting, look
from tokentide.reports.request import resolve
from tokentide.schemas.errors import UsageError

DAY = 86_400
END = int(datetime(2026, 2, 18, 15, tzinfo=UTC).timestamp())
YEARS = Extent(10, END - 800 * DAY, END)


@pytest.mark.parametrize(
    ("name", "start"),
    [
        ("1h", "2026-02-18T14:00:00+00:00"),
        ("24h", "2026-02-17T15:00:00+00:00"),
        ("28d", "2026-01-21T00:00:00+00:00"),
        ("13mo", "2025-01-13T00:00:00+00:00"),
    ],
)
def test_a_range_begins_with_a_whole_bucket(name: str, start: str) -> None:
    view = look(name, "tokens", YEARS)
    assert view.start_s is not None
    begin = datetime.fromtimestamp(view.start_s, UTC)
    assert begin.isoformat() == start
    assert name != "13mo" or begin.weekday() == 0


def test_all_takes_the_bucket_that_fits() -> None:
    assert look("all", "usd", YEARS).bucket == "1w"
    assert look("all", "usd", Extent(1, END - 3600, END)).bucket == "1m"
    assert fitting(50 * DAY) == "1d"


def test_an_empty_store_has_views_too() -> None:
    view = look("28d", "tokens", Extent(0, 0, 3600))
    assert (view.start_s, view.history_s) == (None, 0)


@pytest.mark.parametrize(("days", "name"), [(0.05, "1h"), (1, "24h"), (56, "28d"), (400, "13mo"), (3000, "13mo")])
def test_the_first_range_shows_most_of_what_there_is(days: float, name: str) -> None:
    assert default_range(Extent(5, END - int(days * DAY), END)) == name


@pytest.mark.parametrize("range_id", RANGES)
@pytest.mark.parametrize("unit", UNITS)
def test_every_figure_can_be_asked_in_every_view(range_id: str, unit: str) -> None:
    for figure in FIGURES:
        resolve(request(figure, look(range_id, unit, YEARS)))


@pytest.mark.parametrize(("range_id", "unit"), [("century", "tokens"), ("28d", "accounts")])
def test_what_there_is_not_is_refused(range_id: str, unit: str) -> None:
    with pytest.raises(UsageError, match="unknown"):
        look(range_id, unit, YEARS)


def test_cohorts_are_weeks_until_there_is_history() -> None:
    assert look("28d", "tokens", Extent(1, END - 60 * DAY, END)).cohorts == "week"
    assert look("28d", "tokens", YEARS).cohorts == "month"
