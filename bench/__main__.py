"""`python -m bench`: fill the topics, run every case, print tables, write the summary."""

import json
import sys
from pathlib import Path
from time import monotonic

from bench import freshness
from bench.cases import Case, cases
from bench.meter import Measured
from bench.options import Options, options_of
from bench.runner import Runner
from bench.summary import as_text, summary
from bench.topics import broker, fill


def main(options: Options) -> int:
    """Run the benchmark; return 0 if everything required held, else 1."""
    began = monotonic()

    def say(text: str) -> None:
        print(f"{monotonic() - began:6.0f} s  {text}", file=sys.stderr, flush=True)

    planned = cases(options)
    with broker() as (address, folder):
        loads = list(dict.fromkeys(case.load for case in planned))
        if loads:
            fill(address, folder, loads)
        say(f"filled {len(loads)} topics with {sum(load.events for load in loads):,} messages")
        runner = Runner(address, folder)
        found: dict[Case, list[Measured]] = {}
        fresh = None
        for _ in range(options.repeats):
            runner.round(planned, found, say)
            _write(options.json_path, summary(found, None, options))
        if "freshness" in options.only and options.freshness_s:
            fresh = freshness.measure(address, folder, options.freshness_s)
            say(f"freshness: {fresh}")
    whole = summary(found, fresh, options)
    print(as_text(whole), flush=True)
    _write(options.json_path, whole)
    return 0 if all(whole["required"].values()) else 1


def _write(path: Path | None, whole: object) -> None:
    if path is None:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(whole, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main(options_of()))
