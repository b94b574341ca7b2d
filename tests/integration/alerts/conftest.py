"""A real Alertmanager for the tests of this folder."""

from collections.abc import Iterator

import pytest
from support.alertmanager import Manager, running_alertmanager


@pytest.fixture(scope="module")
def alertmanager(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Manager]:
    """One Alertmanager per module; alerts of its tests differ by name."""
    with running_alertmanager(tmp_path_factory.mktemp("alertmanager")) as manager:
        yield manager
