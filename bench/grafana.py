"""How long every query of the Grafana boards takes on a store: PYTHONPATH=tests python -m bench.grafana STORE.

The store is a folder of the embedded engine with the market a folder of boards is about: `now` for the live
boards, `state-of-ai-2025` for the past ones, whose range is thirteen months. Each query runs `--runs` times with
its variables at All. `ms` is the least time from asking to the last row, `cpu` the least processor time of all
threads together: on a busy machine the first says what else was going on, the second does not.
"""

import argparse
import json
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from support.grafana_macros import ALL, Range, expand

from tokentide.reports.grafana.dashboard import Dashboard
from tokentide.reports.grafana.files import boards
from tokentide.reports.grafana.rules import RULES
from tokentide.reports.grafana.variables import VARIABLES
from tokentide.sinks.clickhouse.opening import open_store
from tokentide.sinks.clickhouse.store import Store

MOST_MS = 500
_SECONDS = {"h": 3_600, "d": 86_400, "w": 604_800}
_EVERYTHING = {**{each.name: [ALL] for each in VARIABLES}, "unit": "tokens"}


@dataclass(frozen=True)
class Timed:
    """One query."""

    board: str
    query: str
    rows: int
    ms: float
    cpu_ms: float


def main() -> None:
    """Measure, print, and fail where a query takes longer than it may."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("store", type=Path)
    parser.add_argument("--folder", default="state-of-ai-2025", choices=sorted(boards()))
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    with open_store(f"chdb://{given.store.resolve()}") as store:
        found = sorted(_timed(store, given.folder, given.runs), key=lambda each: -each.ms)
    for each in found:
        print(f"{each.ms:7.0f} ms {each.cpu_ms:7.0f} ms cpu {each.rows:7,} rows  {each.board}: {each.query}")
    slow = [each for each in found if each.ms > MOST_MS]
    most = max(each.cpu_ms for each in found)
    took = f"the slowest {found[0].ms:.0f} ms, {len(slow)} over {MOST_MS} ms"
    print(f"{len(found)} queries, {took}; most processor time {most:.0f} ms")
    if given.json:
        given.json.write_text(json.dumps([asdict(each) for each in found], indent=1) + "\n", encoding="utf-8")
    sys.exit(1 if slow else 0)


def _timed(store: Store, folder: str, runs: int) -> Iterator[Timed]:
    for board in boards()[folder]:
        period = _range(board)
        for panel in board.panels:
            for target in panel.targets:
                sql = expand(str(target["rawSql"]), _EVERYTHING, period)
                yield Timed(board.uid, f"{panel.title} {target['refId']}", *_least(store, sql, runs))
    now = int(time.time())
    for rule in RULES:
        yield Timed(
            "alert rules", rule.uid, *_least(store, expand(rule.sql, {}, Range(now - rule.range_s, now)), runs)
        )
    for each in VARIABLES:
        yield Timed("variables", each.name, *_least(store, each.options, runs))


def _range(board: Dashboard) -> Range:
    if board.end != "now":
        start, end = (int(datetime.fromisoformat(text).timestamp()) for text in (board.start, board.end))
        return Range(start, end, _SECONDS["w"])
    now, text = int(time.time()), board.start.removeprefix("now-")
    width = int(text[:-1]) * _SECONDS[text[-1]]
    return Range(now - width, now, max(60, width // 1_000))


def _least(store: Store, sql: str, runs: int) -> tuple[int, float, float]:
    times, used, rows = [], [], 0
    for _ in range(runs):
        begun, busy = time.perf_counter(), time.process_time()
        rows = len(store.query(sql))
        times.append(1_000 * (time.perf_counter() - begun))
        used.append(1_000 * (time.process_time() - busy))
    return rows, min(times), min(used)


if __name__ == "__main__":
    main()
