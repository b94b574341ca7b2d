"""Slow drift: cumulative sums of daily log-ratios, which see what no window can, and never page.

Source: Page, Biometrika 41 (1954) 100 (cumulative sums).
"""

from typing import Final

import numpy as np

from tokentide.schemas.alert import AlertClass
from tokentide.schemas.alert_rules import Kind, Thresholds
from tokentide.streams.detection.cells import Floats
from tokentide.streams.detection.classify import Verdict
from tokentide.streams.detection.driver import Driver
from tokentide.streams.detection.finding import Finding
from tokentide.streams.detection.series import unlink
from tokentide.streams.detection.state import Drift, WatchState
from tokentide.streams.detection.tick import Tick
from tokentide.streams.detection.view import View
from tokentide.streams.detection.week import DAY_S

_SLACK: Final = 0.5
_LIMIT: Final = 8.0
_SMALL: Final = 0.01


def daily(tick: Tick, state: WatchState) -> tuple[WatchState, Finding | None]:
    """Return the state after a day's sums, and what they found; without effect but for the first tick of a day."""
    view, at, rules = tick.view, tick.at, tick.rules
    day = tick.now // DAY_S
    if tick.watch.kind is Kind.VOLUME or day <= state.drift_day or DAY_S not in view.shifts:
        return state, None
    scores = view.shifts[DAY_S]
    if not scores.seen[at] or scores.size[at] < rules.n_eff:
        return state, None
    level = tick.baseline.watched.expectation.level
    drifts = {}
    for member in np.flatnonzero(view.judged):
        if scores.expected[at, member] >= _SMALL or not scores.logit:
            here = float(level[member] + scores.gone[at, member])
            name = view.members[member]
            drifts[name] = _added(state.drifts.get(name), here, float(scores.sigma[at, member]))
    found = None if state.alert is not None else _found(rules, view, at, level, drifts)
    if found is not None:
        drifts = {name: Drift(reference=_at(view, at, level, name)) for name in drifts}
    return state.model_copy(update={"drifts": drifts, "drift_day": day}), found


def _added(before: Drift | None, here: float, sigma: float) -> Drift:
    if before is None:
        return Drift(reference=here)
    step = (here - before.reference) / sigma
    return Drift(
        up=max(0.0, before.up + step - _SLACK),
        down=max(0.0, before.down - step - _SLACK),
        reference=before.reference,
    )


def _at(view: View, at: int, level: Floats, name: str) -> float:
    member = view.members.index(name)
    return float(level[member] + view.shifts[DAY_S].gone[at, member])


def _found(rules: Thresholds, view: View, at: int, level: Floats, drifts: dict[str, Drift]) -> Finding | None:
    scores = view.shifts[DAY_S]
    moved = {name: _points(scores.logit, _at(view, at, level, name), drift) for name, drift in drifts.items()}
    told = [
        name
        for name, drift in drifts.items()
        if max(drift.up, drift.down) >= _LIMIT and abs(moved[name]) >= rules.drift_pp
    ]
    if not told:
        return None
    name = max(told, key=lambda each: abs(moved[each]))
    member = view.members.index(name)
    verdict = Verdict(AlertClass.SLOW_DRIFT, name, None)
    return Finding(verdict, Driver(member, 0.0, 0.0), "drift", int(view.ends[at]) - DAY_S, scores, at, member)


def _points(logit: bool, here: float, drift: Drift) -> float:
    now, before = unlink(np.asarray(here), logit), unlink(np.asarray(drift.reference), logit)
    return float(100 * (now - before) / (1.0 if logit else before))
