"""What a series is expected to be: its level of the last seven days and its shape over the week."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from tokentide.schemas.alert_rules import CELL_S
from tokentide.streams.detection.cells import Flags, Floats, Seconds
from tokentide.streams.detection.series import Series, cells_of, link, unlink
from tokentide.streams.detection.week import (
    HOUR_S,
    WEEK_HOURS,
    WEEK_S,
    Detail,
    by_cell,
    cell_of_week,
    hour_of_week,
    middle,
    shape_table,
)

Spans = Sequence[tuple[int, int]]

LEVEL_STRIDE_H: Final = 6
"""Hours between two levels of the past; the level of now is always computed."""
_FEW_HOURS: Final = 3
_ENOUGH_WEEKS: Final = 3


@dataclass(frozen=True, slots=True)
class Expectation:
    """What is expected now.

    Attributes:
        level: linked, [k].
        shape: by cell of the week, [2016, k]; to be added to the level.
        one: see `Series`.
        trust: factor on the scale while the level rests on few hours.
    """

    level: Floats
    shape: Floats
    one: Floats
    trust: float = 1.0

    def over(self, cells: Series) -> Floats:
        """Return the expected numerator of each cell given its denominator, [t, k]."""
        return expected_over(cells, self.level[None, :] + self.shape[cell_of_week(cells.start)])


def expected_over(cells: Series, linked: Floats) -> Floats:
    """Return the expected numerator of cells whose linked value is expected to be `linked`."""
    return np.asarray(unlink(linked, cells.logit) * cells.under)


def deviations(cells: Series, expected: Floats, window_s: int, stride: int = 1) -> tuple[Series, Floats, Floats]:
    """Return windows, how far each is from what is expected (linked), and what is expected (not linked)."""
    windows = cells.windows(cells_of(window_s), stride)
    value = cells.rolled(expected, cells_of(window_s), stride) / np.maximum(windows.under, 1e-300)
    silent = windows.under <= 0
    gone = np.where(silent, 0.0, windows.linked - link(value, cells.logit))
    return windows, gone, value


@dataclass(frozen=True, slots=True)
class History:
    """Levels and left-out shapes of the past, which tell how well the expectation would have done.

    Attributes:
        level: of each cell, from the seven days before it alone, [t, k].
        shapes: by week left out, [weeks, 2016, k].
        week: which week each cell is in, [t].
        usable: cells whose residual counts, [t].
        detail: how finely the shape is told.
    """

    level: Floats
    shapes: Floats
    week: Seconds
    usable: Flags
    detail: Detail

    def linked(self, cells: Series) -> Floats:
        """Return what each cell would have been expected to be, its own week left out of the shape."""
        return np.asarray(self.level + self.shapes[self.week, cell_of_week(cells.start)])


def learn(cells: Series, breaks: Sequence[int], excluded: Spans) -> tuple[Expectation, History]:
    """Return what is expected now and what would have been expected in the past.

    Args:
        cells: the history, up to now.
        breaks: seconds from which on the level starts anew.
        excluded: spans of seconds that teach nothing.
    """
    hours = _full_hours(cells)
    ends = hours.start + HOUR_S
    linked = _taught(hours, breaks, excluded)
    weeks = ((ends[-1] - ends) // WEEK_S).astype(np.int64)
    rough = linked - _centred(linked, hours.start, breaks)
    detail = _best_detail(hours.start, rough, weeks)
    table = shape_table(hours.start, rough, detail)
    flat = linked - table[hour_of_week(hours.start)]
    anchors, levels = _trailing(flat, hours.start, breaks)
    now = _level_now(cells, flat, ends, by_cell(table), breaks)
    shapes = np.stack([by_cell(each) for each in _left_out(hours.start, rough, weeks, detail)])
    at = np.clip(np.searchsorted(anchors, cells.start, side="right") - 1, 0, len(anchors) - 1)
    week = np.clip((ends[-1] - CELL_S - cells.start) // WEEK_S, 0, len(shapes) - 1)
    history = History(levels[at], shapes, week, _usable(cells, breaks, excluded), detail)
    level, trust = now
    return Expectation(level, by_cell(table), cells.one, trust), history


def refresh(before: Expectation, cells: Series, breaks: Sequence[int], excluded: Spans) -> Expectation:
    """Return the expectation with the level of now and the shape it had.

    Args:
        before: gives the shape.
        cells: the last eight days or more.
        breaks, excluded: see `learn`.
    """
    hours = _full_hours(cells)
    ends = hours.start + HOUR_S
    linked = _taught(hours, breaks, excluded)
    flat = linked - _by_hour(before.shape)[hour_of_week(hours.start)]
    level, trust = _level_now(cells, flat, ends, before.shape, breaks)
    return replace(before, level=level, trust=trust)


def _taught(hours: Series, breaks: Sequence[int], excluded: Spans) -> Floats:
    """Return the linked values of hours, NaN where one teaches nothing."""
    ends = hours.start + HOUR_S
    taught = _outside(hours.start, ends, excluded) & ~hours.late & (hours.under[:, 0] > 0)
    taught &= ~_across(hours.start, ends, breaks)
    return np.where(taught[:, None], hours.linked, np.nan)


def _by_hour(shape: Floats) -> Floats:
    return np.asarray(shape.reshape(WEEK_HOURS, -1, shape.shape[1]).mean(axis=1))


def _full_hours(cells: Series) -> Series:
    """Return sums of the full UTC hours."""
    first = int(-cells.start[0] % HOUR_S // CELL_S)
    last = int((cells.start[-1] + CELL_S) % HOUR_S // CELL_S)
    return cells.cut(first, len(cells.start) - last).windows(HOUR_S // CELL_S, HOUR_S // CELL_S)


def _outside(start: Seconds, end: Seconds, spans: Spans) -> Flags:
    kept = np.ones(len(start), np.bool_)
    for first, last in spans:
        kept &= (end <= first) | (start >= last)
    return kept


def _across(start: Seconds, end: Seconds, breaks: Sequence[int]) -> Flags:
    inside = np.zeros(len(start), np.bool_)
    for each in breaks:
        inside |= (start < each) & (end > each)
    return inside


def _usable(cells: Series, breaks: Sequence[int], excluded: Spans) -> Flags:
    """Return the cells whose residual tells the scale: after the first week, away from breaks and alerts."""
    early = int(cells.start[0]) + (WEEK_S if cells.start[-1] - cells.start[0] > 2 * WEEK_S else 0)
    kept = _outside(cells.start, cells.start + CELL_S, excluded) & ~cells.late & (cells.start >= early)
    for each in breaks:
        kept &= (cells.start < each) | (cells.start >= each + 2 * LEVEL_STRIDE_H * HOUR_S)
    return kept


def _era(start: Seconds, breaks: Sequence[int]) -> Seconds:
    return np.searchsorted(np.asarray(sorted(breaks), np.int64), start, side="right").astype(np.int64)


def _centred(linked: Floats, start: Seconds, breaks: Sequence[int]) -> Floats:
    """Return the median of the week around each hour, never across a break."""
    era = _era(start, breaks)
    found = np.empty_like(linked)
    for first in range(0, len(linked), LEVEL_STRIDE_H):
        low = int(np.clip(first - WEEK_HOURS // 2, 0, max(0, len(linked) - WEEK_HOURS)))
        around = linked[low : low + WEEK_HOURS][era[low : low + WEEK_HOURS] == era[first]]
        found[first : first + LEVEL_STRIDE_H] = middle(around)
    return found


def _trailing(flat: Floats, start: Seconds, breaks: Sequence[int]) -> tuple[Seconds, Floats]:
    """Return seconds and the level in force from each on: the median of the week before it."""
    anchors = np.arange(0, len(start), LEVEL_STRIDE_H)
    era = _era(start, breaks)
    levels = np.stack([middle(_same_era(flat, era, max(0, at - WEEK_HOURS), at)) for at in np.maximum(anchors, 1)])
    # The first week has no week before it: it is told by itself, and does not count for the scale.
    levels[anchors < WEEK_HOURS] = middle(flat[: min(WEEK_HOURS, len(flat))])
    return start[anchors], levels


def _same_era(values: Floats, era: Seconds, low: int, high: int) -> Floats:
    at = min(high, len(era) - 1)
    kept = values[low:high][era[low:high] == era[at]]
    return kept if len(kept) else values[low : high + 1]


def _level_now(
    cells: Series, flat: Floats, ends: Seconds, shape: Floats, breaks: Sequence[int]
) -> tuple[Floats, float]:
    since = max((each for each in breaks if each < cells.start[-1] + CELL_S), default=0)
    kept = flat[(ends - HOUR_S >= since)][-WEEK_HOURS:]
    known = int(np.sum(~np.isnan(kept[:, 0]))) if kept.size else 0
    if known >= _FEW_HOURS:
        return middle(kept), _trust(known)
    part = cells.start >= since
    over, under = cells.over[part].sum(axis=0), cells.under[part].sum(axis=0)
    value = (over + 0.5 * cells.one[0]) / np.maximum(under + (cells.one[0] if cells.logit else 0), 1e-300)
    return link(value, cells.logit) - shape[cell_of_week(cells.start[part])].mean(axis=0), _trust(max(known, 1))


def _trust(hours: int) -> float:
    return float(np.sqrt(1 + LEVEL_STRIDE_H / hours)) if hours < WEEK_HOURS else 1.0


def _left_out(start: Seconds, rough: Floats, weeks: Seconds, detail: Detail) -> list[Floats]:
    """Return the shape by week left out; with one week alone there is nothing to leave out."""
    count = int(weeks.max()) + 1
    if count == 1:
        return [shape_table(start, rough, detail)]
    kept = [np.where((weeks != each)[:, None], rough, np.nan) for each in range(count)]
    return [shape_table(start, each, detail) for each in kept]


def _best_detail(start: Seconds, rough: Floats, weeks: Seconds) -> Detail:
    """Return the detail that best predicts left-out weeks; the coarsest while there are few."""
    if int(weeks.max()) + 1 < _ENOUGH_WEEKS:
        return Detail.BLOCK
    return min(Detail, key=lambda each: (_left_out_error(start, rough, weeks, each), each))


def _left_out_error(start: Seconds, rough: Floats, weeks: Seconds, detail: Detail) -> float:
    tables = np.stack(_left_out(start, rough, weeks, detail))
    gone = rough - tables[weeks, hour_of_week(start)]
    return float(np.log(np.maximum(middle(np.abs(gone)), 1e-9)).mean())
