"""One run of the study's scenario, shared by the tests of this folder."""

from dataclasses import dataclass

import pytest

from tokentide.gateways.simulation.columns import Columns, joined
from tokentide.gateways.simulation.simulate import Order, Simulation


@dataclass(frozen=True)
class Run:
    simulation: Simulation
    events: Columns


@pytest.fixture(scope="session")
def study() -> Run:
    simulation = Simulation(Order("state-of-ai-2025", 120_000, seed=11))
    return Run(simulation, joined(simulation.months()))
