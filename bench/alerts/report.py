"""The whole report: quiet weeks, steps, other classes, what lasts, and the rivals."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from bench.alerts import traces
from bench.alerts.classes import class_trials, drift_trials
from bench.alerts.figures import class_figures, proportion, rival_figures, step_figures
from bench.alerts.lasting import two_steps, year_of_drift
from bench.alerts.quiet import quiet_gateway
from bench.alerts.steps import settings, step_ground

TUNED = Path(__file__).with_name("tuned.json")
QUIET_WEEKS = 2
_CLASS_TRIALS = 6
Say = Callable[[str], None]
Rows = list[dict[str, Any]]


def gathered(
    seed: int, count: int, say: Say
) -> tuple[list[dict[str, Any]], list[dict[str, Any]], list[dict[str, Any]]]:
    """Return quiet gateways, the grounds of steps with their limits, and the steps."""
    quiet = []
    for number in range(count):
        quiet.append(quiet_gateway(seed + number, QUIET_WEEKS))
        say(f"quiet gateway {number + 1} of {count}: {quiet[-1]['pages']} pages")
    grounds, trials = [], []
    grid = settings()
    for number in range(3 * count):
        ground, found = step_ground(seed + number, grid[number % len(grid)])
        grounds.append(ground)
        trials += found
        say(f"steps: ground {number + 1} of {3 * count}, {len(trials)} trials")
    return quiet, grounds, trials


def report(seed: int, count: int, say: Say) -> dict[str, Any]:
    """Return every figure, from seeds `seed` on."""
    quiet, grounds, trials = gathered(seed, count, say)
    classes = [trial for number in range(max(count // 2, 1)) for trial in class_trials(seed + number, _CLASS_TRIALS)]
    say(f"{len(classes)} changes of other classes")
    drifts = [trial for number in range(max(count, 1)) for trial in drift_trials(seed + number, 3)]
    say(f"{len(drifts)} slow drifts")
    years = [year_of_drift(seed + number) for number in range(max(count // 8, 1))]
    steps = [two_steps(seed + number) for number in range(max(count, 1))]
    return {
        "seed": seed,
        "scenarios": count,
        "real_traces": traces.present(),
        "false_pages": sum(each["pages"] for each in quiet),
        "test_weeks": sum(each["weeks"] for each in quiet),
        "tickets": sum(each["tickets"] for each in quiet),
        **step_figures(trials),
        "detection_limit_pp": _limits(grounds),
        "classes": class_figures([*classes, *drifts]),
        "drift_pages": sum(each["pages"] for each in drifts),
        "year_of_drift": years,
        "two_steps": _two(steps),
        "rivals": rival_figures(_tuned()["rivals"], quiet, trials) if TUNED.exists() else {},
        "quiet": [{name: value for name, value in each.items() if name != "rivals"} for each in quiet],
        "grid": _grid(grounds, trials),
    }


def _tuned() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(TUNED.read_text(encoding="utf-8"))
    return found


def _limits(grounds: list[dict[str, Any]]) -> dict[str, float]:
    """Return the median over backgrounds of the largest member's limit, by window in seconds."""
    windows = grounds[0]["limit_pp"]
    return {window: round(float(np.median([each["limit_pp"][window] for each in grounds])), 2) for window in windows}


def _two(steps: list[dict[str, Any]]) -> dict[str, Any]:
    closed = [each["closed_after_h"] for each in steps if each["closed_after_h"] is not None]
    return {
        "one_page_each": proportion(each["first_pages"] == 1 and each["second_pages"] == 1 for each in steps),
        "closed": proportion(each["closed_after_h"] is not None for each in steps),
        "closed_after_h_max": round(max(closed), 1) if closed else None,
        "drivers_right": proportion(each["drivers_right"] for each in steps),
        "longest_open_h": round(max(each["longest_open_h"] for each in steps), 1),
    }


def _grid(grounds: list[dict[str, Any]], trials: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [ground | _seen([each for each in trials if each["seed"] == ground["seed"]]) for ground in grounds]


def _seen(trials: list[dict[str, Any]]) -> dict[str, Any]:
    figures = step_figures(trials)
    return {"steps": len(trials), "recall_fast": figures["recall_fast"], "recall_slow": figures["recall_slow"]}
