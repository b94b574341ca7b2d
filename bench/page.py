"""`python -m bench.page`: put the figures of docs/benchmarks.json into docs/benchmarks.md, between its two marks."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from bench import queries, recovery
from bench.summary import matrix_table, table

_DOCS: Final = Path(__file__).parents[1] / "docs"
_BEGIN: Final = "<!-- figures: written by `python -m bench.page` -->"
_END: Final = "<!-- end of figures -->"
_RATIOS: Final = {
    "worker_to_plain_faust": "our worker with its store to plain Faust without one",
    "worker_no_store_to_plain_faust": "our worker writing to Null tables to plain Faust",
    "worker_to_clickhouse_json": "our worker to ClickHouse alone",
    "worker_no_fsync_to_clickhouse_json_no_fsync": "the same, neither waiting for the disk",
    "worker_to_clickhouse_json_no_rollups": "the same, waiting, facts only",
    "worker_to_worker_without_protocol": "our worker to itself without the delivery protocol",
    "cpu_with_protocol_to_without": "the same in processor time per event",
    "worker_at_0.01_percent_bad_to_clean": "our worker at 0.01 % bad messages to none",
    "worker_at_1_percent_bad_to_clean": "at 1 %",
    "worker_at_10_percent_bad_to_clean": "at 10 %",
}


def figures(whole: Mapping[str, Any]) -> str:
    """Return the figures of a summary as Markdown, ratios first."""
    run = whole["run"]
    mains = {name: row for name, row in whole.items() if isinstance(row, dict) and "rounds" in row}
    ratios = "\n".join(
        f"| {words} | {whole['ratios'][name]} |" for name, words in _RATIOS.items() if name in whole["ratios"]
    )
    required = "\n".join(f"- {name}: {'held' if held else '**missed**'}" for name, held in whole["required"].items())
    return "\n\n".join(
        (
            f"Run of {run['at'][:10]}: {run['events']:,} events, {run['repeats']} rounds, medians. {run['cpu']}, "
            f"{run['cores']} cores, {run['memory_gib']} GiB, Python {run['python']}; load average at its end "
            f"{run['load_1m']}.",
            "| throughput | ratio of medians |\n|---|---:|\n" + ratios,
            required,
            table(mains),
            *_parts(whole),
        )
    )


def _parts(whole: Mapping[str, Any]) -> Iterator[str]:
    """Yield the paragraphs of the parts that were run."""
    if whole.get("protocol"):
        yield f"The same worker with and without the delivery protocol, by turns ({_when(whole, 'protocol')}):"
        yield table(whole["protocol"])
    if whole["by_partitions"]:
        yield "By partitions, events/s (CPU µs per event):"
        yield matrix_table("partitions", whole["by_partitions"])
    if whole["by_bad_percent"]:
        yield "By share of bad messages, 4 partitions, the breaker off, events/s (CPU µs per event):"
        yield matrix_table("% bad", whole["by_bad_percent"])
    if whole["freshness"]:
        yield _freshness(whole["freshness"])
    if recovered := whole.get("recovery"):
        yield (
            f"Rebuild and repair of a store with {recovered['facts']:,} facts of one hour, program start included "
            f"({_when(whole, 'rebuild')}):"
        )
        yield recovery.table(recovered)
    if asked := whole.get("queries"):
        yield (
            f"Answers of a store of {asked['rollup_rows']:,} rollup rows and {asked['account_rows']:,} account-day "
            f"rows, medians of {asked['repeats']} ({_when(whole, 'queries')}):"
        )
        yield queries.table(asked)


def _when(whole: Mapping[str, Any], part: str) -> str:
    run = whole["runs"][part]
    return f"{run['at'][:10]}, {run['repeats']} rounds, load average at its end {run['load_1m']}"


def _freshness(fresh: Mapping[str, Any]) -> str:
    return (
        f"Freshness at {fresh['events_per_second']:,} events/s, from the producer's `send` to the first query that "
        f"shows the event's rollup, {fresh['markers']} marked events: p50 {fresh['p50_s']} s, "
        f"p99 {fresh['p99_s']} s, worst {fresh['max_s']} s."
    )


def main() -> None:
    """Write the page anew."""
    page = _DOCS / "benchmarks.md"
    before, _, rest = page.read_text(encoding="utf-8").partition(_BEGIN)
    after = rest.partition(_END)[2]
    whole = json.loads((_DOCS / "benchmarks.json").read_text(encoding="utf-8"))
    page.write_text(f"{before}{_BEGIN}\n\n{figures(whole)}\n\n{_END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
