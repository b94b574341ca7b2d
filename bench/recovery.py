"""Rebuild of an hour that holds millions of facts, and repair of such a store after a kill: how long each takes.

Every run has a copy of one store of its own, made by `bench.history`; damage is done before the clock begins.
"""

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any, Final

from bench.history import write_hour
from bench.runner import run_subject

REBUILT: Final = ("nothing", "one bucket", "everything")
"""What of the stored levels is wrong before a rebuild."""
REPAIRED: Final = ("facts alone", "no rollups")
"""What a kill left of the batch in flight: facts without a ledger row, or all but rows of every level."""
REBUILD_S: Final = 5.0
REPAIR_S: Final = 5.0
IN_FLIGHT: Final = 50_000


def measure(
    folder: Path, facts: int, repeats: int, only: tuple[str, ...], say: Callable[[str], None]
) -> dict[str, Any]:
    """Return medians of the runs of each case, with the median time of each step."""
    planned = [
        (name, case) for name, of in (("rebuild", REBUILT), ("repair", REPAIRED)) if name in only for case in of
    ]
    store = folder / "history"
    write_hour(store, facts)
    say(f"wrote a store of {facts:,} facts")
    runs: dict[tuple[str, str], list[dict[str, Any]]] = {case: [] for case in planned}
    for _ in range(repeats):
        for case in planned:
            runs[case].append(_run(store, *case))
            say(f"{' of '.join(case)}: {runs[case][-1]}")
    shutil.rmtree(store)
    return {"facts": facts, **{f"{name} of {case}": _medians(found) for (name, case), found in runs.items()}}


def _run(store: Path, name: str, case: str) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(dir=store.parent) as private:
        copy = Path(private) / "store"
        shutil.copytree(store, copy, symlinks=True)
        arguments = {"folder": str(copy), "case": case, "in_flight": IN_FLIGHT}
        run_subject(f"{name}_damage", arguments, killed=name == "repair")
        began = perf_counter()
        found = run_subject(name, arguments)
        return {"seconds": round(perf_counter() - began, 3)} | found


def _medians(found: list[dict[str, Any]]) -> dict[str, Any]:
    steps = {name: round(median(run["steps"].get(name, 0.0) for run in found), 3) for name in found[0]["steps"]}
    return {
        "seconds": round(median(run["seconds"] for run in found), 3),
        "cpu_s": round(median(run["cpu_s"] for run in found), 3),
        "rounds": [run["seconds"] for run in found],
        "steps": steps,
    }


def required(found: dict[str, Any]) -> dict[str, bool]:
    """Return whether each case kept within its time, program start included."""
    most = {"rebuild": REBUILD_S, "repair": REPAIR_S}
    return {
        f"{case} of {found['facts']:,} facts in at most {most[case.split()[0]]:g} s": row["seconds"]
        <= most[case.split()[0]]
        for case, row in found.items()
        if case != "facts"
    }


def table(found: dict[str, Any]) -> str:
    """Return the cases as a Markdown table."""
    head = "| case | seconds | CPU s | of which |\n|---|---:|---:|---|"
    lines = [
        f"| {case} | {row['seconds']:.2f} | {row['cpu_s']:.2f} | "
        + ", ".join(f"{step} {seconds:.2f}" for step, seconds in row["steps"].items() if seconds >= 0.05)
        + " |"
        for case, row in found.items()
        if case != "facts"
    ]
    return "\n".join([head, *lines])
