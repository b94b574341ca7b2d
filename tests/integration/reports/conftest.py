from collections.abc import Iterator
from pathlib import Path

import pytest
from integration.reports.engine import Engine


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """An embedded engine with empty levels; closed after the module, as a process holds one engine path."""
    folder: Path = tmp_path_factory.mktemp("reports")
    made = Engine(str(folder / "engine"))
    yield made
    made.close()
