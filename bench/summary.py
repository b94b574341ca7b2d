"""Medians of the rounds, ratios of medians, and whether what is required holds: as JSON and as tables."""

import os
import platform
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any, Final

from bench import queries, recovery
from bench.cases import Case
from bench.meter import Measured
from bench.options import Options

RATIO_TO_PLAIN: Final = 5.0
RATIO_AT_1_PERCENT: Final = 0.7
FRESH_S: Final = 3.0

Found = Mapping[Case, list[Measured]]


def figures(results: list[Measured]) -> dict[str, Any]:
    """Return the medians of one case, and every round's throughput."""
    return {
        "events_per_second": round(median(r.events_per_second for r in results)),
        "cpu_us_per_event": round(median(r.cpu_us_per_event for r in results), 2),
        "peak_rss_mb": round(median(r.peak_rss_mb for r in results)),
        "rows_per_insert": round(median(r.rows_per_insert for r in results)),
        "events": results[0].events,
        "stored": results[0].stored,
        "rounds": [round(r.events_per_second) for r in results],
    }


def summary(
    found: Found,
    freshness: Mapping[str, Any] | None,
    options: Options,
    recovered: dict[str, Any] | None = None,
    asked: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Return the whole summary: the main cases by name at the top, then matrices, ratios and the machine."""
    by_part = _by_part(found)
    main = {case.subject.name: figures(found[case]) for case in by_part.get("main", ())}
    guarded = {case.subject.name: figures(found[case]) for case in by_part.get("protocol", ())}
    partitions = _matrix(found, by_part.get("partitions", ()), "partitions")
    bad = _matrix(found, by_part.get("bad", ()), "bad_percent")
    ratios = _ratios(main, bad) | _protocol_ratios(guarded)
    return {
        **main,
        "by_partitions": partitions,
        "by_bad_percent": bad,
        "protocol": guarded,
        "freshness": dict(freshness) if freshness else None,
        "recovery": recovered,
        "queries": asked,
        "ratios": ratios,
        "required": {
            **_required(ratios, freshness),
            **(recovery.required(recovered) if recovered else {}),
            **(queries.required(asked) if asked else {}),
        },
        **({"run": _run(options)} if main else {}),
        "runs": {part: _run(options) for part in options.only},
    }


def merged(earlier: Mapping[str, Any], later: Mapping[str, Any]) -> dict[str, Any]:
    """Return a summary with what an earlier one has of parts that were not run again."""
    both = {**earlier, **{name: value for name, value in later.items() if value}}
    for name in ("ratios", "required", "runs"):
        both[name] = {**earlier.get(name, {}), **later[name]}
    return both


def _by_part(found: Found) -> dict[str, list[Case]]:
    parts: dict[str, list[Case]] = {}
    for case in found:
        parts.setdefault(case.part, []).append(case)
    return parts


def _matrix(found: Found, cases: Iterable[Case], axis: str) -> dict[str, dict[str, Any]]:
    table: dict[str, dict[str, Any]] = {}
    for case in cases:
        value = f"{getattr(case.load, axis):g}"
        table.setdefault(value, {})[case.subject.name] = figures(found[case])
    return table


def _ratios(main: Mapping[str, Any], bad: Mapping[str, Any]) -> dict[str, float]:
    pairs = {
        "worker_to_plain_faust": (main.get("worker"), main.get("plain_faust")),
        "worker_no_store_to_plain_faust": (main.get("worker_no_store"), main.get("plain_faust")),
        "worker_to_clickhouse_json": (main.get("worker"), main.get("clickhouse_json")),
        "worker_to_clickhouse_json_no_rollups": (
            main.get("worker_no_rollups"),
            main.get("clickhouse_json_no_rollups"),
        ),
        "worker_no_fsync_to_clickhouse_json_no_fsync": (
            main.get("worker_no_fsync"),
            main.get("clickhouse_json_no_fsync"),
        ),
    }
    for percent, row in bad.items():
        pairs[f"worker_at_{percent}_percent_bad_to_clean"] = (row.get("worker"), bad.get("0", {}).get("worker"))
    return {
        name: round(one["events_per_second"] / other["events_per_second"], 2)
        for name, (one, other) in pairs.items()
        if one and other
    }


def _protocol_ratios(guarded: Mapping[str, Any]) -> dict[str, float]:
    """Return what the protocol costs, in throughput and in processor time per event."""
    if not guarded:
        return {}
    with_it, without = guarded["worker"], guarded["worker_without_protocol"]
    return {
        "worker_to_worker_without_protocol": round(with_it["events_per_second"] / without["events_per_second"], 2),
        "cpu_with_protocol_to_without": round(with_it["cpu_us_per_event"] / without["cpu_us_per_event"], 2),
    }


def _required(ratios: Mapping[str, float], freshness: Mapping[str, Any] | None) -> dict[str, bool]:
    checks = {
        "worker at least 5 times plain Faust": (ratios.get("worker_to_plain_faust"), RATIO_TO_PLAIN),
        "at 1 % bad at least 0.7 of clean": (ratios.get("worker_at_1_percent_bad_to_clean"), RATIO_AT_1_PERCENT),
    }
    held = {name: value >= least for name, (value, least) in checks.items() if value is not None}
    if freshness:
        held["published to visible in at most 3 s, p99, at 5,000 events/s"] = freshness["p99_s"] <= FRESH_S
    return held


def _run(options: Options) -> dict[str, Any]:
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "events": options.events,
        "repeats": options.repeats,
        "cpu": _cpu(),
        "cores": os.cpu_count(),
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
        "python": platform.python_version(),
        "load_1m": round(os.getloadavg()[0], 2),
    }


def _cpu() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown")


def table(rows: Mapping[str, Mapping[str, Any]]) -> str:
    """Return cases as a Markdown table."""
    head = "| case | events/s | CPU µs/event | peak RSS MiB | events per batch |\n|---|---:|---:|---:|---:|"
    lines = [
        f"| {name} | {row['events_per_second']:,} | {row['cpu_us_per_event']:.1f} | {row['peak_rss_mb']:,} "
        f"| {row['rows_per_insert'] or '–'} |"
        for name, row in rows.items()
    ]
    return "\n".join([head, *lines])


def matrix_table(axis: str, matrix: Mapping[str, Mapping[str, Any]]) -> str:
    """Return throughput of each subject along one axis as a Markdown table."""
    names = list(next(iter(matrix.values())))
    lines = [f"| {axis} | " + " | ".join(names) + " |", "|---:|" + "---:|" * len(names)]
    for value, row in matrix.items():
        cells = (f"{row[name]['events_per_second']:,} ({row[name]['cpu_us_per_event']:.1f})" for name in names)
        lines.append(f"| {value} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def as_text(whole: Mapping[str, Any]) -> str:
    """Return the summary for people: requirements, ratios, tables."""
    mains = {name: row for name, row in whole.items() if isinstance(row, dict) and "rounds" in row}
    blocks = ["\n".join(f"{'HELD  ' if held else 'MISSED'} {name}" for name, held in whole["required"].items())]
    blocks.append("\n".join(f"{name} = {value}" for name, value in whole["ratios"].items()))
    if mains:
        blocks.append(table(mains))
    if whole["by_partitions"]:
        blocks.append("events/s (CPU µs per event)\n" + matrix_table("partitions", whole["by_partitions"]))
    if whole["by_bad_percent"]:
        blocks.append("events/s (CPU µs per event)\n" + matrix_table("% bad", whole["by_bad_percent"]))
    if whole["protocol"]:
        blocks.append(table(whole["protocol"]))
    if whole["recovery"]:
        blocks.append(recovery.table(whole["recovery"]))
    if whole["queries"]:
        blocks.append(queries.table(whole["queries"]))
    if whole["freshness"]:
        blocks.append("freshness: " + ", ".join(f"{name} {value}" for name, value in whole["freshness"].items()))
    return "\n\n".join(block for block in blocks if block)
