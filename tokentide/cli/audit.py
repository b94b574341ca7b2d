"""`tokentide audit`: everything received is accounted for, and facts equal rollups."""

import json
import sys
from time import monotonic
from typing import TYPE_CHECKING, Any

from tokentide.cli.options import Json, Store

if TYPE_CHECKING:
    from tokentide.sinks.clickhouse.audit import AuditReport


def command(store: Store = None, as_json: Json = False) -> None:
    """Check the promise; exit 1 if anything does not add up, with one sentence for each fault."""
    from tokentide.cli.reading import open_existing
    from tokentide.sinks.clickhouse.audit import audit

    with open_existing(store) as opened:
        began = monotonic()
        report = audit(opened)
        seconds = monotonic() - began
    print_report(report, seconds, sys.stderr if as_json else sys.stdout)
    if as_json:
        print(json.dumps(as_object(report, seconds)))
    if not report.holds:
        sys.exit(1)


def print_report(report: "AuditReport", seconds: float, out: Any = sys.stdout) -> None:
    """Print the balance and the verdict for a person."""
    sheet = report.sheet
    refused = ", ".join(f"{reason} {count:,}" for reason, count in sorted(sheet.by_reason.items()))
    print(
        f"received {sheet.received:,} = stored {sheet.stored:,} + duplicates {sheet.duplicates:,} "
        f"+ dead letters {sheet.dead_letters:,}{f' ({refused})' if refused else ''} + dropped {sheet.dropped:,}",
        file=out,
    )
    if report.duplicates_beyond_horizon:
        print(f"{report.duplicates_beyond_horizon:,} duplicates lie beyond the duplicate window", file=out)
    if report.misplaced_keys:
        print(f"{report.misplaced_keys:,} events were published to another partition than their id's", file=out)
    for fault in report.faults:
        print(f"FAULT: {fault}", file=out)
    verdict = "everything adds up" if report.holds else f"{len(report.faults)} faults"
    print(f"audit: {verdict}; {report.facts:,} facts compared in {seconds:.1f} s", file=out)


def as_object(report: "AuditReport", seconds: float) -> dict[str, Any]:
    """Return what `audit --json` prints."""
    sheet = report.sheet
    return {
        "received": sheet.received,
        "stored": sheet.stored,
        "duplicates": sheet.duplicates,
        "conflicts": sheet.conflicts,
        "dead_letters": sheet.dead_letters,
        "dropped": sheet.dropped,
        "in_flight": report.in_flight,
        "by_reason": dict(sheet.by_reason),
        "seconds": round(seconds, 3),
        "events_per_second": round(report.facts / seconds, 1) if seconds else 0.0,
        "facts": report.facts,
        "duplicates_beyond_horizon": report.duplicates_beyond_horizon,
        "misplaced_keys": report.misplaced_keys,
        "faults": list(report.faults),
        "holds": report.holds,
    }
