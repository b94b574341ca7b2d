"""`tokentide rebuild` of the day of an hour of facts, with the time of each step."""

import contextlib
import json
import sys
from typing import Any

from bench.history import yesterday_noon
from bench.meter import Moment, tell
from bench.subjects.steps import Steps
from tokentide.cli import reading
from tokentide.cli.app import app
from tokentide.sinks.clickhouse import rebuild_days, rebuild_levels


def run(case: dict[str, Any]) -> dict[str, Any]:
    """Run the command as a person would and return what its steps took."""
    steps = Steps()
    steps.watch(reading, "open_existing", lambda *_: "opening")
    steps.watch(rebuild_days, "refused_days", lambda *_: "facts complete")
    steps.watch(rebuild_days, "record_corrections", lambda *_: "repeated events")
    steps.watch(rebuild_levels, "rebuild_day", lambda _store, level, *_: level.table)
    day = str(yesterday_noon().date())
    with contextlib.redirect_stdout(sys.stderr):
        app(["rebuild", "--store", f"chdb://{case['folder']}", "--from", day, "--to", day], standalone_mode=False)
    return {"cpu_s": Moment.now().cpu_s, "steps": steps.seconds}


if __name__ == "__main__":
    tell(run(json.loads(sys.argv[1])))
