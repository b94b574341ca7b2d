"""`broker.py` as a person calls it: one sentence and an exit code, no traceback."""

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[3] / "infra" / "kafka" / "broker.py"


def call(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the script with a bare interpreter: it must need nothing that is not in the standard library."""
    return subprocess.run(
        [sys.executable, "-I", "-S", str(SCRIPT), *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        env=environment,
        check=False,
    )


@pytest.mark.parametrize("command", ["fetch", "start"])
def test_without_java_it_says_so_in_one_line(command: str, tmp_path: Path) -> None:
    done = call(command, "--folder", str(tmp_path / "cluster"), PATH="")
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        "kafka: Java is not installed: Kafka 4 needs Java 17 or newer on the PATH or in JAVA_HOME"
    ]
    assert done.stdout == ""


def test_status_and_stop_where_nothing_was_started(tmp_path: Path) -> None:
    assert call("status", "--folder", str(tmp_path)).returncode == 1
    done = call("stop", "--folder", str(tmp_path))
    assert (done.returncode, done.stderr) == (0, f"no Kafka in {tmp_path}\n")


@pytest.mark.parametrize("arguments", [(), ("start", "--brokers", "2"), ("start", "--set", "novalue"), ("restart",)])
def test_a_wrong_call_is_a_usage_error(arguments: tuple[str, ...]) -> None:
    assert call(*arguments).returncode == 2
