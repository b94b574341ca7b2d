"""`python -m bench`: fill the topics, run every case, print tables, write the summary."""

import json
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import monotonic
from typing import Any, Final

from bench import freshness, queries, recovery
from bench.cases import Case, cases
from bench.meter import Measured
from bench.options import Options, options_of
from bench.runner import Runner
from bench.summary import as_text, merged, summary
from bench.topics import broker, fill

_STORED: Final = frozenset({"rebuild", "repair", "queries"})
"""Parts that need no Kafka."""


def main(options: Options) -> int:
    """Run the benchmark; return 0 if everything required held, else 1."""
    began = monotonic()

    def say(text: str) -> None:
        print(f"{monotonic() - began:6.0f} s  {text}", file=sys.stderr, flush=True)

    found, fresh = _streamed(options, say) if set(options.only) - _STORED else ({}, None)
    recovered = asked = None
    with tempfile.TemporaryDirectory(prefix="tokentide-bench-") as folder:
        if {"rebuild", "repair"} & set(options.only):
            recovered = recovery.measure(Path(folder), options.stored, options.repeats, options.only, say)
        if "queries" in options.only:
            asked = queries.measure(options.large or Path(folder) / "large", say)
    whole = summary(found, fresh, options, recovered, asked)
    print(as_text(whole), flush=True)
    _write(options.json_path, whole)
    return 0 if all(whole["required"].values()) else 1


def _streamed(options: Options, say: Callable[[str], None]) -> tuple[dict[Case, list[Measured]], Any]:
    """Run the parts that read from Kafka."""
    planned = cases(options)
    with broker() as (address, folder):
        loads = list(dict.fromkeys(case.load for case in planned))
        if loads:
            fill(address, folder, loads)
        say(f"filled {len(loads)} topics with {sum(load.events for load in loads):,} messages")
        runner = Runner(address, folder)
        found: dict[Case, list[Measured]] = {}
        fresh = None
        for _ in range(options.repeats if planned else 0):
            runner.round(planned, found, say)
            _write(options.json_path, summary(found, None, options))
        if "freshness" in options.only and options.freshness_s:
            fresh = freshness.measure(address, folder, options.freshness_s)
            say(f"freshness: {fresh}")
    return found, fresh


def _write(path: Path | None, whole: dict[str, Any]) -> None:
    """Write the summary; of parts that were not run, what the file has stays."""
    if path is None:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    earlier = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    path.write_text(json.dumps(merged(earlier, whole), indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main(options_of()))
