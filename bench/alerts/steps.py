"""Steps of known size at known moments, over a grid of gateways and over the real traces."""

from collections.abc import Iterator
from itertools import product
from typing import Any

import numpy as np

from bench.alerts import traces
from bench.alerts.decide import RULES
from bench.alerts.market import Setting
from bench.alerts.trials import Ground, rival_distances, shift_trial
from tokentide.streams.detection.gates import judged_window

RATES = (5.0, 50.0, 500.0)
EFFECTS = (2.0, 10.0, 50.0)
NOISES = (0.03, 0.1)
SIZES = (3.0, 5.0, 7.0, 10.0, 15.0, 20.0)
EDGES = ("fast", "slow", "sure")
"""Steps of exactly the size that is promised: 1.4 L in 15 minutes, 1.4 L in 2 hours, 2 L in 15 minutes."""
_HEADROOM = 1.4


def settings() -> list[Setting]:
    """Return the grid, synthetic and real in turn (of real lengths the design effect is their own)."""
    grid = product(RATES, EFFECTS, NOISES, (False, True))
    both = [Setting(*each, real) for each in grid for real in (False, True)]
    return both if traces.present() else [each for each in both if not each.real]


def fine_settings() -> list[Setting]:
    """Return gateways that promise small steps: many requests, little noise."""
    grid = product((50.0, 500.0), (2.0, 10.0), (0.02, 0.03), (False, True))
    return [Setting(*each, False) for each in grid]


def fine_ground(seed: int, setting: Setting) -> list[dict[str, Any]]:
    """Return what became of steps of every size in a background of `fine_settings`."""
    rng = np.random.default_rng([seed, 7])
    return list(_trials(Ground.of("provider", setting, rng), seed, rng, list(SIZES), rivals=False))


def step_ground(seed: int, setting: Setting) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return what one background can show, and what became of steps in it."""
    rng = np.random.default_rng([seed, 2])
    ground = Ground.of("provider", setting, rng)
    trials = list(_trials(ground, seed, rng, [*SIZES, *EDGES]))
    return _limits(seed, ground), trials


def _limits(seed: int, ground: Ground) -> dict[str, Any]:
    scales = ground.baseline.watched.scales
    largest = int(np.argmax(ground.baseline.watched.expectation.level))
    return {
        "seed": seed,
        "rate": ground.setting.rate,
        "design_effect": ground.setting.design_effect,
        "noise": ground.setting.noise,
        "tails": ground.setting.tails,
        "real": ground.setting.real,
        "judged_s": judged_window(RULES, ground.baseline),
        "limit_pp": {str(window): round(float(scale.limit_pp[largest]), 2) for window, scale in scales.items()},
        "median_limit_pp": {
            str(window): round(float(np.median(scale.limit_pp)), 2) for window, scale in scales.items()
        },
        "n_eff": {str(window): round(scale.size) for window, scale in scales.items()},
    }


def _trials(
    ground: Ground, seed: int, rng: np.random.Generator, kinds: list[float | str], rivals: bool = True
) -> Iterator[dict[str, Any]]:
    for number, second in enumerate(ground.moments(rng)):
        kind = kinds[(number + seed) % len(kinds)]
        member, points = _chosen(ground, kind, rng)
        found = shift_trial(ground, second, member, points, rng)
        if found is not None:
            found |= {"size": kind, "seed": seed, "real": ground.setting.real, "tails": ground.setting.tails}
            if rivals:
                found["rivals"] = rival_distances(ground, second, member, points, rng)
            yield found


def _chosen(ground: Ground, kind: float | str, rng: np.random.Generator) -> tuple[int, float]:
    """Return a member and a step for it: one that is promised to be seen at this size where there is one."""
    level = ground.baseline.watched.expectation.level
    share = 1 / (1 + np.exp(-level[: len(ground.cells.members)]))
    l15, l120 = (ground.baseline.watched.scales[window].limit_pp[: len(share)] for window in (900, 7_200))
    members = np.flatnonzero(share >= 0.02)
    if isinstance(kind, str):
        member = int(rng.choice(members))
        fast, slow = _HEADROOM * l15[member], _HEADROOM * l120[member]
        edges = {"fast": max(5.0, fast), "slow": max(3.0, slow), "sure": max(10.0, 2 * l15[member])}
        return member, _signed(edges[kind], share[member], rng)
    limit = l120 if kind < 5 else l15
    seen = members[_HEADROOM * limit[members] <= kind]
    member = int(rng.choice(seen if seen.size else members))
    return member, _signed(kind, share[member], rng)


def _signed(points: float, share: float, rng: np.random.Generator) -> float:
    return float(-points if 100 * share > points + 0.5 and rng.integers(2) else points)
