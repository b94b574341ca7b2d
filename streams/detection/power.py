"""How small a shift can be seen: what every series publishes before anything happens."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from tokentide.schemas.alert_rules import Kind, Thresholds, Watch
from tokentide.streams.detection.baseline import Baseline
from tokentide.streams.detection.gates import judged_window
from tokentide.streams.detection.series import unlink

_WORDS = {900: "15 min", 3_600: "1 h", 7_200: "2 h", 21_600: "6 h", 86_400: "24 h"}


@dataclass(frozen=True, slots=True)
class Limit:
    """The smallest lasting shift of a member that a window shows.

    Attributes:
        watch, member: the series.
        window_s: the window.
        limit_pp: percentage points (of a mean or a volume: percent).
        value: what is expected of the member (a share, a mean, an amount per cell).
        n_eff: effective number of events of the window, lower decile of the past.
        enough: whether that is enough to judge by.
        judged: whether this is the window the watch is judged in.
    """

    watch: str
    member: str
    window_s: int
    limit_pp: float
    value: float
    n_eff: float
    enough: bool
    judged: bool

    @property
    def sentence(self) -> str:
        """Return the limit in words."""
        series = f"{self.watch} {self.member}".strip()
        return f"{series}: smallest shift I can catch: {self.limit_pp:.1f} pp in {_WORDS[self.window_s]}"


def power(watch: Watch, rules: Thresholds, baseline: Baseline) -> list[Limit]:
    """Return the limits of every judged member, in every window, shortest window first."""
    return [limit for member in _judged(watch, baseline) for limit in _limits(watch, rules, baseline, member)]


def _judged(watch: Watch, baseline: Baseline) -> list[int]:
    if watch.kind is Kind.RATIO:
        return [0]
    return [at for at, name in enumerate(baseline.members) if name not in watch.ignore]


def _limits(watch: Watch, rules: Thresholds, baseline: Baseline, member: int) -> Iterator[Limit]:
    judged = judged_window(rules, baseline)
    value = unlink(np.asarray(baseline.watched.expectation.level[member]), watch.kind in (Kind.SHARE, Kind.RATIO))
    for window, scale in sorted(baseline.watched.scales.items()):
        yield Limit(
            watch=watch.name,
            member=baseline.members[member] if watch.kind in (Kind.SHARE, Kind.RATIO) else "",
            window_s=window,
            limit_pp=float(scale.limit_pp[member]),
            value=float(value),
            n_eff=scale.size,
            enough=scale.size >= rules.n_eff,
            judged=window == judged,
        )
