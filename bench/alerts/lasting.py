"""What must not stay open, and what must not page at all: a lasting step, a second one, a year of drift."""

from typing import Any

import numpy as np

from bench.alerts.decide import over_time, pages
from bench.alerts.injection import after, relabelled
from bench.alerts.market import Setting, background, watch_of
from bench.alerts.noise import WEEK_CELLS
from bench.alerts.trials import FIRST, WARM_WEEKS

DAY_S = 86_400
YEAR_WEEKS = 52


def year_of_drift(seed: int) -> dict[str, Any]:
    """Return what a member said whose share grows by 1 pp a week for 52 weeks."""
    rng = np.random.default_rng([seed, 5])
    setting = Setting(float(np.exp(rng.uniform(np.log(20), np.log(300)))), 5.0, 0.04, False, False)
    cells = background("language", setting, (WARM_WEEKS + YEAR_WEEKS) * WEEK_CELLS, rng)
    ramp = np.clip((cells.start - FIRST) / (7 * DAY_S), 0, None) / 100
    moved = relabelled(cells, 0, 1.0, np.minimum(ramp, 0.9), rng)
    _, told = over_time(watch_of("language"), moved, FIRST, moved.end, relearn_s=7 * DAY_S)
    opened = [event for event in told if event.kind.value in ("opened", "stepped")]
    longest = _longest_open_h(told)
    return {
        "seed": seed,
        "pages": len(list(pages(told))),
        "tickets": len(opened) - len(list(pages(told))),
        "longest_open_h": longest,
    }


def two_steps(seed: int) -> dict[str, Any]:
    """Return what became of a lasting 20 pp step and a second one three days later."""
    rng = np.random.default_rng([seed, 6])
    setting = Setting(float(np.exp(rng.uniform(np.log(20), np.log(300)))), 5.0, 0.04, False, False)
    cells = background("provider", setting, (WARM_WEEKS + 1) * WEEK_CELLS, rng)
    first, second = FIRST + DAY_S + int(rng.integers(DAY_S)), FIRST + 4 * DAY_S + int(rng.integers(DAY_S))
    member, other = rng.choice(len(cells.members), 2, replace=False)
    share = cells.amount[-2016:].sum(axis=0) / cells.amount[-2016:].sum()
    moved = relabelled(cells, int(member), 0.2 / (1 - share[member]), after(cells, first, np.inf), rng)
    share = moved.amount[-288:].sum(axis=0) / moved.amount[-288:].sum()
    moved = relabelled(moved, int(other), 0.2 / (1 - share[other]), after(cells, second, np.inf), rng)
    _, told = over_time(watch_of("provider"), moved, FIRST, moved.end)
    between = [event for event in told if first < event.at.timestamp() <= second]
    later = [event for event in told if event.at.timestamp() > second]
    return {
        "seed": seed,
        "first_pages": len(list(pages(between))),
        "closed_after_h": next(
            ((event.at - event.opened_at).total_seconds() / 3600 for event in between if event.kind.ends), None
        ),
        "second_pages": len(list(pages(later))),
        "drivers_right": [event.driver for event in pages([*between, *later])]
        == [cells.members[member], cells.members[other]],
        "longest_open_h": _longest_open_h(told),
    }


def _longest_open_h(told: list[Any]) -> float:
    return max(
        ((event.at - event.opened_at).total_seconds() / 3600 for event in told if event.kind.ends), default=0.0
    )
