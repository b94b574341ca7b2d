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
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("TOKENTIDE_")}
    done = subprocess.run(
        [SCRIPT, *arguments], cwd=cwd, env=inherited | variables, capture_output=True, text=True, timeout=timeout_s
    )
    return Ended(done.returncode, done.stdout, done.stderr)
