"""`make faults`: run cases, seed after seed, for as long as asked; see docs/reliability.md."""

import argparse
import asyncio
import json
import logging
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import islice
from pathlib import Path

from localkafka.cluster import Cluster
from support import fault_results
from support.fault_case import Case, Result, broker_of, case_of, run_case

HERE = Path(__file__).parents[2]
WORK = HERE / ".work" / "faults"


def main() -> int:
    """Run; 1 if any case failed."""
    parser = argparse.ArgumentParser(prog="make faults", description=__doc__)
    parser.add_argument("--seconds", type=float, default=1200.0, help="begin no case after so many seconds")
    parser.add_argument("--seed", type=int, default=1, help="seed of the first case; the next has the next seed")
    parser.add_argument("--cases", type=int, default=10**6, help="at most so many")
    parser.add_argument("--shape", default="", help="only seeds of this shape")
    parser.add_argument("--dry", action="store_true", help="print the cases, run and keep nothing")
    parser.add_argument("--page", action="store_true", help="only make the table of docs/reliability.md anew")
    asked = parser.parse_args()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.default_int_handler)  # end what was started, also in the background
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # it reports every attempt while a broker is down
    if not asked.page:
        results = run_all(asked)
        if asked.dry:
            return 0
        write_summary(results)
    fault_results.write_page()
    return int(any(result.failure for result in results)) if not asked.page else 0


def run_all(asked: argparse.Namespace) -> list[Result]:
    """Run cases until the time is over."""
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=HERE, capture_output=True, text=True
    ).stdout.strip()
    results: list[Result] = []
    end = time.monotonic() + asked.seconds
    with ExitStack() as running:
        clusters: dict[int, Cluster] = {}
        for case in cases(asked):
            if results and time.monotonic() > end:
                break
            print(f"{time.strftime('%H:%M:%S')} {case}\n  again: {case.replay}", flush=True)
            if asked.dry:
                continue
            if case.brokers not in clusters:
                clusters[case.brokers] = started(running, case.brokers)
            cluster = clusters[case.brokers]
            broker, folder = broker_of(cluster, case.seed), WORK / f"seed-{case.seed}"
            result = asyncio.run(run_case(case, broker, folder, cluster, say))
            results.append(result)
            fault_results.add(result, commit)
            report(result)
    return results


def cases(asked: argparse.Namespace) -> Iterator[Case]:
    """Yield the cases asked for."""
    every = (case_of(seed) for seed in range(asked.seed, asked.seed + 10**6))
    chosen = (case for case in every if asked.shape in ("", case.shape))
    yield from islice(chosen, min(asked.cases, 30) if asked.dry else asked.cases)


def started(running: ExitStack, brokers: int) -> Cluster:
    """Start a cluster that lives as long as the run."""
    folder = Path(running.enter_context(tempfile.TemporaryDirectory(prefix="tokentide-faults-")))
    cluster = running.enter_context(Cluster.create(folder / "cluster", brokers=brokers, brief=True))
    cluster.start(dies_with_parent=True)
    return cluster


def say(line: str) -> None:
    """Print at once."""
    print(line, flush=True)


def report(result: Result) -> None:
    """Print what became of a case."""
    verdict = "FAILED" if result.failure else "holds"
    counts = f"{result.events:,} events, {result.lost} lost, {result.doubled} double-counted"
    say(f"  {verdict}: {counts}, {result.seconds:g} s")
    if result.failure:
        say(f"{result.failure}\n  kept: {WORK / f'seed-{result.case.seed}'}\n  again: {result.case.replay}")


def write_summary(results: list[Result]) -> None:
    """Print the table of this run, and write the summary where FAULTS_JSON says."""
    run = {"cases": {str(result.case.seed): fault_results.as_object(result, "") for result in results}}
    for row in fault_results.rows(run):
        if row.injections:
            say(
                f"{row.fault:<32} {row.injections:>5} in {row.runs:>3} cases, {row.events:>10,} events, "
                f"{row.lost} lost, {row.doubled} double-counted"
            )
    path = os.environ.get("FAULTS_JSON")
    if path:
        whole = fault_results.load()
        failed = [result.case.seed for result in results if result.failure]
        summary = {
            "faults": [vars(row) for row in fault_results.rows(whole)],
            "this_run": [vars(row) for row in fault_results.rows(run) if row.injections],
            "failed_seeds": failed,
        }
        Path(path).write_text(json.dumps(summary, indent=1) + "\n")


if __name__ == "__main__":
    sys.exit(main())
