"""Each model's share of all tokens over time: source groups first, authors next, models last."""

from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tokentide.gateways.simulation.curves import WEEK_S, at, day_s
from tokentide.gateways.simulation.published import (
    CHINESE_CLOSED,
    CHINESE_OSS,
    OSS_AUTHOR_TRILLIONS,
    ROW_OSS,
    VOLUME_TRILLIONS,
    Knots,
)
from tokentide.gateways.simulation.roster import Model

F64 = NDArray[np.float64]

FULL_FROM: Final = "2024-11-03"
FULL_TO: Final = "2025-12-01"
UNMAPPED_SHARE: Final = 0.002
"""Part of all tokens on a model the catalogue does not know."""
_OTHER_OSS_TRILLIONS: Final[Mapping[str, float]] = {"chinese-oss": 0.3, "row-oss": 1.6}
"""Ours: what OSS authors outside the ten have together."""
_RISE_WEEKS: Final = 1.2
_ROUNDS: Final = 40

# Ours: shares of closed authors within the closed models of the rest of the world.
_CLOSED: Final[Mapping[str, Knots]] = {
    "openai": (
        ("2023-11-01", 0.74), ("2024-06-01", 0.50), ("2024-11-03", 0.25), ("2025-03-01", 0.20),
        ("2025-06-01", 0.19), ("2025-09-15", 0.14), ("2025-11-30", 0.17),
    ),
    "anthropic": (
        ("2023-11-01", 0.14), ("2024-06-01", 0.34), ("2024-11-03", 0.46), ("2025-03-01", 0.43),
        ("2025-06-01", 0.38), ("2025-09-15", 0.27), ("2025-11-30", 0.31),
    ),
    "google": (
        ("2023-11-01", 0.02), ("2024-06-01", 0.10), ("2024-11-03", 0.22), ("2025-03-01", 0.30),
        ("2025-06-01", 0.36), ("2025-09-15", 0.23), ("2025-11-30", 0.24),
    ),
    "x-ai": (
        ("2024-10-21", 0.005), ("2025-06-01", 0.02), ("2025-08-25", 0.06), ("2025-09-15", 0.33),
        ("2025-11-30", 0.25),
    ),
    "": (("2023-11-01", 0.08), ("2024-06-01", 0.05), ("2025-11-30", 0.03)),
}  # fmt: skip


class TokenShares:
    """Latent shares of tokens of every model at any time.

    Args:
        models: the market.
    """

    def __init__(self, models: tuple[Model, ...]) -> None:
        self._models = models
        self._released = np.array([model.released_s for model in models])
        self._half_s = np.array([model.half_life * WEEK_S for model in models])
        self._strength = np.array([model.strength for model in models])
        self._authors = [_team(model) for model in models]
        self._weight = self._calibrated()

    def at(self, time_s: float) -> F64:
        """Return shares that sum to 1, shape (models,)."""
        return self._divided(self._pull(time_s), time_s, self._weight)

    def _pull(self, time_s: float) -> F64:
        age = np.maximum(time_s - self._released, 0.0)
        pull: F64 = self._strength * (1 - np.exp(-age / (_RISE_WEEKS * WEEK_S))) * 0.5 ** (age / self._half_s)
        return pull

    def _divided(self, pull: F64, time_s: float, weight: F64) -> F64:
        chinese, row = at(CHINESE_OSS, time_s), at(ROW_OSS, time_s)
        teams = {
            "chinese-oss": chinese,
            "row-oss": row,
            "closed/qwen": CHINESE_CLOSED,
            "unknown": UNMAPPED_SHARE,
        }
        open_weights = {group: pull * weight * self._of_group(group) for group in ("chinese-oss", "row-oss")}
        closed = 1 - sum(teams.values())
        result = np.zeros(len(pull))
        for group, own in open_weights.items():
            result += _parts(own) * teams[group]
        result += _parts(pull * self._of_team("closed/qwen")) * teams["closed/qwen"]
        result += _parts(pull * self._of_team("unknown/in-house")) * teams["unknown"]
        result += self._closed(pull, time_s) * closed
        return _parts(result)

    def _closed(self, pull: F64, time_s: float) -> F64:
        named = {author: at(knots, time_s) for author, knots in _CLOSED.items()}
        result = np.zeros(len(pull))
        for author, share in named.items():
            result += _parts(pull * self._of_team(f"closed/{author}")) * share
        return _parts(result)

    def _of_group(self, group: str) -> F64:
        return np.array([float(model.group == group) for model in self._models])

    def _of_team(self, team: str) -> F64:
        return np.array([float(name == team) for name in self._authors])

    def _calibrated(self) -> F64:
        """Return a factor per model such that OSS authors' totals over the full window stand as published."""
        weeks = np.arange(day_s(FULL_FROM), day_s(FULL_TO), WEEK_S) + WEEK_S / 2
        volume = np.array([at(VOLUME_TRILLIONS, week) for week in weeks])
        pulls = np.array([self._pull(week) for week in weeks])
        weight = np.ones(len(self._models))
        for group, other in _OTHER_OSS_TRILLIONS.items():
            inside = self._of_group(group)
            level = np.array([at(CHINESE_OSS if group == "chinese-oss" else ROW_OSS, week) for week in weeks])
            wanted = self._wanted(group, other)
            for _ in range(_ROUNDS):
                own = pulls * weight * inside
                tokens = (volume * level) @ (own / own.sum(axis=1, keepdims=True))
                weight *= self._correction(tokens, wanted)
        return weight

    def _wanted(self, group: str, other: float) -> dict[str, float]:
        teams = {name for name, model in zip(self._authors, self._models, strict=True) if model.group == group}
        totals = {team: OSS_AUTHOR_TRILLIONS.get(team.partition("/")[2], other) for team in teams}
        whole = sum(totals.values())
        return {team: total / whole for team, total in totals.items()}

    def _correction(self, tokens: F64, wanted: Mapping[str, float]) -> F64:
        factor = np.ones(len(tokens))
        for team, share in wanted.items():
            members = self._of_team(team)
            found = float(tokens @ members) / float(tokens.sum())
            factor *= np.where(members > 0, (share / found) ** 0.7, 1.0)
        return factor


def _team(model: Model) -> str:
    """Return the unit shares are set for: an author within its source group, or the small ones together."""
    if model.group == "proprietary":
        return f"closed/{model.author if model.author in {*_CLOSED, 'qwen'} else ''}"
    if model.group == "unknown":
        return "unknown/in-house"
    return f"{model.group}/{model.author if model.author in OSS_AUTHOR_TRILLIONS else ''}"


def _parts(weights: F64) -> F64:
    total = float(weights.sum())
    return weights / total if total else weights
