"""What can be seen of a watch at the ends of closed cells: every window against what was expected of it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Self

import numpy as np

from tokentide.schemas.alert_rules import CELL_S, Kind, Watch
from tokentide.streams.detection.baseline import Baseline, Fit
from tokentide.streams.detection.cells import OTHER, Cells, Flags, Floats, Seconds
from tokentide.streams.detection.expectation import Expectation, deviations
from tokentide.streams.detection.scale import Scale
from tokentide.streams.detection.series import Series, own_volume, total_volume, watched, with_one
from tokentide.streams.detection.week import DAY_S, HOUR_S

NEW_FOR_S: Final = 7 * DAY_S
"""A member first seen so lately is new."""
NEEDED_S: Final = 25 * HOUR_S
"""Cells before a tick that are looked at."""
_HIDDEN: Final = -1


@dataclass(frozen=True, slots=True)
class Scores:
    """Windows of one length against the expectation; [m, k] but where said.

    Attributes:
        window_s: the length.
        gone: observed minus expected, linked.
        points: the same in percentage points (of a logarithm: percent of what was expected).
        sigma: standard deviation of `gone` while nothing happens.
        z: gone / sigma.
        z_open: [k].
        current, expected: not linked.
        size: effective number of events, [m].
        events: attempts, all members together, [m].
        seen: whether the window may be judged: whole, and nothing in it came late, [m].
        limit_pp: [k].
        logit: whether these are shares.
    """

    window_s: int
    gone: Floats
    points: Floats
    sigma: Floats
    z: Floats
    z_open: Floats
    current: Floats
    expected: Floats
    size: Floats
    events: Floats
    seen: Flags
    limit_pp: Floats
    logit: bool

    def row(self, at: int) -> Self:
        """Return the scores of one tick."""
        parts: dict[str, Any] = {name: getattr(self, name)[at : at + 1] for name in _BY_TICK}
        return replace(self, **parts)

    @property
    def sigma_points(self) -> Floats:
        """Return the standard deviation in points."""
        slope = self.expected * (1 - self.expected) if self.logit else 1.0
        return np.asarray(100 * self.sigma * slope)


_BY_TICK: Final = ("gone", "points", "sigma", "z", "current", "expected", "size", "events", "seen")


@dataclass(frozen=True, slots=True)
class View:
    """Everything one or many ticks are decided on.

    Attributes:
        members: k names, as in the baseline.
        ends: end of the last cell of each tick, [m].
        shifts: by window, the judged series.
        volumes: by window, the members' own volumes.
        totals: by window, the total volume.
        cells: over `members`.
        own_expected: amount of each cell and member, [t, k].
        newcomers: share of the last hour of members that are new, by name, [m].
        judged: members that may open an alert, [k].
    """

    members: tuple[str, ...]
    ends: Seconds
    shifts: Mapping[int, Scores]
    volumes: Mapping[int, Scores]
    totals: Mapping[int, Scores]
    cells: Cells
    own_expected: Floats
    newcomers: Mapping[str, Floats]
    judged: Flags

    def row(self, at: int) -> Self:
        """Return the view of one tick."""
        one = slice(at, at + 1)
        return replace(
            self,
            ends=self.ends[one],
            shifts={window: scores.row(at) for window, scores in self.shifts.items()},
            volumes={window: scores.row(at) for window, scores in self.volumes.items()},
            totals={window: scores.row(at) for window, scores in self.totals.items()},
            newcomers={name: shares[one] for name, shares in self.newcomers.items()},
        )

    def last(self, at: int, cells: int) -> slice:
        """Return which cells are the last ones of a tick."""
        stop = int(np.searchsorted(self.cells.start, self.ends[at] - CELL_S, side="right"))
        return slice(max(0, stop - cells), stop)


def look(watch: Watch, baseline: Baseline, cells: Cells, ends: Seconds) -> View:
    """Return the view at the given ends (multiples of 300, ascending).

    Args:
        watch: what is watched.
        baseline: what is expected.
        cells: at least NEEDED_S before the first end; members the baseline does not know go to `other`.
        ends: of closed cells.
    """
    part = cells.part(int(ends[0]) - NEEDED_S, int(ends[-1]))
    known = part.over(baseline.members)
    volume = with_one(own_volume(known), baseline.own.expectation.one)
    return View(
        members=baseline.members,
        ends=ends,
        shifts=_scored(baseline.watched, watched(watch, known), ends),
        volumes=_scored(baseline.own, volume, ends),
        totals=_scored(baseline.total, total_volume(known), ends),
        cells=known,
        own_expected=baseline.own.expectation.over(volume),
        newcomers=_newcomers(watch, baseline, part, ends),
        judged=_judged(watch, baseline.members),
    )


def _scored(fit: Fit, series: Series, ends: Seconds) -> dict[int, Scores]:
    cells = with_one(series, fit.expectation.one)
    expected = fit.expectation.over(cells)
    return {window: _score(fit.expectation, scale, cells, expected, ends) for window, scale in fit.scales.items()}


def _score(expectation: Expectation, scale: Scale, cells: Series, expected: Floats, ends: Seconds) -> Scores:
    windows, gone, value = deviations(cells, expected, scale.window_s)
    at = np.searchsorted(windows.start, ends - scale.window_s)
    there = np.isin(ends - scale.window_s, windows.start)
    at = np.where(there, np.minimum(at, max(len(windows.start) - 1, 0)), _HIDDEN)
    if not len(windows.start):
        windows, gone, value = _blank(windows), np.zeros((1, expected.shape[1])), np.ones((1, expected.shape[1])) / 2
    sigma = np.maximum(scale.sigma(windows.error[at]) * expectation.trust, 1e-12)
    current, wanted, far = windows.value[at], value[at], gone[at]
    points = 100 * (current - wanted) if windows.logit else 100 * np.expm1(np.clip(far, -50, 50))
    return Scores(
        window_s=scale.window_s,
        gone=far,
        points=points,
        sigma=sigma,
        z=far / sigma,
        z_open=scale.z_open,
        current=current,
        expected=wanted,
        size=windows.size[at],
        events=windows.events[at, 0],
        seen=there & ~windows.late[at],
        limit_pp=scale.limit_pp,
        logit=windows.logit,
    )


def _blank(windows: Series) -> Series:
    zeros = np.zeros((1, windows.over.shape[1]))
    one = np.zeros((1, 1))
    return Series(
        start=np.zeros(1, np.int64),
        over=zeros,
        under=one,
        events=one,
        squares=zeros,
        squares_under=one,
        late=np.ones(1, np.bool_),
        one=windows.one,
        logit=windows.logit,
    )


def _judged(watch: Watch, members: tuple[str, ...]) -> Flags:
    if watch.kind is Kind.RATIO:
        return np.asarray(np.arange(len(members)) == 0)
    return np.asarray([name not in watch.ignore for name in members])


def _newcomers(watch: Watch, baseline: Baseline, cells: Cells, ends: Seconds) -> dict[str, Floats]:
    """Return the share of the last hour of new members, 0 where it holds too few events."""
    if watch.kind is not Kind.SHARE or baseline.built - baseline.since < NEW_FOR_S + DAY_S:
        return {}
    names = [name for name in cells.members if name not in (*watch.ignore, OTHER) and _is_new(baseline, name)]
    return {name: _hourly_share(cells, name, ends) for name in names}


def _is_new(baseline: Baseline, name: str) -> bool:
    return baseline.first_seen.get(name, baseline.built) >= baseline.built - NEW_FOR_S


def _hourly_share(cells: Cells, name: str, ends: Seconds) -> Floats:
    at = cells.members.index(name)
    columns = np.stack([cells.amount[:, at], cells.amount.sum(axis=1), cells.events[:, at]], axis=1)
    sums = np.concatenate([np.zeros((1, 3)), np.cumsum(columns, axis=0)])
    stop = np.searchsorted(cells.start, ends - CELL_S, side="right")
    hour = sums[stop] - sums[np.maximum(stop - HOUR_S // CELL_S, 0)]
    enough = (hour[:, 1] > 0) & (hour[:, 2] >= _LEAST_EVENTS)
    return np.where(enough, hour[:, 0] / np.maximum(hour[:, 1], 1e-300), 0.0)


_LEAST_EVENTS: Final = 20
