"""A pipeline of each test's own, on every broker the run has chosen."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support.pipeline import Pipeline
from support.providers import Broker


@pytest.fixture
def pipeline(broker: Broker, tmp_path: Path) -> Pipeline:
    """A pipeline of two partitions with the default settings."""
    return Pipeline(broker, tmp_path)


@pytest.fixture
def make_pipeline(broker: Broker, tmp_path: Path) -> Callable[..., Pipeline]:
    """Makes a pipeline with settings of the test's choice."""

    def make(**settings: Any) -> Pipeline:
        return Pipeline(broker, tmp_path, **settings)

    return make
