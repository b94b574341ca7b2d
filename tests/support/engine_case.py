"""A case of the engine layer: one target and one seed; the target says where processes die, the seed when.

Every life is a fork of this process, which must not have loaded the engine itself (its threads do not
survive a fork): cases run in a process of their own, `python -m faults.engine`.
"""

import functools
import os
import random
import shutil
import signal
import socket
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from json import loads
from pathlib import Path
from typing import Any

from support import engine_child
from support.engine_aim import MOMENTS, Aim, submit, watch
from support.engine_child import FOUND, OPENINGS, Life, live

from tokentide.schemas.errors import UserError

POINTS = {
    "commit": "before any write",
    "bury": "between dead letters and facts",
    "write_facts": "between facts and rollups",
    "write_rollups": "after the writes, before the confirmation",
    "ask_ledger": "an inherited batch, before any write",
    "read_facts": "an inherited batch, between facts and rollups",
}
"""Crash points (`TOKENTIDE_FAULT_POINT`) and where they lie."""
_INHERITED = ("ask_ledger", "read_facts")
FULL_BATCH = "full_batch"
"""A target of its own: a kill while each of two partitions has its largest batch in flight, to time the repair."""
_FULL = 50_000
_LIVES = 4
"""Lives that are killed, before the last one, which is checked."""
_COUNT = 130
"""Messages of each partition that a life has to settle: half a dozen batches in all."""
_NTH_MOST = 4
_DEADLINE_S = 240
_LOOK_S = 0.05


@dataclass(frozen=True)
class Case:
    """What dies where.

    Attributes:
        target: a crash point, a table, or FULL_BATCH.
        seed: of the log and of when.
        kills: crash points or aims, one for each life but the last.
        rows: most messages in a batch.
        count: messages of each partition that every life adds.
    """

    target: str
    seed: int
    kills: tuple[str | Aim, ...]
    rows: int
    count: int = _COUNT

    @property
    def name(self) -> str:
        return f"{self.target}/{self.seed}"

    @property
    def replay(self) -> str:
        """The command that runs this case alone."""
        return f"make faults-engine SEED={self.seed} CASES=1 ONLY={self.target}"

    def __str__(self) -> str:
        kills = ", ".join(
            kill if isinstance(kill, str) else f"{kill.table}: {kill.moment}, part {kill.nth}" for kill in self.kills
        )
        return f"seed {self.seed} ({self.target}): batches of {self.rows}; {kills}"


@dataclass
class Result:
    """What became of a case.

    Attributes:
        injections: kills that happened, by crash point or by table and moment.
        hits: openings after a kill whose repair found something to do.
        holes: kills that left a token in the log of a table whose part does not exist.
        repairs: seconds of each repair that found something.
        missed: kills whose moment never came.
    """

    case: Case
    messages: int = 0
    lost: int = 0
    doubled: int = 0
    seconds: float = 0.0
    failure: str = ""
    hits: int = 0
    holes: int = 0
    missed: int = 0
    injections: dict[str, int] = field(default_factory=dict)
    repairs: list[float] = field(default_factory=list)


def case_of(target: str, seed: int) -> Case:
    """Return the case of a target (a crash point or a table) and a seed."""
    if target == FULL_BATCH:
        return Case(target, seed, ("write_facts:1",), _FULL, _FULL)
    draw = random.Random(f"{target}:{seed}")
    rows = draw.randrange(30, 61)
    nth = [draw.randrange(1, _NTH_MOST + 1) for _ in range(_LIVES)]
    if target in _INHERITED:
        return Case(target, seed, (f"write_facts:{nth[0]}", *(f"{target}:1" for _ in nth[1:])), rows)
    if target in POINTS:
        return Case(target, seed, tuple(f"{target}:{number}" for number in nth), rows)
    moments = draw.sample([*MOMENTS, draw.choice(MOMENTS)], _LIVES)
    aims = (Aim(target, moment, number, draw.uniform(0, 0.005)) for moment, number in zip(moments, nth, strict=True))
    return Case(target, seed, tuple(aims), rows)


def run_case(case: Case, broken: str = "", keep: Path | None = None) -> Result:
    """Run a case to its check; a failing one is kept in `keep`."""
    result, began = Result(case), time.monotonic()
    home = Path(tempfile.mkdtemp(prefix="tokentide-engine-"))
    try:
        _play(case, home, broken, result)
    except AssertionError as error:
        result.failure = str(error)
    result.seconds = round(time.monotonic() - began, 2)
    if result.failure and keep is not None:
        shutil.rmtree(keep, ignore_errors=True)
        shutil.copytree(home, keep, symlinks=True)
    shutil.rmtree(home)
    return result


