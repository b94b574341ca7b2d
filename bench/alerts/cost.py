"""`python -m bench.alerts.cost`: CPU of the detector for an hour of ticks over 13 watches, the models 300."""

import time
from typing import Any

import numpy as np

from bench.alerts.decide import CELL_S, RULES
from bench.alerts.market import MEMBERS, Setting, background, watch_of
from bench.alerts.noise import WEEK_CELLS
from tokentide.schemas.alert_rules import WATCHABLE
from tokentide.streams.detection.baseline import baseline_for
from tokentide.streams.detection.machine import step
from tokentide.streams.detection.state import WatchState
from tokentide.streams.detection.view import NEEDED_S

HOUR_S = 3_600
HISTORY_WEEKS = 8


def measure() -> dict[str, Any]:
    """Return CPU seconds: learning (once a day), renewing levels (once an hour), ticks (twelve an hour)."""
    spent = {"learn_s": 0.0, "refresh_s": 0.0, "tick_s": 0.0}
    for name in WATCHABLE:
        rng = np.random.default_rng(0)
        members = 300 if name == "model" else MEMBERS.get(name, 0)
        cells = background(
            name, Setting(200.0, 10.0, 0.05, False, False), HISTORY_WEEKS * WEEK_CELLS + 24, rng, members
        )
        first = cells.end - HOUR_S
        begin = time.process_time()
        learnt = baseline_for(watch_of(name), RULES, cells, WatchState(), first, None)
        spent["learn_s"] += time.process_time() - begin
        begin = time.process_time()
        baseline = baseline_for(watch_of(name), RULES, cells, WatchState(), first, learnt)
        spent["refresh_s"] += time.process_time() - begin
        spent["tick_s"] += _hour(name, cells.part(first - NEEDED_S, cells.end), baseline, first)
    hour = spent["learn_s"] / 24 + spent["refresh_s"] + spent["tick_s"]
    return {key: round(value, 3) for key, value in spent.items()} | {"of_one_core": round(hour / HOUR_S, 5)}


def _hour(name: str, cells: Any, baseline: Any, first: int) -> float:
    state = WatchState()
    begin = time.process_time()
    for now in range(first + CELL_S, first + HOUR_S + 1, CELL_S):
        state, _ = step(watch_of(name), RULES, state, cells, baseline, now)
    return time.process_time() - begin


if __name__ == "__main__":
    print(measure())
