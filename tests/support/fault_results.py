"""Results of fault cases, accumulated by seed in a committed JSON, and the table made of them."""

import fcntl
import json
import os
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from support import engine_results
from support.fault_case import Result

RESULTS = Path(__file__).parents[2] / "docs" / "faults.json"
PAGE = RESULTS.with_name("reliability.md")
BEGIN, END = "<!-- table: made of faults.json by `make faults` -->", "<!-- end of the table -->"
ENGINE_BEGIN = "<!-- table: made of faults.json by `make faults-engine` -->"
HOW = {
    "worker SIGKILL": "kill -9 of one worker or of all, under load",
    "worker SIGTERM": "as a service manager stops it; with the store up and down",
    "crash after": "`TOKENTIDE_FAULT_POINT`: the worker kills itself between two writes",
    "zombie (SIGSTOP, SIGCONT)": "SIGSTOP for 1.5 to 2 sessions of 6 s, then SIGCONT",
    "zombie past the deduplication window": "SIGSTOP until its tokens are forgotten (3 kept of 30), then SIGCONT",
    "zombie with a successor of its name": "static membership: SIGSTOP, another of the same instance id, SIGCONT",
    "rebalance": "a worker joins or leaves",
    "store kill -9": "kill -9 of `tokentide store` under its workers",
    "store outage 15 s": "the store is killed, stopped or paused for 15 s",
    "store outage 120 s": "the same for 120 s, at 5,000 events a second",
    "broker restart": "the only broker is killed or stopped, and started again",
    "rolling restart of 3 brokers": "each broker in turn, killed or stopped",
    "ambiguous write": "a proxy applies the insert, then answers 500, times out or hangs up; or passes on half",
    "expired offsets": "Kafka deletes messages nobody has read; they count as dropped",
    "recreated topic": "deleted and made again; workers name `tokentide migrate`, which heals",
}
LIMITS = {
    "SIGKILL to next batch written": "20 s",
    "SIGTERM to exit": "10 s",
    "SIGTERM to exit, store down": "10 s",
    "memory above idle in an outage, MiB": "300 MiB",
    "outage over to caught up": "180 s",
}


@dataclass
class Row:
    """One line of the table."""

    fault: str
    runs: int = 0
    injections: int = 0
    events: int = 0
    lost: int = 0
    doubled: int = 0


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Two runs may add to one file; its folder is locked, so that no lock file stays."""
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def load(path: Path = RESULTS) -> dict[str, Any]:
    """Return the results so far."""
    return json.loads(path.read_text()) if path.is_file() else {"cases": {}}


def add(result: Result, commit: str, path: Path = RESULTS) -> None:
    """Add a case; the same seed again replaces what it gave before."""
    with _locked(path):
        results = load(path)
        results["cases"][str(result.case.seed)] = as_object(result, commit)
        results["cases"] = dict(sorted(results["cases"].items(), key=lambda item: int(item[0])))
        path.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n")


def add_engine(name: str, case: Mapping[str, Any], path: Path = RESULTS) -> None:
    """Add a case of the engine layer, by its target and seed; the same again replaces what it gave before."""
    with _locked(path):
        results = load(path)
        cases = results.setdefault("engine", {}).setdefault("cases", {})
        cases[name] = case
        results["engine"]["cases"] = dict(sorted(cases.items(), key=lambda item: _target_and_seed(item[0])))
        path.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n")


def _target_and_seed(name: str) -> tuple[str, int]:
    target, _, seed = name.rpartition("/")
    return target, int(seed)


def as_object(result: Result, commit: str) -> dict[str, Any]:
    """Return what the file keeps of a case."""
    case = result.case
    failure = {"failure": result.failure.partition("\n")[0][:300]} if result.failure else {}
    return {
        "shape": case.shape,
        "faults": " ".join(case.faults),
        "commit": commit,
        "seconds": result.seconds,
        "events": result.events,
        "lost": result.lost,
        "double-counted": result.doubled,
        **failure,
        "injections": {name: count for name, count in sorted(result.injections.items()) if count},
        "times": {name: values for name, values in sorted(result.times.items()) if values},
    }


def family(injection: str) -> str:
    """Return the line of the table an injection belongs to, or '' for what is only a remark."""
    return next((fault for fault in HOW if injection.startswith(fault)), "")


def rows(results: Mapping[str, Any]) -> list[Row]:
    """Return the table: one line per fault; events are those of the cases it was part of."""
    found = {fault: Row(fault) for fault in HOW}
    for case in results["cases"].values():
        counts: dict[str, int] = defaultdict(int)
        for name, number in case["injections"].items():
            counts[family(name)] += number
        for fault, number in counts.items():
            if fault:
                row = found[fault]
                row.runs, row.injections = row.runs + 1, row.injections + number
                row.events += case["events"]
                row.lost, row.doubled = row.lost + case["lost"], row.doubled + case["double-counted"]
    return list(found.values())


def table(results: Mapping[str, Any]) -> str:
    """Return the tables of `docs/reliability.md`, as Markdown."""
    cases = results["cases"].values()
    lines = [
        "| fault | how injected | runs | injections | events | lost | double-counted |",
        "|---|---|--:|--:|--:|--:|--:|",
    ]
    lines += [
        f"| {row.fault} | {HOW[row.fault]} | {row.runs} | {row.injections} "
        f"| {row.events:,} | {row.lost} | {row.doubled} |"
        for row in rows(results)
    ]
    failed = sum("failure" in case for case in cases)
    lines += [
        "",
        f"{len(cases)} cases, {sum(case['events'] for case in cases):,} events, "
        f"{sum(case['seconds'] for case in cases) / 60:.0f} minutes; "
        f"{sum(case['lost'] for case in cases)} lost, "
        f"{sum(case['double-counted'] for case in cases)} double-counted; "
        f"{failed} cases failed otherwise. A case injects several faults, so its events stand in several lines.",
        "",
        "| crash point | injections |",
        "|---|--:|",
        *(f"| after {name} | {number} |" for name, number in _crashes(results)),
        "",
        "| measured | times | median | worst | limit |",
        "|---|--:|--:|--:|--:|",
        *_times(results),
    ]
    return "\n".join(lines)


def _crashes(results: Mapping[str, Any]) -> list[tuple[str, int]]:
    counts: dict[str, int] = defaultdict(int)
    for case in results["cases"].values():
        for name, number in case["injections"].items():
            if name.startswith("crash after "):
                counts[f"`{name.removeprefix('crash after ')}`"] += number
    return sorted(counts.items())


def _times(results: Mapping[str, Any]) -> Iterator[str]:
    values: dict[str, list[float]] = defaultdict(list)
    for case in results["cases"].values():
        for name, measured in case["times"].items():
            values[name] += measured
    for name, measured in sorted(values.items()):
        ordered = sorted(measured)
        median, worst = ordered[len(ordered) // 2], ordered[-1]
        yield f"| {name} | {len(ordered)} | {median:g} | {worst:g} | {LIMITS.get(name, '—')} |"


def page_with(results: Mapping[str, Any], page: str) -> str:
    """Return the page with its tables made anew."""
    whole = _between(page, BEGIN, table(results))
    return _between(whole, ENGINE_BEGIN, engine_results.table(results))


def _between(page: str, begin: str, made: str) -> str:
    before, _, rest = page.partition(begin)
    return f"{before}{begin}\n\n{made}\n\n{END}{rest.partition(END)[2]}"


def write_page() -> None:
    """Make the table of `docs/reliability.md` anew."""
    PAGE.write_text(page_with(load(), PAGE.read_text()))
