"""What a watch measures as series: numerators over a denominator, seen through a logit or a logarithm.

A share is a member's amount over the total (logit); a mean the amount over the events (logarithm); a volume the
amount per cell (logarithm). Windows are sums of cells, so nothing is ever a mean of shares.
"""

from dataclasses import dataclass, replace
from typing import Any, Final, Self

import numpy as np

from tokentide.schemas.alert_rules import CELL_S, Kind, Watch
from tokentide.streams.detection.cells import Cells, Flags, Floats, Seconds

_TINY: Final = 1e-300
_UNKNOWN: Final = 1e9
_EDGE: Final = 1e-9
_HALF: Final = 0.5


@dataclass(frozen=True, slots=True)
class Series:
    """Sums of t cells (or windows); [t, k], or [t, 1] where all members have it in common.

    Attributes:
        start: first second of each, [t].
        over: numerator.
        under: denominator, [t, 1].
        events: attempts of all members together, [t, 1].
        squares: sum of squares of what is drawn independently (events or accounts) in the numerator.
        squares_under: the same in the whole, [t, 1].
        late: [t]; see `Cells`.
        one: amount of one event, [1, 1]; half of it is added so that nothing is ever 0 or 1.
        logit: a share, else a positive number.
    """

    start: Seconds
    over: Floats
    under: Floats
    events: Floats
    squares: Floats
    squares_under: Floats
    late: Flags
    one: Floats
    logit: bool

    @property
    def value(self) -> Floats:
        """Return over / under with half an event added to each side: never 0, never 1."""
        half = _HALF * self.one
        return np.asarray((self.over + half) / np.maximum(self.under + (2 * half if self.logit else 0), _TINY))

    @property
    def linked(self) -> Floats:
        """Return the value seen through the link."""
        return link(self.value, self.logit)

    @property
    def error(self) -> Floats:
        """Return the sampling standard error of `linked`."""
        squares = self.squares + _HALF * self.one**2
        if not self.logit:
            return _bounded(np.sqrt(squares) / np.maximum(self.over + _HALF * self.one, _TINY))
        p = self.value
        rest = np.maximum(self.squares_under - self.squares, 0) + _HALF * self.one**2
        spread = np.sqrt((1 - p) ** 2 * squares + p**2 * rest)
        return _bounded(spread / np.maximum(self.under * p * (1 - p), _TINY))

    @property
    def size(self) -> Floats:
        """Return the effective number of events (Kish), [t]."""
        whole = self.under if self.logit else self.over
        squares = self.squares_under
        return np.asarray(whole[:, 0] ** 2 / np.maximum(squares[:, 0], _TINY))

    def cut(self, first: int, last: int) -> Self:
        """Return the cells from index `first` up to `last`."""
        parts: dict[str, Any] = {name: getattr(self, name)[first:last] for name in ("start", "late", *_SUMMED)}
        return replace(self, **parts)

    def rolled(self, values: Floats, cells: int, stride: int = 1) -> Floats:
        """Return other values of these cells summed as `windows` does."""
        return _rolled(values, cells, stride)

    def windows(self, cells: int, stride: int = 1) -> Self:
        """Return sums over `cells` in a row, every `stride`-th, the last one always among them."""
        summed = {name: _rolled(getattr(self, name), cells, stride) for name in _SUMMED}
        first = np.arange(len(self.start) - cells, -1, -stride)[::-1]
        late = _rolled(self.late[:, None].astype(np.float64), cells, stride)[:, 0] > 0
        return type(self)(start=self.start[first], late=late, one=self.one, logit=self.logit, **summed)


_SUMMED: Final = ("over", "under", "events", "squares", "squares_under")


def _bounded(error: Floats) -> Floats:
    """Return errors that can be squared: of a silent window nothing is known."""
    return np.asarray(np.minimum(error, _UNKNOWN))


def _rolled(values: Floats, cells: int, stride: int) -> Floats:
    if len(values) < cells:
        return np.zeros((0, values.shape[1]))
    sums = np.concatenate([np.zeros((1, values.shape[1])), np.cumsum(values, axis=0)])
    last = np.arange(len(values), cells - 1, -stride)[::-1]
    return np.asarray(sums[last] - sums[last - cells])


def link(value: Floats, logit: bool) -> Floats:
    """Return the logit of shares or the logarithm of positive numbers."""
    if not logit:
        return np.asarray(np.log(np.maximum(value, _TINY)))
    inside = np.clip(value, _EDGE, 1 - _EDGE)
    return np.asarray(np.log(inside / (1 - inside)))


def unlink(linked: Floats, logit: bool) -> Floats:
    """Return what `link` was given."""
    return np.asarray(1 / (1 + np.exp(-linked)) if logit else np.exp(np.clip(linked, -700, 700)))


def watched(watch: Watch, cells: Cells) -> Series:
    """Return the series a watch judges."""
    if watch.kind is Kind.VOLUME:
        return own_volume(cells)
    if watch.kind is Kind.MEAN:
        return _mean(cells)
    squares = _squares(cells)
    return Series(
        start=cells.start,
        over=cells.amount,
        under=_whole(cells.amount),
        events=_whole(cells.events),
        squares=squares,
        squares_under=_whole(squares),
        late=cells.late,
        one=_one(cells),
        logit=True,
    )


def own_volume(cells: Cells) -> Series:
    """Return the amount of each member by cell."""
    squares = _squares(cells)
    return Series(
        start=cells.start,
        over=cells.amount,
        under=np.ones((len(cells.start), 1)),
        events=_whole(cells.events),
        squares=squares,
        squares_under=squares[:, :1],
        late=cells.late,
        one=_one(cells),
        logit=False,
    )


def _mean(cells: Cells) -> Series:
    # Squared deviations from the mean, cell by cell, are what a mean scatters by.
    centred = np.maximum(cells.amount_sq - cells.amount**2 / np.maximum(cells.events, 1), 0)
    return Series(
        start=cells.start,
        over=cells.amount,
        under=cells.events,
        events=cells.events,
        squares=centred if cells.clustered_sq is None else cells.clustered_sq,
        squares_under=cells.amount_sq,
        late=cells.late,
        one=np.zeros((1, 1)),
        logit=False,
    )


def total_volume(cells: Cells) -> Series:
    """Return the amount of all members together by cell."""
    whole = Cells(
        start=cells.start,
        members=("all",),
        events=cells.events.sum(axis=1, keepdims=True),
        amount=cells.amount.sum(axis=1, keepdims=True),
        amount_sq=_squares(cells).sum(axis=1, keepdims=True),
        late=cells.late,
    )
    return own_volume(whole)


def _squares(cells: Cells) -> Floats:
    """Return squared amounts of what is drawn independently: accounts where they are known, else events."""
    if cells.clustered_sq is None:
        return cells.amount_sq
    return np.maximum(cells.clustered_sq, cells.amount_sq)


def _whole(values: Floats) -> Floats:
    return np.asarray(values.sum(axis=1, keepdims=True))


def _one(cells: Cells) -> Floats:
    """Return the amount of one event, [1, 1]."""
    events = max(float(cells.events.sum()), 1.0)
    return np.full((1, 1), float(cells.amount.sum()) / events)


def with_one(series: Series, one: Floats) -> Series:
    """Return the series with the amount of one event as the baseline knows it."""
    return replace(series, one=one)


def cells_of(window_s: int) -> int:
    """Return how many cells a window has."""
    return window_s // CELL_S
