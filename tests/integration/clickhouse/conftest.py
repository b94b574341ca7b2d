import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.stored_facts import Folder

from tokentide.sinks.clickhouse.migrate import migrate
from tokentide.sinks.clickhouse.opening import open_store


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an empty, migrated, cleanly closed store; copied for each test."""
    folder: Path = tmp_path_factory.mktemp("store") / "engine"
    with open_store(f"chdb://{folder}") as store:
        migrate(store)
    return folder


@pytest.fixture
def folder(migrated: Path, tmp_path: Path) -> Iterator[Folder]:
    """A store folder of the test's own; whatever it opened is closed afterwards."""
    shutil.copytree(migrated, tmp_path / "engine", symlinks=True)
    made = Folder(tmp_path / "engine")
    yield made
    made.close()
