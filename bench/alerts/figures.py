"""Proportions with their exact intervals, and the figures of the report out of single trials."""

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from bench.alerts.rivals import DISTANCES, tune
from bench.alerts.steps import EDGES, SIZES
from bench.alerts.trials import FAST_S, SLOW_S
from tokentide.reports.statistics.proportions import clopper_pearson

Trial = dict[str, Any]


def proportion(hits: Iterable[bool]) -> dict[str, Any]:
    """Return n, hit and the exact 95 % interval."""
    known = list(hits)
    low, high = clopper_pearson(sum(known), len(known))
    if not known:
        return {"n": 0, "hit": 0, "lower95": None, "upper95": None}
    return {"n": len(known), "hit": sum(known), "lower95": round(float(low), 4), "upper95": round(float(high), 4)}


def promised_fast(trial: Trial) -> bool:
    """Tell whether a step is one that must be told within 20 minutes."""
    return abs(trial["points"]) >= max(5.0, 1.4 * trial["l15"]) - 1e-9


def promised_slow(trial: Trial) -> bool:
    """Tell whether a step is one that must be told within 150 minutes."""
    return abs(trial["points"]) >= max(3.0, 1.4 * trial["l120"]) - 1e-9


def promised_sure(trial: Trial) -> bool:
    """Tell whether a step is one of which none may be missed."""
    return abs(trial["points"]) >= max(10.0, 2 * trial["l15"]) - 1e-9


def within(trial: Trial, limit_s: int) -> bool:
    """Tell whether a step was told in time."""
    return trial["delay_s"] is not None and trial["delay_s"] <= limit_s


def step_figures(trials: list[Trial]) -> dict[str, Any]:
    """Return recall by size, delays and drivers."""
    fast = [each for each in trials if promised_fast(each)]
    slow = [each for each in trials if promised_slow(each)]
    told = [each for each in fast if within(each, SLOW_S)]
    delays = np.asarray([each["delay_s"] / 60 for each in told]) if told else np.asarray([np.nan])
    heard = [each for each in trials if each["delay_s"] is not None]
    return {
        "recall_fast": proportion(within(each, FAST_S) for each in fast),
        "recall_slow": proportion(within(each, SLOW_S) for each in slow),
        "missed_sure": proportion(not within(each, SLOW_S) for each in trials if promised_sure(each)),
        "recall_by_source": {
            name: {"fast": _of(fast, real, FAST_S), "slow": _of(slow, real, SLOW_S)}
            for name, real in (("synthetic", False), ("traces", True))
        },
        "recall_at_the_edge": {edge: _edge(trials, edge) for edge in EDGES},
        "all_steps_150_min": {
            f"{size:g}": proportion(within(t, SLOW_S) for t in _sized(trials, size)) for size in SIZES
        },
        "delay_p50_min": round(float(np.quantile(delays, 0.5)), 1),
        "delay_p95_min": round(float(np.quantile(delays, 0.95)), 1),
        "driver_right": proportion(bool(each["driver_right"]) for each in heard),
    }


def by_size(trials: list[Trial]) -> dict[str, Any]:
    """Return recall of the promised steps of each size: 3 pp within 150 minutes, the others within 20."""
    found = {}
    for size in SIZES:
        fast = size >= 5
        promised: Callable[[Trial], bool] = promised_fast if fast else promised_slow
        limit = FAST_S if fast else SLOW_S
        kept = [each for each in _sized(trials, size) if promised(each)]
        found[f"{size:g}"] = proportion(within(each, limit) for each in kept) | {"within_min": limit // 60}
    return found


def _sized(trials: list[Trial], size: float) -> list[Trial]:
    return [each for each in trials if each["size"] == size]


def _of(trials: list[Trial], real: bool, limit_s: int) -> dict[str, Any]:
    return proportion(within(each, limit_s) for each in trials if each["real"] is real)


def _edge(trials: list[Trial], edge: str) -> dict[str, Any]:
    limit = FAST_S if edge == "fast" else SLOW_S
    return proportion(within(each, limit) for each in trials if each["size"] == edge)


def class_figures(trials: list[Trial]) -> dict[str, Any]:
    """Return by class: told at all, told as that class, driver."""
    found = {}
    for kind in sorted({each["class"] for each in trials}):
        kept = [each for each in trials if each["class"] == kind and not each["early"]]
        told = [each for each in kept if each["told"] is not None]
        delays = [each["delay_s"] / 60 for each in told]
        found[kind] = {
            "told": proportion(each["told"] is not None for each in kept),
            "class_right": proportion(each["told"] == kind for each in told),
            "driver_right": proportion(bool(each["driver_right"]) for each in told),
            "delay_p50_min": round(float(np.median(delays)), 1) if delays else None,
        }
    return found


def rival_figures(tuned: dict[str, Any], quiet: list[dict[str, Any]], trials: list[Trial]) -> dict[str, Any]:
    """Return what the tuned rivals do on other seeds, and us on the same shifts."""
    weeks = sum(each["weeks"] for each in quiet)
    kept = [each for each in trials if abs(each["points"]) >= 5]
    found: dict[str, Any] = {"ours": {"recall": proportion(within(each, SLOW_S) for each in kept)}}
    for rival, option in tuned.items():
        name, distance = option["configuration"], option["distance_pp"]
        at = int(np.searchsorted(DISTANCES, distance))
        found[rival] = option | {
            "false_pages_per_week": round(sum(each["rivals"][name][at] for each in quiet) / weeks, 3),
            "recall": proportion(each["rivals"][name]["slow"] >= distance for each in kept),
            "by_size": {
                f"{size:g}": proportion(each["rivals"][name]["slow"] >= distance for each in _sized(kept, size))
                for size in SIZES
                if size >= 5
            },
        }
    return found


def tuned_rivals(quiet: list[dict[str, Any]], trials: list[Trial], allowed: float) -> dict[str, Any]:
    """Return the rivals' best configurations on the tuning seeds."""
    kept = [each for each in trials if abs(each["points"]) >= 5]
    return tune([each["rivals"] for each in quiet], sum(each["weeks"] for each in quiet), allowed, kept)
