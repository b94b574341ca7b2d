"""Processes killed at crash points and at commits of the engine lose and double nothing (`make faults-engine`)."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from support.engine_aim import possible

HERE = Path(__file__).parents[3]
AIMED = ("usage_events", "usage_model_1h") if possible() else ()
SHORT = ("read_facts", *AIMED)
_DEADLINE_S = 280

pytestmark = pytest.mark.timeout(_DEADLINE_S)


def run(out: Path, *arguments: str) -> dict[str, Any]:
    """Run cases in a process of their own: lives are forks, and this process may have the engine's threads."""
    path = os.pathsep.join(str(HERE / folder) for folder in ("tests", "infra/kafka"))
    subprocess.run(
        [sys.executable, "-m", "faults.engine", "--out", str(out), *arguments],
        cwd=HERE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([path, os.environ.get("PYTHONPATH", "")])},
        timeout=_DEADLINE_S,
        check=False,
    )
    return json.loads(out.read_text())


def test_killed_processes_lose_and_double_nothing(tmp_path: Path) -> None:
    """Four kills a case; the repair had something to do in each, else nothing would be shown."""
    cases = run(tmp_path / "out.json", "--seed", "1", "--cases", "1", "--only", ",".join(SHORT))
    assert len(cases) == len(SHORT)
    for name, case in cases.items():
        assert "failure" not in case, f"{name}: {case['failure']}"
        assert (case["lost"], case["double-counted"]) == (0, 0)
        assert sum(case["kills"].values()) >= 3
        assert case["repairs with work"] > 0


def test_without_repair_a_kill_counts_twice(tmp_path: Path) -> None:
    """The cases can see a breach: the same seed, with the repair left out."""
    cases = run(tmp_path / "out.json", "--seed", "1", "--cases", "1", "--only", "write_facts", "--broken", "repair")
    case = cases["write_facts/1"]
    assert case["failure"]
    assert case["double-counted"] > 0
