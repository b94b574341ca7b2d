"""`tokentide audit`: everything received is accounted for, and facts equal rollups."""

import json
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from time import monotonic, sleep
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tokentide.cli.options import Json, Store

if TYPE_CHECKING:
    from tokentide.sinks.clickhouse.audit import AuditReport
    from tokentide.sinks.clickhouse.audit_rows import AuditRun
    from tokentide.sinks.clickhouse.finality import Finality
    from tokentide.sinks.clickhouse.store import Store as OpenStore


def command(
    store: Store = None,
    as_json: Json = False,
    watch: Annotated[
        bool, typer.Option("--watch", help="audit every minute until stopped, as the worker does")
    ] = False,
) -> None:
    """Check the promise; exit 1 if anything does not add up, with one sentence for each fault."""
    from tokentide.cli.reading import open_existing
    from tokentide.sinks.clickhouse.audit import audit
    from tokentide.sinks.clickhouse.audit_rows import last_runs
    from tokentide.sinks.clickhouse.finality import finality

    with open_existing(store) as opened:
        if watch:
            _watch(opened)
            return
        began = monotonic()
        report = audit(opened)
        seconds = monotonic() - began
        until, runs = finality(opened.query), last_runs(opened)
    out = sys.stderr if as_json else sys.stdout
    print_report(report, seconds, out)
    _print_finality(until, runs, out)
    if as_json:
        print(json.dumps(as_object(report, seconds) | _finality_object(until, runs)))
    if not report.holds:
        sys.exit(1)


def _watch(opened: "OpenStore") -> None:
    """Audit every minute; each mismatch that lasts over two runs is one line."""
    from tokentide.sinks.clickhouse.audit_continuous import INTERVAL_S, ContinuousAudit

    audit = ContinuousAudit(opened, lambda sentence: print(f"FAULT: {sentence}", flush=True))
    try:
        while True:
            print(_run_line(audit.run(datetime.now(UTC))), flush=True)
            sleep(INTERVAL_S)
    except KeyboardInterrupt:
        return


def _run_line(run: "AuditRun") -> str:
    return (
        f"{run.ran_at:%Y-%m-%dT%H:%M:%SZ} {run.scope}: {run.facts:,} facts compared in {run.seconds:.1f} s, "
        f"{run.mismatches:,} mismatches"
    )


def _print_finality(until: "Finality", runs: "list[AuditRun]", out: Any) -> None:
    if until.as_of is not None and until.final_before is not None:
        print(
            f"settled up to {until.as_of:%Y-%m-%dT%H:%M:%SZ}; final before {until.final_before:%Y-%m-%dT%H:%M:%SZ}",
            file=out,
        )
    for run in runs:
        print(f"continuous audit: {_run_line(run)}", file=out)


def _finality_object(until: "Finality", runs: "list[AuditRun]") -> dict[str, Any]:
    return {
        "as_of": until.as_of.isoformat() if until.as_of else None,
        "final_before": until.final_before.isoformat() if until.final_before else None,
        "continuous": [asdict(run) | {"ran_at": run.ran_at.isoformat()} for run in runs],
    }


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
