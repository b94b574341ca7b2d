"""How long `tokentide query` thinks about each metric, of a store of thirteen months and 100 million rollup rows."""

from collections.abc import Callable, Mapping
from pathlib import Path
from statistics import median
from typing import Any, Final

from bench.large_store import rollup_rows, rows_of, write_large
from bench.questions import FORMS
from bench.runner import run_subject
from tokentide.sinks.clickhouse.opening import open_store

REPEATS: Final = 20
_LONGEST_S: Final = 3 * 3600
_SHOWN: Final = 12


def measure(folder: Path, say: Callable[[str], None]) -> dict[str, Any]:
    """Return the median time of each question, and what was asked of it.

    Args:
        folder: where the store is; one that is whole is used again, else it is made.
        say: told of progress.
    """
    if not (folder / "tokentide-clean.json").exists():
        write_large(folder, say)
    with open_store(f"chdb://{folder}") as store:
        rows = rows_of(store)
    say(f"asking a store of {rollup_rows(rows.items()):,} rollup rows")
    found = run_subject("queries", {"folder": str(folder), "repeats": REPEATS}, longest_s=_LONGEST_S)
    return {
        "rollup_rows": rollup_rows(rows.items()),
        "account_rows": rows["usage_accounts_1d"],
        "repeats": REPEATS,
        **found,
    }


def required(found: Mapping[str, Any]) -> dict[str, bool]:
    """Return whether the questions of each form were answered in time."""
    return {
        f"every metric, {form}, in at most 0.3 s (of accounts 1 s)": all(
            each["seconds"] <= each["most_s"] for each in found["asked"] if each["form"] == form
        )
        for form in FORMS
    }


def table(found: Mapping[str, Any]) -> str:
    """Return the forms, and the questions that took longest, as Markdown tables."""
    lines = ["| form | metrics | median s | slowest s | in time |", "|---|---:|---:|---:|---:|"]
    for form in FORMS:
        asked = [each for each in found["asked"] if each["form"] == form]
        times = [each["seconds"] for each in asked]
        held = sum(each["seconds"] <= each["most_s"] for each in asked)
        lines.append(f"| {form} | {len(asked)} | {median(times):.3f} | {max(times):.3f} | {held} |")
    late = sorted(found["asked"], key=lambda each: each["most_s"] - each["seconds"])[:_SHOWN]
    lines += ["", "| slowest | form | s | CPU s | rows | allowed s |", "|---|---|---:|---:|---:|---:|"]
    lines += [
        f"| {each['metric']} | {each['form']} | {each['seconds']:.3f} | {each['cpu_s']:.3f} | {each['rows']:,} "
        f"| {each['most_s']:g} |"
        for each in late
    ]
    return "\n".join(lines)
