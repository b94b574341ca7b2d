"""A small market in a store, its report, its page, and a browser. Engines run in processes of their own."""

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from support.browser import Page, axe_source, chromium
from support.command import Running, tokentide

from tokentide.gateways.simulation.simulate import EVENTS, Order, simulate

EVENTS_HERE = 12_000


@dataclass(frozen=True)
class Built:
    """What was made of a market.

    Attributes:
        folder: of the store (`store`) and the report (`report.html`).
    """

    folder: Path

    @property
    def store(self) -> str:
        return f"chdb://{self.folder}/store"

    @property
    def report(self) -> Path:
        return self.folder / "report.html"


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """A market of eight weeks up to now, settled by a worker, and its report."""
    made = Built(tmp_path_factory.mktemp("page"))
    anchor = datetime.now(UTC).replace(microsecond=0)
    simulate(Order("now", events=EVENTS_HERE, seed=7, anchor=anchor), made.folder / "market")
    market = str(made.folder / "market" / EVENTS)
    done = tokentide("run", market, "--store", made.store, "--kafka", "embedded://", cwd=made.folder)
    assert done.code == 0, done.err
    done = tokentide("report", "--html", str(made.report), "--store", made.store, cwd=made.folder)
    assert done.code == 0, done.err
    return made


@pytest.fixture(scope="module")
def page_url(built: Built) -> Iterator[str]:
    """The page over that store, served by a process of its own."""
    serving = Running("serve", "--store", built.store, "--port", "0", cwd=built.folder)
    try:
        yield address(serving)
    finally:
        assert serving.terminate() == 0, serving.said


def address(running: Running, seconds: float = 60) -> str:
    """Return the page's address once the command has said it."""
    deadline = time.monotonic() + seconds
    while not (found := re.search(r"http://127\.0\.0\.1:\d+/", running.said)):
        assert time.monotonic() < deadline, running.said
        time.sleep(0.05)
    return found.group()


@pytest.fixture(scope="module")
def browser() -> Iterator[Page]:
    with chromium() as page:
        yield page


@pytest.fixture(scope="session")
def axe(tmp_path_factory: pytest.TempPathFactory) -> str:
    return axe_source(tmp_path_factory.mktemp("axe"))
