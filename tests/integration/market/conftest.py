"""Makes the bench importable: it is no part of the installed package."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tokentide.gateways.simulation.simulate import Order

sys.path.append(str(Path(__file__).parents[3]))

if TYPE_CHECKING:
    from integration.market.market import Market

ORDER = Order("state-of-ai-2025", events=20_000, seed=20)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> "Iterator[Market]":
    """A market of 20,000 events in an embedded store; every event is classified."""
    from integration.market.market import market

    with market(ORDER, tmp_path_factory.mktemp("market")) as opened:
        yield opened
