"""The whole report: quiet weeks, steps, other classes, what lasts, and the rivals."""

import json
import os
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from bench.alerts import traces
from bench.alerts.classes import class_trials, drift_trials
from bench.alerts.figures import (
    by_size,
    class_figures,
    promised_fast,
    promised_slow,
    proportion,
    rival_figures,
    step_figures,
    within,
)
from bench.alerts.lasting import two_steps, year_of_drift
from bench.alerts.quiet import quiet_gateway
from bench.alerts.steps import fine_ground, fine_settings, settings, step_ground
from bench.alerts.trials import FAST_S, SLOW_S

TUNED = Path(__file__).with_name("tuned.json")
QUIET_WEEKS = 2
_CLASS_TRIALS = 6
_FINE_SEEDS = 1_000
"""Small steps on gateways that promise them have seeds of their own, so many later."""
Say = Callable[[str], None]
Rows = list[dict[str, Any]]
T = TypeVar("T")


def gathered(seed: int, count: int, say: Say) -> tuple[Rows, Rows, Rows]:
    """Return quiet gateways, the grounds of steps with their limits, and the steps."""
    seeds = range(seed, seed + count)
    quiet = _each(partial(quiet_gateway, weeks=QUIET_WEEKS), seeds, say)
    pairs = _each(partial(_step_ground, first=seed), range(seed, seed + 3 * count), say)
    return quiet, [ground for ground, _ in pairs], [trial for _, trials in pairs for trial in trials]


def _step_ground(seed: int, first: int) -> tuple[dict[str, Any], Rows]:
    grid = settings()
    return step_ground(seed, grid[(seed - first) % len(grid)])


def _each(work: Callable[[int], T], seeds: range, say: Say) -> list[T]:
    """Return what work makes of each seed, JOBS (1) at a time; the order and the figures do not depend on it."""
    jobs = int(os.environ.get("JOBS") or 1)
    found = []
    with ProcessPoolExecutor(jobs) if jobs > 1 else nullcontext() as pool:
        for number, one in enumerate(pool.map(work, seeds) if pool else map(work, seeds)):
            found.append(one)
            say(f"{getattr(work, 'func', work).__name__}: {number + 1} of {len(seeds)}")
    return found


def _fine_ground(seed: int, first: int) -> Rows:
    grid = fine_settings()
    return fine_ground(seed, grid[(seed - first) % len(grid)])


def _classes(seed: int) -> Rows:
    return list(class_trials(seed, _CLASS_TRIALS))


def _drifts(seed: int) -> Rows:
    return list(drift_trials(seed, 3))


def report(seed: int, count: int, say: Say) -> dict[str, Any]:
    """Return every figure, from seeds `seed` on."""
    quiet, grounds, trials = gathered(seed, count, say)
    first = seed + _FINE_SEEDS
    fine = [
        trial
        for rows in _each(partial(_fine_ground, first=first), range(first, first + 2 * count), say)
        for trial in rows
    ]
    classes = [trial for rows in _each(_classes, range(seed, seed + max(count // 2, 1)), say) for trial in rows]
    drifts = [trial for rows in _each(_drifts, range(seed, seed + max(count * 7 // 8, 1)), say) for trial in rows]
    years = _each(year_of_drift, range(seed, seed + max(count // 8, 1)), say)
    steps = _each(two_steps, range(seed, seed + count), say)
    return {
        "seed": seed,
        "scenarios": count,
        "real_traces": traces.present(),
        "false_pages": sum(each["pages"] for each in quiet),
        "test_weeks": sum(each["weeks"] for each in quiet),
        "tickets": sum(each["tickets"] for each in quiet),
        **step_figures(trials),
        "recall": by_size([*trials, *fine]),
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
    return {
        "steps": len(trials),
        "recall_fast": proportion(within(each, FAST_S) for each in trials if promised_fast(each)),
        "recall_slow": proportion(within(each, SLOW_S) for each in trials if promised_slow(each)),
    }
