"""All that the past says about a watch: expectation and scales of its series, of its members and of the total."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final, Self

import numpy as np

from tokentide.schemas.alert_rules import CELL_S, WINDOWS_S, Kind, Thresholds, Watch
from tokentide.streams.detection.cells import OTHER, Cells, Floats
from tokentide.streams.detection.expectation import Expectation, Spans, learn, refresh
from tokentide.streams.detection.scale import Scale, heavy_tails, learn_scale
from tokentide.streams.detection.series import Series, own_volume, total_volume, watched, with_one
from tokentide.streams.detection.state import WatchState

REBUILD_S: Final = 3_600
"""How often the levels are due."""
RELEARN_S: Final = 86_400
"""How often shapes and scales are."""
_LEVEL_S: Final = 8 * 86_400
KEEP_S: Final = 57 * 86_400
"""How much history a baseline looks at: eight weeks and a day."""
_VOLUME_WINDOWS: Final = (900, 3_600, 7_200)


@dataclass(frozen=True, slots=True)
class Fit:
    """Expectation and scales of one series."""

    expectation: Expectation
    scales: Mapping[int, Scale]

    @classmethod
    def of(
        cls,
        cells: Series,
        breaks: tuple[int, ...],
        excluded: Spans,
        windows: tuple[int, ...],
        rules: Thresholds,
        judged: bool = True,
    ) -> Self:
        """Learn from the cells up to now; series that open no alert on their own (not `judged`) need no headroom."""
        expectation, history = learn(cells, breaks, excluded)
        long_enough = [each for each in windows if each // CELL_S * 2 <= len(cells.start)]
        level = expectation.level
        tails = heavy_tails(cells, history, level) if judged else np.ones(len(level))
        scales = {each: learn_scale(cells, history, each, level, tails, rules) for each in long_enough}
        return cls(expectation, scales)

    def refreshed(self, cells: Series, breaks: tuple[int, ...], excluded: Spans) -> Self:
        """Return the same scales around the level of now."""
        series = with_one(cells, self.expectation.one)
        return replace(self, expectation=refresh(self.expectation, series, breaks, excluded))


@dataclass(frozen=True, slots=True)
class Baseline:
    """What is normal for a watch.

    Attributes:
        members: names, k, in the order of the arrays.
        built: second its levels are of.
        learned: second its shapes and scales are of.
        since: first second of the history.
        breaks, excluded: what it was built with.
        watched: the series that are judged.
        own: the members' own volumes.
        total: their sum.
        price: cost per unit of each member in the last seven days; None if unknown.
        accounts: of each member, the part of its amount that its largest accounts make, by key; None if unknown.
        first_seen: by member.
    """

    members: tuple[str, ...]
    built: int
    learned: int
    since: int
    breaks: tuple[int, ...]
    excluded: Spans
    watched: Fit
    own: Fit
    total: Fit
    price: Floats | None
    accounts: tuple[Mapping[float, float], ...] | None
    first_seen: Mapping[str, int]

    def stale(self, state: WatchState) -> bool:
        """Tell whether the state has started anew since this was built."""
        return self.breaks != state.breaks


def baseline_for(
    watch: Watch, rules: Thresholds, cells: Cells, state: WatchState, now: int, before: Baseline | None
) -> Baseline | None:
    """Return the baseline for now: new levels every time (hourly is enough), new shapes and scales once a day.

    Args:
        watch, rules, cells, state, now: see `build_baseline`.
        before: the last one.
    """
    if before is None or before.stale(state) or now - before.learned >= RELEARN_S:
        return build_baseline(watch, rules, cells, state, now)
    week = cells.part(max(now - _LEVEL_S, before.since), now).over(before.members)
    excluded = (*state.excluded, *_open_span(state, now))
    return replace(
        before,
        built=now,
        excluded=excluded,
        watched=before.watched.refreshed(watched(watch, week), state.breaks, excluded),
        own=before.own.refreshed(own_volume(week), state.breaks, excluded),
        total=before.total.refreshed(total_volume(week), state.breaks, excluded),
    )


def build_baseline(watch: Watch, rules: Thresholds, cells: Cells, state: WatchState, now: int) -> Baseline | None:
    """Return the baseline of a watch; None while there is too little history.

    Args:
        watch: what is watched.
        rules: thresholds.
        cells: history, at most KEEP_S of it is used; members are told apart as they come (fold them first).
        state: gives breaks and spans to leave out, that of an open alert included.
        now: cells that end later are not seen.
    """
    past = cells.part(now - KEEP_S, now)
    seen = _from_first_traffic(past)
    if seen is None or seen.end - int(seen.start[0]) < rules.minimum_history.total_seconds():
        return None
    seen = _told_apart(watch, seen)
    excluded = [*state.excluded, *_open_span(state, now)]
    series = watched(watch, seen)
    volume = own_volume(seen)
    total = total_volume(seen)
    windows = _VOLUME_WINDOWS if watch.kind is Kind.VOLUME else WINDOWS_S
    return Baseline(
        members=seen.members,
        built=now,
        learned=now,
        since=int(seen.start[0]),
        breaks=state.breaks,
        excluded=tuple(excluded),
        watched=Fit.of(series, state.breaks, excluded, windows, rules),
        own=Fit.of(volume, state.breaks, excluded, _VOLUME_WINDOWS, rules, judged=False),
        total=Fit.of(total, state.breaks, excluded, _VOLUME_WINDOWS, rules),
        price=_price(seen),
        accounts=_accounts(seen),
        first_seen=_first_seen(past),
    )


def _told_apart(watch: Watch, cells: Cells) -> Cells:
    """Return the largest members of the last week and `other`, which is always there to catch what is new."""
    if watch.kind is not Kind.SHARE:
        return cells
    kept = _week(cells).folded(watch.top).members
    return cells.over(kept if OTHER in kept else (*kept, OTHER))


def _open_span(state: WatchState, now: int) -> list[tuple[int, int]]:
    alert = state.alert
    return [] if alert is None else [(alert.onset - alert.window_s, now)]


def _from_first_traffic(cells: Cells) -> Cells | None:
    busy = np.flatnonzero(cells.events.sum(axis=1) > 0)
    return cells.part(int(cells.start[busy[0]]), cells.end) if busy.size else None


def _week(cells: Cells) -> Cells:
    return cells.part(cells.end - 7 * 86_400, cells.end)


def _price(cells: Cells) -> Floats | None:
    week = _week(cells)
    return None if week.cost is None else _per_amount(week.cost, week)


def _accounts(cells: Cells) -> tuple[Mapping[float, float], ...] | None:
    """Return what the accounts that were the largest of a cell made of each member in the last week."""
    week = _week(cells)
    if week.top_account is None or week.top_key is None:
        return None
    keys, amounts = week.top_key, week.top_account
    whole = np.maximum(week.amount.sum(axis=0), 1e-300)
    sums = [account_sums(keys[:, at], amounts[:, at]) for at in range(len(week.members))]
    return tuple({key: made / float(whole[at]) for key, made in each.items()} for at, each in enumerate(sums))


def account_sums(keys: Floats, amounts: Floats) -> dict[float, float]:
    """Return the amount of each account; key 0 is none."""
    found, at = np.unique(keys, return_inverse=True)
    sums = np.bincount(at, amounts)
    return {float(key): float(made) for key, made in zip(found, sums, strict=True) if key}


def _per_amount(values: Floats, week: Cells) -> Floats:
    amount = week.amount.sum(axis=0)
    return np.asarray(np.divide(values.sum(axis=0), amount, out=np.zeros_like(amount), where=amount > 0))


def _first_seen(cells: Cells) -> dict[str, int]:
    seen = cells.events > 0
    first = seen.argmax(axis=0)
    return {name: int(cells.start[first[at]]) for at, name in enumerate(cells.members) if seen[:, at].any()}
