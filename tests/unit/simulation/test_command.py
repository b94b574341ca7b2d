"""`tokentide simulate` says in one sentence what is wrong, and stays within its memory."""

import subprocess
import sys
from pathlib import Path

import pytest

from tokentide.gateways.simulation.scenarios import NAMES

ROOT = Path(__file__).resolve().parents[3]
MEASURED = """
from pathlib import Path
from tokentide.__main__ import main
try:
    main()
finally:
    # Not ru_maxrss: that begins with the peak of the process this one was forked from.
    print("KIB", Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0])
"""
WITHOUT_NUMPY = """
import sys
sys.modules["numpy"] = None
from tokentide.__main__ import main
main()
"""


def run(code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code, "simulate", *arguments], cwd=ROOT, capture_output=True, text=True, timeout=1500
    )


def refused(result: subprocess.CompletedProcess[str], code: int) -> str:
    assert result.returncode == code, result.stderr
    assert "Traceback" not in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1
    return result.stderr


def test_an_unknown_scenario_is_told_the_names(tmp_path: Path) -> None:
    told = refused(run(MEASURED, "--scenario", "boom", "--out", str(tmp_path / "x")), 2)
    assert "'boom'" in told
    assert all(name in told for name in NAMES)
    assert not (tmp_path / "x").exists()


def test_a_folder_that_holds_something_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("keep")
    told = refused(run(MEASURED, "--scenario", "steady", "--events", "1000", "--out", str(tmp_path)), 1)
    assert "--out" in told
    assert str(tmp_path) in told
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_a_file_in_the_way_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    told = refused(run(MEASURED, "--scenario", "steady", "--events", "1000", "--out", str(tmp_path / "file")), 1)
    assert "--out" in told


@pytest.mark.parametrize(
    ("option", "value"),
    [("--label-rate", "0.5"), ("--events", "10"), ("--seed", "-1"), ("--anchor", "soon")],
)
def test_a_wrong_option_is_named(tmp_path: Path, option: str, value: str) -> None:
    told = refused(run(MEASURED, "--scenario", "steady", "--out", str(tmp_path / "x"), option, value), 2)
    assert option in told


def test_without_numpy_the_extra_is_named(tmp_path: Path) -> None:
    told = refused(run(WITHOUT_NUMPY, "--scenario", "steady", "--out", str(tmp_path / "x")), 1)
    assert "pip install 'tokentide[worker]'" in told


def peak_mib(result: subprocess.CompletedProcess[str]) -> float:
    assert result.returncode == 0, result.stderr
    return int(result.stdout.rpartition("KIB ")[2]) / 1024


def test_memory_grows_slowly_enough_for_two_million_events_in_a_gibibyte(tmp_path: Path) -> None:
    sizes = (20_000, 220_000)
    few, many = (
        peak_mib(
            run(
                MEASURED,
                "--scenario",
                "state-of-ai-2025",
                "--events",
                str(events),
                "--out",
                str(tmp_path / str(events)),
            )
        )
        for events in sizes
    )
    per_event = (many - few) / (sizes[1] - sizes[0])
    assert few + per_event * (2_000_000 - sizes[0]) < 1024


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_two_million_events_stay_below_a_gibibyte(tmp_path: Path) -> None:
    result = run(MEASURED, "--scenario", "state-of-ai-2025", "--events", "2000000", "--out", str(tmp_path / "run"))
    assert peak_mib(result) < 1024
