"""One tick of one watch, with all that is known at it."""

from dataclasses import dataclass, replace
from typing import Self

from tokentide.schemas.alert_rules import Thresholds, Watch
from tokentide.streams.detection.baseline import Baseline
from tokentide.streams.detection.view import View


@dataclass(frozen=True, slots=True)
class Tick:
    """What a decision is made on, beside the state.

    Attributes:
        watch: what is watched.
        rules: thresholds.
        baseline: what is normal.
        view: what is seen, of one or many ticks.
        at: which of them this is.
        judged: the window shifts are judged in, seconds.
    """

    watch: Watch
    rules: Thresholds
    baseline: Baseline
    view: View
    at: int
    judged: int

    @property
    def now(self) -> int:
        """Return the end of the last cell, seconds."""
        return int(self.view.ends[self.at])

    def seen_as(self, view: View, at: int) -> Self:
        """Return the same tick with another view of it."""
        return replace(self, view=view, at=at)
