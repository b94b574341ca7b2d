"""Where a moment stands in its week, and the shape a series has over the hours of the week.

Three shapes of growing detail: day type (working day, weekend) by 4-hour block; day type by hour; hour of the
week. The finer ones need history; which one is taken is decided by the weeks left out of its estimate.
"""

from enum import IntEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tokentide.schemas.alert_rules import CELL_S
from tokentide.streams.detection.cells import Floats, Seconds

Indices = NDArray[np.int64]

HOUR_S: Final = 3_600
DAY_S: Final = 86_400
WEEK_S: Final = 7 * DAY_S
WEEK_HOURS: Final = 168
WEEK_CELLS: Final = WEEK_S // CELL_S
_MONDAY_S: Final = 4 * DAY_S
"""1970-01-05, the first Monday."""
_BLOCK_H: Final = 4
_SATURDAY: Final = 5


class Detail(IntEnum):
    """How finely the shape of a week is told, coarsest first."""

    BLOCK = 0
    DAY_HOUR = 1
    WEEK_HOUR = 2


def hour_of_week(at: Seconds) -> Indices:
    """Return the hour since Monday 00:00 UTC, 0 to 167."""
    return np.asarray((at - _MONDAY_S) // HOUR_S % WEEK_HOURS)


def cell_of_week(at: Seconds) -> Indices:
    """Return the cell since Monday 00:00 UTC, 0 to 2015."""
    return np.asarray((at - _MONDAY_S) // CELL_S % WEEK_CELLS)


def shape_table(start: Seconds, deviations: Floats, detail: Detail) -> Floats:
    """Return the shape, [168, k]: medians of the deviations of each slot, joined by straight lines.

    Args:
        start: first second of each hour, [h].
        deviations: from the level, [h, k]; NaN where unknown.
    """
    weeks = _as_weeks(start, deviations)
    if detail is Detail.WEEK_HOUR:
        return _smoothed(middle(weeks))
    size = _BLOCK_H if detail is Detail.BLOCK else 1
    days = np.concatenate([_of_days(weeks[:, :_SATURDAY], size), _of_days(weeks[:, _SATURDAY:], size)])
    table = days.reshape(WEEK_HOURS, -1)
    return _between_centres(table) if detail is Detail.BLOCK else table


def _as_weeks(start: Seconds, values: Floats) -> Floats:
    """Return hours as [weeks, 7, 24, k], NaN where there is none."""
    week = (start - _MONDAY_S) // WEEK_S
    grid = np.full((int(week[-1] - week[0]) + 1, WEEK_HOURS, values.shape[1]), np.nan)
    grid[week - week[0], hour_of_week(start)] = values
    return grid.reshape(len(grid), 7, 24, values.shape[1])


def _of_days(days: Floats, size: int) -> Floats:
    """Return the median of each slot of `size` hours over days of one kind, repeated for every day and hour."""
    weeks, count, _, k = days.shape
    slots = np.moveaxis(days.reshape(weeks * count, 24 // size, size, k), 2, 1)
    found = middle(slots.reshape(weeks * count * size, 24 // size, k))
    return np.broadcast_to(np.repeat(found, size, axis=0), (count, 24, k))


def _between_centres(table: Floats) -> Floats:
    """Join the centres of 4-hour blocks around the week."""
    centres = np.arange(_BLOCK_H / 2 - 0.5, WEEK_HOURS, _BLOCK_H)
    values = table[::_BLOCK_H]
    hours = np.arange(WEEK_HOURS)
    columns = [np.interp(hours, centres, column, period=WEEK_HOURS) for column in values.T]
    return np.stack(columns, axis=1)


def _smoothed(days: Floats) -> Floats:
    table = days.reshape(WEEK_HOURS, -1)
    return np.asarray((np.roll(table, 1, axis=0) + 2 * table + np.roll(table, -1, axis=0)) / 4)


def by_cell(table: Floats) -> Floats:
    """Return a shape of hours, [168, k], as one of cells, [2016, k], by straight lines between mid-hours."""
    per_hour = HOUR_S // CELL_S
    at = (np.arange(WEEK_CELLS) + 0.5) / per_hour - 0.5
    low = np.floor(at).astype(np.int64)
    part = (at - low)[:, None]
    return np.asarray(table[low % WEEK_HOURS] * (1 - part) + table[(low + 1) % WEEK_HOURS] * part)


def middle(values: Floats) -> Floats:
    """Return the median over the first axis, without NaN; 0 where nothing is known."""
    if not len(values):
        return np.zeros(values.shape[1:])
    ordered = np.sort(values, axis=0)
    known = np.sum(~np.isnan(values), axis=0)
    low, high = np.maximum(known - 1, 0) // 2, known // 2
    high = np.minimum(high, np.maximum(known - 1, 0))
    picked = np.take_along_axis(ordered, low[None], 0)[0] + np.take_along_axis(ordered, high[None], 0)[0]
    return np.asarray(np.where(known > 0, picked / 2, 0.0))
