"""`tokentide rebuild`: recompute received days from facts, and remove what is stored twice."""

import json
import sys
from datetime import date
from time import monotonic
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tokentide.cli.options import Json, Store
from tokentide.schemas.errors import UsageError

if TYPE_CHECKING:
    from tokentide.sinks.clickhouse.rebuild_report import DayReport


def command(
    first: Annotated[str, typer.Option("--from", help="first received day (UTC), as 2025-11-30")],
    last: Annotated[str, typer.Option("--to", help="last received day, itself rebuilt too")],
    store: Store = None,
    as_json: Json = False,
) -> None:
    """Recompute received days from facts and remove events stored twice; running it again changes nothing."""
    from tokentide.cli.progress import Progress
    from tokentide.cli.reading import open_existing
    from tokentide.sinks.clickhouse.rebuild_days import rebuild_days

    begin, end = _day("--from", first), _day("--to", last)
    if begin > end:
        raise UsageError(f"--from is {begin}, which is after --to, {end}.")
    began = monotonic()
    with open_existing(store) as opened, Progress("rebuilt") as progress:
        if opened.repaired:
            print(f"The store was not closed cleanly: {opened.repaired}", file=sys.stderr)
        reports = rebuild_days(opened, begin, end, progress.show)
    _print(reports, monotonic() - began, sys.stderr if as_json else sys.stdout)
    if as_json:
        print(json.dumps(as_object(reports, monotonic() - began)))


def _day(name: str, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{name} is {text!r}; write a day such as 2025-11-30.") from None


def _print(reports: "list[DayReport]", seconds: float, out: Any) -> None:
    for report in reports:
        print(report, file=out)
    changed = sum(report.changed for report in reports)
    verdict = f"{changed} of {len(reports)} days changed" if changed else "nothing to change"
    print(f"rebuild: {verdict}; {len(reports)} received days in {seconds:.1f} s", file=out)


def as_object(reports: "list[DayReport]", seconds: float) -> dict[str, Any]:
    """Return what `rebuild --json` prints."""
    return {
        "days": [
            {
                "day": str(report.day),
                "facts": report.facts,
                "duplicates": report.duplicates,
                "conflicts": report.conflicts,
                "buckets": dict(report.buckets),
            }
            for report in reports
        ],
        "changed": any(report.changed for report in reports),
        "duplicates": sum(report.duplicates for report in reports),
        "conflicts": sum(report.conflicts for report in reports),
        "seconds": round(seconds, 3),
    }
