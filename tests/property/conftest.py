from collections.abc import Iterator

import pytest

from tokentide.sinks.clickhouse.migrate import migrate
from tokentide.sinks.clickhouse.opening import open_store
from tokentide.sinks.clickhouse.store import Store


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """An empty, migrated embedded store of the module's own."""
    with open_store(f"chdb://{tmp_path_factory.mktemp('property')}/engine") as opened:
        migrate(opened)
        yield opened
