"""Answer every question to a store of thirteen months, again and again, in one process that keeps the store open."""

import json
import sys
from datetime import UTC, datetime
from statistics import median
from typing import Any

from bench.meter import Moment, tell
from bench.questions import questions
from tokentide.reports.answer import run as answer
from tokentide.reports.levels import HOURLY, extent
from tokentide.sinks.clickhouse.opening import open_store
from tokentide.sinks.clickhouse.store import Store


def run(case: dict[str, Any]) -> dict[str, Any]:
    """Return medians of each question."""
    with open_store(f"chdb://{case['folder']}") as store:
        end = datetime.fromtimestamp(extent(store.query, HOURLY).end_s, UTC)
        return {"asked": [_asked(store, each, case["repeats"]) for each in questions(end)]}


def _asked(store: Store, each: Any, repeats: int) -> dict[str, Any]:
    seconds, cpu, rows = [], [], 0
    for _ in range(repeats):
        began = Moment.now()
        rows = len(answer(store.query, each.request).rows)
        ended = Moment.now()
        seconds.append(ended.wall_s - began.wall_s)
        cpu.append(ended.cpu_s - began.cpu_s)
    return {
        "metric": each.request.metric,
        "form": each.form,
        "seconds": round(median(seconds), 3),
        "cpu_s": round(median(cpu), 3),
        "rows": rows,
        "most_s": each.most_s,
    }


if __name__ == "__main__":
    tell(run(json.loads(sys.argv[1])))
