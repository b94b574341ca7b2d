import pytest
from support.shares import DAY_CELLS, NOW, RULES, START, WATCH, WEEKS, quiet

from tokentide.streams.detection.baseline import Baseline, build_baseline
from tokentide.streams.detection.cells import Cells
from tokentide.streams.detection.state import WatchState


@pytest.fixture(scope="session")
def history() -> Cells:
    """Return three quiet weeks."""
    return quiet(START, WEEKS * 7 * DAY_CELLS, seed=1)


@pytest.fixture(scope="session")
def traffic(history: Cells) -> Cells:
    """Return three quiet weeks and four days more."""
    return history.then(quiet(NOW, 4 * DAY_CELLS, seed=2))


@pytest.fixture(scope="session")
def baseline(history: Cells) -> Baseline:
    """Return what three weeks teach."""
    found = build_baseline(WATCH, RULES, history, WatchState(), NOW)
    assert found is not None
    return found
