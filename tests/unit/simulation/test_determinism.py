"""The same order gives the same bytes; another seed gives other traffic with other ids."""

import gzip
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tokentide.gateways.simulation.simulate import EVENTS, ORACLE, PARAMETERS, Order, simulate

ANCHOR = datetime(2026, 3, 1, 12, tzinfo=UTC)


def ids(folder: Path) -> set[str]:
    with gzip.open(folder / EVENTS) as lines:
        return {json.loads(line)["event_id"] for line in lines}


@pytest.mark.parametrize("scenario", ["state-of-ai-2025", "now"])
def test_the_same_order_gives_the_same_bytes(tmp_path: Path, scenario: str) -> None:
    order = Order(scenario, 3000, seed=5, anchor=ANCHOR)
    for name in ("first", "second"):
        simulate(order, tmp_path / name)
    for file in (EVENTS, ORACLE, PARAMETERS):
        assert (tmp_path / "first" / file).read_bytes() == (tmp_path / "second" / file).read_bytes(), file


def test_another_seed_shares_no_id(tmp_path: Path) -> None:
    for seed in (1, 2):
        simulate(Order("steady", 2000, seed), tmp_path / str(seed))
    assert len(ids(tmp_path / "1")) == len(ids(tmp_path / "2")) == 2000
    assert not ids(tmp_path / "1") & ids(tmp_path / "2")


def test_every_file_says_simulated(tmp_path: Path) -> None:
    simulate(Order("launch", 1000), tmp_path / "run")
    for file in (ORACLE, PARAMETERS):
        held = json.loads((tmp_path / "run" / file).read_text())
        assert held["simulated"] is True
        assert held["gateway"] == "simulated"
    with gzip.open(tmp_path / "run" / EVENTS) as lines:
        assert {json.loads(line)["gateway"] for line in lines} == {"simulated"}
