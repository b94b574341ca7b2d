"""The `tokentide` command as a user starts it: a process of its own, in an empty folder, with a clean environment."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

SCRIPT = Path(sys.executable).with_name("tokentide")


@dataclass(frozen=True)
class Ended:
    """What a command left behind."""

    code: int
    out: str
    err: str


def tokentide(*arguments: str, cwd: Path, timeout_s: float = 90, **variables: str) -> Ended:
    """Run a command to its end; `variables` are its TOKENTIDE_* settings."""
    done = subprocess.run(
        [SCRIPT, *arguments], cwd=cwd, env=_environment(variables), capture_output=True, text=True, timeout=timeout_s
    )
    return Ended(done.returncode, done.stdout, done.stderr)


class Running:
    """A command that works until it is told to stop; its log goes to a file beside it."""

    def __init__(self, *arguments: str, cwd: Path, **variables: str) -> None:
        self.log = cwd / f"{arguments[0]}.log"
        with self.log.open("w") as log:
            self._process = subprocess.Popen(
                [SCRIPT, *arguments], cwd=cwd, env=_environment(variables), stdout=log, stderr=log
            )

    def terminate(self, timeout_s: float = 15) -> int:
        """Ask it to stop and return its exit code."""
        self._process.terminate()
        try:
            return self._process.wait(timeout_s)
        finally:
            self._process.kill()

    @property
    def said(self) -> str:
        """Its log so far."""
        return self.log.read_text()


def _environment(variables: dict[str, str]) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("TOKENTIDE_")}
    return inherited | variables
