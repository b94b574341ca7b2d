from collections.abc import Iterator

import pytest
from integration.market.market import Market, market

from tokentide.gateways.simulation.simulate import Order

ORDER = Order("state-of-ai-2025", events=20_000, seed=20)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Market]:
    """A market of 20,000 events in an embedded store; every event is classified."""
    with market(ORDER, tmp_path_factory.mktemp("market")) as opened:
        yield opened
