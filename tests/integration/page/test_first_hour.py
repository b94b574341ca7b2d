"""docs/first-hour.md: its commands, run as they stand."""

import json
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
TEXT = (ROOT / "docs" / "first-hour.md").read_text(encoding="utf-8")
BIN = Path(sys.executable).parent


def blocks() -> dict[str, list[str]]:
    """The commands of each chapter, in order."""
    found: dict[str, list[str]] = {}
    for chapter in re.split(r"^## ", TEXT, flags=re.MULTILINE)[1:]:
        title = chapter.split("\n", 1)[0]
        found[title.split(".")[0]] = re.findall(r"^```sh\n(.*?)^```", chapter, re.MULTILINE | re.DOTALL)
    return found


@dataclass
class Reader:
    """Somebody who types what the page says.

    Attributes:
        folder: where.
        port: of the page; the one in the text may be taken here.
        kafka: the address that was printed.
    """

    folder: Path
    port: int
    kafka: str = ""
    background: list[subprocess.Popen[str]] = field(default_factory=list)

    def typed(self, command: str) -> str:
        """The command with what a reader replaces: the address that was printed, a port that is free."""
        return re.sub(r"kafka://127\.0\.0\.1:\d+", self.kafka, command).replace("8321", str(self.port))

    def run(self, command: str) -> str:
        """Run commands to their end and return what they print."""
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", self.typed(command)],
            cwd=self.folder,
            env=self._environment(),
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == 0, (command, done.stdout, done.stderr)
        return done.stdout

    def start(self, command: str) -> subprocess.Popen[str]:
        """Start a command in a terminal of its own."""
        started = subprocess.Popen(
            ["bash", "-c", f"exec {self.typed(command)}"],
            cwd=self.folder,
            env=self._environment(),
            stdout=subprocess.PIPE,
            text=True,
        )
        self.background.append(started)
        return started

    def _environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("TOKENTIDE_")}
        kafka = {"TOKENTIDE_KAFKA": self.kafka} if self.kafka else {}
        return kept | kafka | {"PATH": f"{BIN}:{os.environ['PATH']}"}


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    someone = Reader(tmp_path_factory.mktemp("first-hour"), port)
    yield someone
    for process in someone.background:
        process.kill()
        process.wait()


def test_the_installation_is_one_command() -> None:
    """Run on CI, where the environment is the clone's own; elsewhere it could change one that others use."""
    (setup, path) = blocks()["1"]
    assert setup == "make setup\n"
    assert ".venv/bin" in path
    if os.environ.get("CI"):
        subprocess.run(["bash", "-euc", setup], cwd=ROOT, check=True, timeout=280)
    assert (BIN / "tokentide").is_file()


def test_everything_else_does_what_it_says(reader: Reader) -> None:
    began = time.monotonic()
    chapters = blocks()
    started = reader.start(chapters["2"][0])
    assert started.stdout is not None
    said = [started.stdout.readline() for _ in range(3)]
    assert said[0] == f"page:   http://127.0.0.1:{reader.port}/\n"
    reader.kafka = said[1].split()[1]
    assert said[2].startswith(f"send:   tokentide send --kafka {reader.kafka} ")

    accepted, refused = (reader.run(block) for block in chapters["3"])
    assert accepted.startswith("accepted: ")
    assert refused == ""

    figure, more = chapters["4"]
    deadline = time.monotonic() + 60
    while (shown := json.loads(reader.run(figure)))["n"] != 1:
        assert time.monotonic() < deadline, shown
        time.sleep(0.2)
    assert shown["rows"][0][0] == 1500
    assert "accepted: " in reader.run(more)

    (alert,) = chapters["5"]
    told = [json.loads(line) for line in reader.run(alert).splitlines()]
    assert [one["status"] for one in told] == ["firing", "resolved"]

    reader.run("for i in $(seq 300); do curl -sf 'http://127.0.0.1:8321/api/figures/continents?range=1h' | "
               "grep -q Europe && exit; sleep 0.2; done; exit 1")  # fmt: skip
    started.terminate()
    assert started.wait(20) == 0
    (kept,) = chapters["6"]
    answers = reader.run(kept)
    assert "anthropic" in answers
    assert "everything adds up" in answers
    assert (reader.folder / "first-hour.html").stat().st_size > 1_000_000
    print(f"all but the installation took {time.monotonic() - began:.0f} s")
