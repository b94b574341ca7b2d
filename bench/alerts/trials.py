"""One change at one moment of a background: is it told, when, as what, and whose doing is it said to be?"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from bench.alerts.decide import CELL_S, RULES, aged, over_view, ticks
from bench.alerts.injection import after, relabelled, spread, thinned, to_share
from bench.alerts.market import Setting, background, watch_of
from bench.alerts.noise import START, WEEK_CELLS
from bench.alerts.rivals import distances
from tokentide.schemas.alert import AlertEvent
from tokentide.schemas.alert_rules import Watch
from tokentide.streams.detection.baseline import Baseline, baseline_for, build_baseline
from tokentide.streams.detection.cells import Cells, Floats
from tokentide.streams.detection.series import watched, with_one
from tokentide.streams.detection.state import WatchState
from tokentide.streams.detection.view import NEEDED_S, look

WARM_WEEKS, TEST_WEEKS = 8, 2
FIRST = START + WARM_WEEKS * WEEK_CELLS * CELL_S
APART_S = 8 * 3_600
FAST_S, SLOW_S = 20 * 60, 150 * 60
BEFORE_S = 3 * CELL_S


@dataclass(slots=True)
class Ground:
    """A background with what the detector knows of it."""

    name: str
    setting: Setting
    cells: Cells
    baseline: Baseline

    @classmethod
    def of(cls, name: str, setting: Setting, rng: np.random.Generator, members: int = 0) -> "Ground":
        """Return a background with a baseline learnt from its first eight weeks."""
        cells = background(name, setting, (WARM_WEEKS + TEST_WEEKS) * WEEK_CELLS, rng, members)
        return cls.around(name, setting, cells)

    @classmethod
    def around(cls, name: str, setting: Setting, cells: Cells) -> "Ground":
        """Return the same for cells that are there."""
        baseline = build_baseline(watch_of(name), RULES, cells, WatchState(), FIRST)
        if baseline is None:
            raise ValueError("a background needs at least a week before its test")
        return cls(name, setting, cells, baseline)

    @property
    def watch(self) -> Watch:
        """Return what is watched."""
        return watch_of(self.name)

    @property
    def usual(self) -> Floats:
        """Return the long-run shares."""
        amount = self.cells.amount[self.cells.start < FIRST].sum(axis=0)
        return np.asarray(amount / amount.sum())

    def moments(self, rng: np.random.Generator) -> Iterator[int]:
        """Yield moments of the test weeks, to the second, far enough apart to be independent."""
        for slot in range(FIRST + 86_400, self.cells.end - APART_S, APART_S):
            yield slot + int(rng.integers(0, 3_600))

    def known_at(self, second: int) -> Baseline:
        """Return the baseline with the levels of the hour before a moment."""
        now = second // 3_600 * 3_600
        found = baseline_for(self.watch, RULES, self.cells, WatchState(), now, aged(self.baseline, now))
        if found is None:
            raise ValueError("no baseline")
        return found

    def around_moment(self, second: int, until_s: int) -> Cells:
        """Return the cells a trial needs."""
        return self.cells.part(second - NEEDED_S - 3_600, second + until_s + 2 * CELL_S)


def told_of(watch: Watch, baseline: Baseline, cells: Cells, second: int, until_s: int) -> list[AlertEvent]:
    """Return what the detector says from shortly before a moment on; it comes upon it with nothing open."""
    view = look(watch, baseline, cells, ticks(second // CELL_S * CELL_S - BEFORE_S, second + until_s))
    state = WatchState(drift_day=10**6)
    _, told, _ = over_view(watch, state, view, baseline)
    return told


def expected_share(baseline: Baseline, cells: Cells, second: int, member: int) -> float:
    """Return the share the baseline expects of a member at a moment."""
    one = cells.part(second // CELL_S * CELL_S, second // CELL_S * CELL_S + CELL_S).over(baseline.members)
    series = with_one(watched(watch_of("author"), one), baseline.watched.expectation.one)
    return float((baseline.watched.expectation.over(series) / np.maximum(series.under, 1e-300))[0, member])


def shifted(
    ground: Ground, baseline: Baseline, second: int, member: int, points: float, rng: np.random.Generator
) -> Cells:
    """Return the cells around a moment from which on a member's share is `points` higher (lower): half thinned."""
    cells = ground.around_moment(second, SLOW_S)
    part = after(cells, second, np.inf)
    before = expected_share(baseline, ground.cells, second, member)
    if points > 0:
        return relabelled(cells, member, points / 100 / (1 - before), part, rng)
    if rng.integers(2):
        return thinned(cells, member, to_share(before, before + points / 100), part, rng)
    return spread(cells, member, -points / 100 / before, part, rng)


def shift_trial(
    ground: Ground, second: int, member: int, points: float, rng: np.random.Generator
) -> dict[str, Any] | None:
    """Return what became of one step; None if the step does not fit the member or something was open already."""
    baseline = ground.known_at(second)
    before = expected_share(baseline, ground.cells, second, member)
    if not 0.004 < before + points / 100 < 0.97 or before < 0.01:
        return None
    cells = shifted(ground, baseline, second, member, points, rng)
    told = told_of(ground.watch, baseline, cells, second, SLOW_S)
    if told and told[0].at.timestamp() <= second:
        return None
    limits = {window: float(scale.limit_pp[member]) for window, scale in baseline.watched.scales.items()}
    first = told[0] if told else None
    return {
        "points": points,
        "share": round(before, 4),
        "l15": limits[900],
        "l120": limits[7_200],
        "delay_s": None if first is None else first.at.timestamp() - second,
        "driver_right": None if first is None else first.driver == ground.cells.members[member],
        "class": None if first is None else first.alert_class.value,
        "track": None if first is None else first.track,
    }


def rival_distances(
    ground: Ground, second: int, member: int, points: float, rng: np.random.Generator
) -> dict[str, dict[str, float]]:
    """Return how far the rivals see the composition go, within the limits of the fast and of the slow track."""
    baseline = ground.known_at(second)
    around = shifted(ground, baseline, second, member, points, rng)
    week = ground.cells.part(second - 8 * 86_400, int(around.start[0]))
    held = distances(week.then(around), ground.usual, second // CELL_S * CELL_S, len(ground.cells.members))
    fast, slow = FAST_S // CELL_S, SLOW_S // CELL_S
    return {
        name: {"fast": round(float(values[:fast].max()), 2), "slow": round(float(values[:slow].max()), 2)}
        for name, values in held.items()
    }