def _play(case: Case, home: Path, broken: str, result: Result) -> None:
    shutil.copytree(template(), home / "engine", symlinks=True)
    life = Life(home, case.seed, 0, case.rows, broken=broken)
    for kill in case.kills:
        life = replace(life, count=life.count + case.count)
        if _killed(life, kill):
            name = kill if isinstance(kill, str) else f"{kill.table}: {kill.moment}"
            name = name.partition(":")[0] if isinstance(kill, str) else name
            result.injections[name] = result.injections.get(name, 0) + 1
            result.holes += bool(holes(home / "engine"))
        else:
            result.missed += 1
    code = run_life(replace(life, count=life.count + min(case.count, _COUNT) // 2, checked=True))
    _read(home, result)
    assert code == 0, f"the last life ended with {code}: {said(home)}"


def _read(home: Path, result: Result) -> None:
    openings = [loads(line) for line in (home / OPENINGS).read_text().splitlines()]
    worked = [opening for opening in openings if opening.get("undone") or opening.get("rebuilt")]
    result.hits, result.repairs = len(worked), [opening["repair_s"] for opening in worked]
    if (home / FOUND).exists():
        found = loads((home / FOUND).read_text())
        result.messages, result.lost, result.doubled = found["messages"], found["lost"], found["doubled"]
        assert not found["differences"], "\n".join(found["differences"])


def _killed(life: Life, kill: str | Aim) -> bool:
    code = run_life(life, point=kill) if isinstance(kill, str) else run_life(life, aim=kill)
    assert code in (0, -signal.SIGKILL), f"a life that was to be killed ended with {code}: {said(life.folder)}"
    return code != 0


def run_life(life: Life, *, point: str = "", aim: Aim | None = None) -> int:
    """Fork a life, perhaps kill it; return its exit code, negative for a signal."""
    return run(functools.partial(live, life), life.folder, point=point, aim=aim)


def run(
    task: Callable[[], Any],
    home: Path,
    *,
    point: str = "",
    aim: Aim | None = None,
    until: Callable[[], bool] | None = None,
) -> int:
    """Run a task in a fork that logs to `home`; return its exit code, negative for a signal.

    0 done, 1 an error a person must mend, 70 any other error. Killed as soon as `until` holds.
    """
    assert "chdb" not in sys.modules, "the engine was loaded before a fork: its threads would be missing there"
    ours, theirs = socket.socketpair()
    pid = os.fork()
    if pid == 0:
        _begin(task, home, point, theirs if aim else None)
    theirs.close()
    signal.signal(signal.SIGALRM, functools.partial(_overdue, pid))
    signal.alarm(_DEADLINE_S)
    try:
        if aim is not None:
            watch(ours, pid, aim, home / "engine")
        while until is not None and os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
            if until():
                os.kill(pid, signal.SIGKILL)
                break
            time.sleep(_LOOK_S)
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    finally:
        signal.alarm(0)
        ours.close()


def _overdue(pid: int, *_: object) -> None:
    os.kill(pid, signal.SIGKILL)
    raise AssertionError(f"a life took more than {_DEADLINE_S} s")


def _begin(task: Callable[[], Any], home: Path, point: str, channel: socket.socket | None) -> None:
    """In the fork: run and leave at once, whatever happens."""
    code = 70
    try:
        log = os.open(home / "log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.dup2(log, 1)
        os.dup2(log, 2)
        os.environ["TOKENTIDE_FAULT_POINT"] = point
        if channel is not None:
            submit(channel)
        task()
        code = 0
    except UserError as error:
        print(error, file=sys.stderr)
        code = error.exit_code
    except BaseException:  # noqa: BLE001
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


def said(home: Path) -> str:
    """The end of what the lives wrote."""
    return (home / "log").read_text(errors="replace")[-1500:]


@functools.cache
def template() -> Path:
    """A migrated, cleanly closed, empty store, made once; gone with this process."""
    made = tempfile.TemporaryDirectory(prefix="tokentide-engine-template-")
    _KEPT.append(made)
    home = Path(made.name)
    code = run(functools.partial(engine_child.make, f"chdb://{home / 'engine'}"), home)
    assert code == 0, said(home)
    return home / "engine"


_KEPT: list[tempfile.TemporaryDirectory[str]] = []


@functools.cache
def tables() -> tuple[str, ...]:
    """Every table a settled batch writes a part into, as a store shows after one: none is listed by hand."""
    with tempfile.TemporaryDirectory(prefix="tokentide-engine-tables-") as name:
        home = Path(name)
        shutil.copytree(template(), home / "engine", symlinks=True)
        before = dict(_parts(home / "engine"))
        code = run_life(Life(home, 1, 200, 100))
        assert code == 0, said(home)
        after = dict(_parts(home / "engine"))
    return tuple(sorted(table for table in after if after[table] - before[table] and table != "usage_boots"))


def _parts(engine: Path) -> Iterator[tuple[str, frozenset[str]]]:
    for table in (engine / "data" / "default").iterdir():
        yield table.name, frozenset(part.name for part in table.resolve().iterdir() if part.name[0].isdigit())


def holes(engine: Path) -> set[str]:
    """Tables whose token log ends with a token whose part does not exist."""
    return {name for name, _ in _parts(engine) if _last_is_missing((engine / "data" / "default" / name).resolve())}


def _last_is_missing(table: Path) -> bool:
    logs = sorted((table / "deduplication_logs").glob("*"))
    lines = logs[-1].read_text().splitlines() if logs else []
    return bool(lines) and not (table / lines[-1].split("\t")[1]).exists()
