"""`make faults-engine`: kill processes at crash points and at the engine's commits, without Kafka."""

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from support import fault_results
from support.engine_aim import possible
from support.engine_case import POINTS, Case, Result, case_of, run_case, tables
from support.engine_results import as_object

HERE = Path(__file__).parents[3]
WORK = HERE / ".work" / "faults-engine"


def main() -> int:
    """Run; 1 if any case failed."""
    parser = argparse.ArgumentParser(prog="make faults-engine", description=__doc__)
    parser.add_argument("--seed", type=int, default=1, help="the first seed")
    parser.add_argument("--cases", type=int, default=10, help="seeds, each with one case of every target")
    parser.add_argument("--only", default="", help="points, tables, or the names of targets with commas between")
    parser.add_argument("--broken", default="", help="leave out a part of the protocol: repair")
    parser.add_argument("--out", type=Path, help="write results here and not to docs/faults.json")
    asked = parser.parse_args()
    results = [_run(case, asked) for case in _cases(asked)]
    if asked.out:
        asked.out.write_text(json.dumps({result.case.name: as_object(result, "") for result in results}))
    elif not asked.broken:
        fault_results.write_page()
    return int(any(result.failure for result in results))


def _cases(asked: argparse.Namespace) -> Iterator[Case]:
    for seed in range(asked.seed, asked.seed + asked.cases):
        yield from (case_of(target, seed) for target in _targets(asked.only))


def _targets(only: str) -> tuple[str, ...]:
    if only == "points":
        return tuple(POINTS)
    if only and only != "tables":
        return tuple(only.split(","))
    if not possible():
        print("this kernel cannot stop a process at a system call: no kills are aimed at tables")
    aimed = tables() if possible() else ()
    return aimed if only == "tables" else (*POINTS, *aimed)


def _run(case: Case, asked: argparse.Namespace) -> Result:
    print(f"{time.strftime('%H:%M:%S')} {case}\n  again: {case.replay}", flush=True)
    kept = WORK / case.name.replace("/", "-")
    result = run_case(case, asked.broken, kept)
    verdict = "FAILED" if result.failure else "holds"
    print(
        f"  {verdict}: {sum(result.injections.values())} kills, {result.hits} repairs with work, "
        f"{result.messages:,} events, {result.lost} lost, {result.doubled} double-counted, {result.seconds:g} s",
        flush=True,
    )
    if result.failure:
        print(f"{result.failure}\n  kept: {kept}\n  again: {case.replay}", flush=True)
    if not asked.out and not asked.broken:
        fault_results.add_engine(case.name, as_object(result, _commit()))
    return result


def _commit() -> str:
    found = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=HERE, capture_output=True, text=True)
    return found.stdout.strip()


if __name__ == "__main__":
    sys.exit(main())
