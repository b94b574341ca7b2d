"""A life in a store with little room: a file system of a few megabytes, or a limit on the memory of an insert."""

import functools
import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from support.engine_case import run, run_life, said, template
from support.engine_child import FOUND, OPENINGS, Life, live
from support.engine_group import read_commits

from tokentide.sinks.clickhouse import store as stores

_INSERT_BYTES = 200_000
_DISK_BYTES = 64 * 2**20


@contextmanager
def small_disk(home: Path) -> Iterator[Path]:
    """An empty store on a file system of its own; yields its folder.

    Raises:
        PermissionError: this user may not mount.
    """
    engine = home / "engine"
    engine.mkdir()
    options = f"size={_DISK_BYTES}"
    if subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(engine)], capture_output=True).returncode:
        raise PermissionError("this user may not mount a file system")
    try:
        shutil.copytree(template(), engine, symlinks=True, dirs_exist_ok=True)
        yield engine
    finally:
        subprocess.run(["umount", "--lazy", str(engine)], check=True)


def fill(ballast: Path) -> None:
    """Take all the room there is, as another program would."""
    with ballast.open("ab", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(2**16))


def live_with_little_memory(life: Life, insert_bytes: int) -> None:
    """Like `live`; the engine gives an insert this many bytes."""
    limits: Mapping[str, Any] = {**stores.INSERT_SETTINGS, "max_memory_usage": insert_bytes}
    stores.INSERT_SETTINGS = limits  # type: ignore[misc]
    live(life)


def run_short(task: Callable[[], Any], home: Path, words: str, ballast: Path | None = None) -> str:
    """Fork a life that cannot go on, kill it once it has said so twice, and return what it said.

    Args:
        task: the life.
        home: its folder.
        words: of its sentence.
        ballast: a file that takes all room of the disk once the store is open.
    Raises:
        AssertionError: it ended by itself.
    """
    log = home / "log"

    def told_twice() -> bool:
        if ballast is not None and (home / OPENINGS).exists():
            fill(ballast)
        return log.exists() and log.read_text(errors="replace").count(words) >= 2

    code = run(task, home, until=told_twice)
    assert code == -signal.SIGKILL, f"it ended with {code}: {said(home)}"
    return log.read_text(errors="replace")


def case(kind: str, home: Path) -> dict[str, Any]:
    """Run one case: short of `disk` or `memory`, then with room; return what was said and what was found."""
    life = Life(home, 1, 600, 200)
    if kind == "memory":
        shutil.copytree(template(), home / "engine", symlinks=True)
        spoken = run_short(functools.partial(live_with_little_memory, life, _INSERT_BYTES), home, "short of memory")
        return _with_room(life, spoken)
    with small_disk(home) as engine:
        ballast = engine / "ballast"
        spoken = run_short(functools.partial(live, life), home, "its disk is full", ballast)
        commits = read_commits(home)
        ballast.unlink()
        return _with_room(life, spoken, commits)


def _with_room(life: Life, spoken: str, commits: dict[str, Any] | None = None) -> dict[str, Any]:
    commits = commits if commits is not None else read_commits(life.folder)
    code = run_life(replace(life, checked=True))
    assert code == 0, said(life.folder)
    return {
        "said": spoken,
        "confirmed": [offset for offset, _ in commits.values()],
        **json.loads((life.folder / FOUND).read_text()),
    }


def main() -> None:
    """Arguments: kind, folder of the case, file for the answer; exit 3 where a file system may not be mounted."""
    kind, home, out = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    try:
        out.write_text(json.dumps(case(kind, home)))
    except PermissionError:
        sys.exit(3)


if __name__ == "__main__":
    main()
