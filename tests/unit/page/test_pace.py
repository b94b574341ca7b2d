"""What is asked next: nothing without readers or changes, first pictures first, then what rested longest."""

import pytest

from tokentide.reports.levels import Extent
from tokentide.reports.page.board import Board
from tokentide.reports.page.figure import Chart, Figure
from tokentide.reports.page.freshness import Freshness
from tokentide.reports.page.pace import REST, REST_MAX_S, next_job, rest_s

FAST = Figure("fast", "volume", Chart.COLUMNS, every_s=5)
SLOW = Figure("slow", "coverage", Chart.TABLE, every_s=60)
FIGURES = (FAST, SLOW)
OLD = Freshness(1000, 0, Extent(1, 0, 3600))
NEW = Freshness(2000, 0, Extent(1, 0, 3600))


def board(*asked: tuple[str, float, Freshness], viewers: int = 1) -> Board:
    made = Board("28d", "tokens", viewers=viewers)
    for figure, at, held in asked:
        made.put({"figure": figure, "columns": [], "rows": []}, at, held)
    return made


async def test_nobody_looks_nothing_is_asked() -> None:
    assert next_job([board(viewers=0)], FIGURES, NEW, 0.0) is None


async def test_what_is_missing_comes_first_in_the_order_of_the_page() -> None:
    there = board(("fast", 0.0, OLD))
    job = next_job([there, board()], FIGURES, NEW, 1000.0)
    assert job is not None
    assert (job.figure.id, job.first) == ("fast", True)
    assert job.board is not there


async def test_an_unchanged_store_is_left_alone() -> None:
    held = board(("fast", 0.0, NEW), ("slow", 0.0, NEW))
    assert next_job([held], FIGURES, NEW, 1e6) is None


@pytest.mark.parametrize(("now", "figure"), [(4.9, None), (5.0, "fast"), (61.0, "fast"), (200.0, "fast")])
async def test_a_figure_rests_before_it_is_asked_again(now: float, figure: str | None) -> None:
    job = next_job([board(("fast", 0.0, OLD), ("slow", 0.0, OLD))], FIGURES, NEW, now)
    assert (job.figure.id if job else None) == figure


async def test_the_most_overdue_goes_first() -> None:
    job = next_job([board(("fast", 100.0, OLD), ("slow", 0.0, OLD))], FIGURES, NEW, 110.0)
    assert job is not None
    assert job.figure.id == "slow"


def test_readers_take_at_most_a_quarter_of_a_core() -> None:
    assert rest_s(0.2, first=False) == pytest.approx(0.2 * REST)
    assert rest_s(60, first=False) == REST_MAX_S
    assert rest_s(0.2, first=True) == 0.0
