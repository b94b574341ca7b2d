"""What the engine cases gave, as the committed JSON keeps it and as docs/reliability.md shows it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from support.engine_aim import MOMENTS
from support.engine_case import FULL_BATCH, POINTS, Result

HOW = {
    MOMENTS[0]: "before the part's folder is made",
    MOMENTS[1]: "token in the log, part not yet renamed",
    MOMENTS[2]: "up to 5 ms after the rename",
}


@dataclass
class Row:
    """One line: a crash point, or a table and a moment of its commit."""

    fault: str
    how: str
    runs: int = 0
    kills: int = 0
    events: int = 0
    lost: int = 0
    doubled: int = 0
    targets: set[str] = field(default_factory=set)


def as_object(result: Result, commit: str) -> dict[str, Any]:
    """Return what the file keeps of a case."""
    failure = {"failure": result.failure.partition("\n")[0][:300]} if result.failure else {}
    return {
        "commit": commit,
        "seconds": result.seconds,
        "events": result.messages,
        "lost": result.lost,
        "double-counted": result.doubled,
        **failure,
        "kills": result.injections,
        "missed": result.missed,
        "repairs with work": result.hits,
        "tokens without a part": result.holes,
        "repair seconds": result.repairs,
    }


def rows(cases: Mapping[str, Any]) -> list[Row]:
    """Return one line per crash point, then per table and moment, in that order."""
    found: dict[str, Row] = {point: Row(f"crash after `{point}`", where) for point, where in POINTS.items()}
    for case in cases.values():
        for kill, number in case["kills"].items():
            table, _, moment = kill.partition(": ")
            row = found.setdefault(kill, Row(f"kill at the commit of `{table}`", HOW.get(moment, "")))
            row.runs, row.kills, row.events = row.runs + 1, row.kills + number, row.events + case["events"]
            row.lost, row.doubled = row.lost + case["lost"], row.doubled + case["double-counted"]
    points = [row for name, row in found.items() if name in POINTS and row.runs]
    return points + [found[name] for name in sorted(found) if name not in POINTS]


def table(results: Mapping[str, Any]) -> str:
    """Return the table of the engine layer, as Markdown."""
    engine = results.get("engine", {})
    cases = engine.get("cases", {})
    lines = [
        "| fault | how injected | runs | kills | events | lost | double-counted |",
        "|---|---|--:|--:|--:|--:|--:|",
        *(
            f"| {row.fault} | {row.how} | {row.runs} | {row.kills} | {row.events:,} | {row.lost} | {row.doubled} |"
            for row in rows(cases)
        ),
        "",
        *_summary(cases),
    ]
    return "\n".join(lines)


def _summary(cases: Mapping[str, Any]) -> Iterator[str]:
    total = {
        name: sum(case[name] for case in cases.values())
        for name in ("events", "lost", "double-counted", "repairs with work", "tokens without a part")
    }
    kills = sum(number for case in cases.values() for number in case["kills"].values())
    failed = sum("failure" in case for case in cases.values())
    yield (
        f"{len(cases)} cases, {kills} kills, {total['events']:,} events; {total['lost']} lost, "
        f"{total['double-counted']} double-counted, {failed} cases failed otherwise. After "
        f"{total['repairs with work']} kills the repair found something to do; {total['tokens without a part']} left "
        "a token without its part, whose retry an unrepaired engine would drop."
    )
    for name, words in (("", "such a store"), (FULL_BATCH, "50,000 messages in flight on each of two partitions")):
        seconds = sorted(second for key, case in cases.items() for second in case["repair seconds"] if _is(key, name))
        if seconds:
            median, worst = seconds[len(seconds) // 2], seconds[-1]
            yield ""
            yield f"Repair of {words}: median {median:.2f} s, worst {worst:.2f} s, on a busy machine."


def _is(case: str, target: str) -> bool:
    return (case.rpartition("/")[0] == FULL_BATCH) == (target == FULL_BATCH)
