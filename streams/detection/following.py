"""What becomes of an open alert: it closes, steps again, is accepted as the new level, or has been open too long."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from tokentide.schemas.alert import AlertClass, ChangeKind
from tokentide.schemas.alert_rules import CELL_S, Kind, Thresholds
from tokentide.streams.detection.classify import Verdict
from tokentide.streams.detection.driver import Driver
from tokentide.streams.detection.finding import Finding
from tokentide.streams.detection.gates import track_of
from tokentide.streams.detection.state import Alert, WatchState
from tokentide.streams.detection.stepping import search_step
from tokentide.streams.detection.tick import Tick
from tokentide.streams.detection.view import Scores, View

CALM_TICKS: Final = 6
"""Half an hour at the baseline closes an alert."""
_CALM: Final = 0.5
"""Calm is less than this part of every threshold."""
_SETTLE_S: Final = 1_800


@dataclass(frozen=True, slots=True)
class Followed:
    """The alert after a tick; `kind` says what is to be told, if anything."""

    alert: Alert
    kind: ChangeKind | None
    finding: Finding
    pending: dict[str, int]


def follow(tick: Tick, state: WatchState, alert: Alert) -> Followed:
    """Return what a tick makes of the open alert."""
    here = standing(tick, alert)
    if not here.scores.seen[tick.at]:
        return Followed(alert, _by_age(tick.rules, alert, tick.now), here, {})
    calm = alert.calm + 1 if _is_calm(tick, alert, here.scores) else 0
    alert = alert.model_copy(update={"calm": calm})
    if calm >= CALM_TICKS:
        return Followed(alert, ChangeKind.CLOSED, here, {})
    if alert.reference is None or tick.watch.kind is Kind.VOLUME:
        settled = _settled(alert, here.scores, tick.view, tick.at)
        return Followed(settled, _by_age(tick.rules, alert, tick.now), here, {})
    return _beyond(tick, state, alert, here)


def _beyond(tick: Tick, state: WatchState, alert: Alert, here: Finding) -> Followed:
    """Return what becomes of an alert whose level has settled."""
    step = search_step(tick, state, alert)
    if step.finding is not None:
        return Followed(_stepped(alert, step.finding), ChangeKind.STEPPED, step.finding, step.pending)
    if step.returned:
        alert = alert.model_copy(update={"reference": None, "stands_since": tick.now})
    return Followed(alert, _by_age(tick.rules, alert, tick.now), here, step.pending)


def standing(tick: Tick, alert: Alert) -> Finding:
    """Return how the alert's driver stands now."""
    view, at = tick.view, tick.at
    series = view.totals if tick.watch.kind is Kind.VOLUME else view.shifts
    window = max((each for each in series if each <= alert.window_s), default=min(series))
    member = view.members.index(alert.driver) if alert.driver in view.members else len(view.members) - 1
    cells = view.last(at, window // CELL_S)
    observed, expected = view.cells.amount[cells], view.own_expected[cells]
    own = float(observed[:, member].sum() / max(expected[:, member].sum(), 1e-9)) - 1
    driver = Driver(member, min(own, 1e6), float(observed.sum() / max(expected.sum(), 1e-300)) - 1)
    verdict = Verdict(alert.alert_class, alert.driver, None)
    return Finding(verdict, driver, alert.track, alert.onset, series[window], at, member)


def _is_calm(tick: Tick, alert: Alert, scores: Scores) -> bool:
    watch, rules, view, at = tick.watch, tick.rules, tick.view, tick.at
    if watch.kind is Kind.VOLUME:
        return bool(scores.points[at, 0] > -100 * _CALM * rules.volume_drop)
    if alert.track == "drift":
        return False
    if alert.track == "member":
        return _member_is_calm(rules, alert, view, at)
    _, track = track_of(rules, alert.window_s)
    small = np.abs(scores.points[at]) < _CALM * track.delta_pp
    likely = np.abs(scores.z[at]) < _CALM * scores.z_open
    return bool(np.all(small | likely | ~view.judged))


def _member_is_calm(rules: Thresholds, alert: Alert, view: View, at: int) -> bool:
    if alert.alert_class is AlertClass.NEW_MEMBER:
        share = view.newcomers.get(alert.driver)
        return share is not None and bool(100 * share[at] < _CALM * rules.new_member_pp)
    found = view.volumes[min(view.volumes)]
    member = view.members.index(alert.driver) if alert.driver in view.members else None
    return member is None or bool(found.points[at, member] > -100 * _CALM * rules.outage)


def _settled(alert: Alert, scores: Scores, view: View, at: int) -> Alert:
    """Return the alert with the level it stands at, once its window holds nothing of before."""
    if int(view.ends[at]) < alert.stands_since + max(alert.window_s, _SETTLE_S) or len(scores.gone[at]) != len(
        view.members
    ):
        return alert
    gone = {name: float(scores.gone[at, member]) for member, name in enumerate(view.members)}
    return alert.model_copy(update={"reference": gone})


def _stepped(alert: Alert, found: Finding) -> Alert:
    return alert.model_copy(
        update={
            "alert_class": found.verdict.alert_class,
            "driver": found.verdict.driver,
            "track": found.track,
            "window_s": found.scores.window_s,
            "stands_since": found.onset,
            "reference": None,
            "calm": 0,
            "told": float(found.scores.points[found.at, found.member]),
        }
    )


def _by_age(rules: Thresholds, alert: Alert, now: int) -> ChangeKind | None:
    if now - alert.stands_since >= rules.accept_after.total_seconds():
        return ChangeKind.ACCEPTED
    return ChangeKind.EXPIRED if now - alert.opened_at >= rules.open_at_most.total_seconds() else None
