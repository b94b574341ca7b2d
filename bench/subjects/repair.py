"""Open a store that was not closed cleanly, with the time of each step of its repair."""

import json
import sys
from typing import Any

from bench.meter import Moment, tell
from bench.subjects.steps import Steps
from tokentide.sinks.clickhouse import rebuild_levels, repair
from tokentide.sinks.clickhouse.opening import open_store


def run(case: dict[str, Any]) -> dict[str, Any]:
    """Open the store; it must have been repaired then."""
    steps = Steps()
    steps.watch(repair, "damaged_batches", lambda *_: "ledger")
    steps.watch(repair, "uncovered_batches", lambda *_: "facts without ledger")
    steps.watch(repair, "_delete", lambda *_: "deletes")
    steps.watch(rebuild_levels, "rebuild_day", lambda _store, level, *_: level.table)
    steps.watch(repair, "_require_counted", lambda *_: "counts")
    with open_store(f"chdb://{case['folder']}") as store:
        report = store.repaired
        if report is None or not report.rebuilt:
            raise AssertionError(f"nothing was repaired: {report}")
        return {"cpu_s": Moment.now().cpu_s, "steps": steps.seconds}


if __name__ == "__main__":
    tell(run(json.loads(sys.argv[1])))
