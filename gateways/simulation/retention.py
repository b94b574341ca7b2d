"""How many of a cohort's accounts use a model again, month by month after their first."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from tokentide.gateways.simulation.published import BOOMERANGS, FOUNDATIONAL, FOUNDATIONAL_AT_5, LOSERS

_FADES: Final = 0.92
"""What a month beyond the end of a curve keeps of the month before."""

ORDINARY: Final = (0.24, 0.16, 0.12, 0.10, 0.085, 0.075, 0.068, 0.062)
LASTING: Final = (0.60, 0.52, 0.47, 0.43, FOUNDATIONAL_AT_5, 0.38, 0.365, 0.35)
POOR: Final = (0.10, 0.06, 0.04, 0.03, 0.025, 0.02, 0.018, 0.016)
_BACK: Final = 0.34
_AFTER: Final = 0.20

CHARTED: Final = frozenset({
    "anthropic/claude-sonnet-4", "google/gemini-2.5-pro", "google/gemini-2.5-flash", "openai/gpt-4o-mini",
    "meta-llama/llama-4-maverick", "google/gemini-2.0-flash-001", "deepseek/deepseek-r1",
    "deepseek/deepseek-chat-v3-0324",
})  # fmt: skip
"""The eight models whose cohorts the study draws."""


@dataclass(frozen=True, slots=True)
class Retention:
    """Latent retention of every (model, cohort).

    Attributes:
        special: curves of months 1, 2, … by (model, cohort month).
        by_model: curves of all other cohorts of a model.
    """

    special: Mapping[tuple[str, str], tuple[float, ...]]
    by_model: Mapping[str, tuple[float, ...]]

    def at(self, model: str, cohort: str, months: int) -> float:
        """Return the part of a cohort (YYYY-MM) that is active `months` ≥ 1 months after its own."""
        curve = self.special.get((model, cohort)) or self.by_model.get(model, ORDINARY)
        if months <= len(curve):
            return curve[months - 1]
        return curve[-1] * _FADES ** (months - len(curve))


def published_retention() -> Retention:
    """Return retention as the study tells it: foundational cohorts, losers, boomerangs, all others ordinary."""
    special: dict[tuple[str, str], tuple[float, ...]] = dict.fromkeys(FOUNDATIONAL, LASTING)
    special |= {(model, cohort): _boomerang(month) for model, cohort, month in BOOMERANGS}
    return Retention(special, dict.fromkeys(LOSERS, POOR))


def _boomerang(month: int) -> tuple[float, ...]:
    before, after = ORDINARY[: month - 1], ORDINARY[month:]
    return (*before, _BACK, *(max(_AFTER, value) for value in after[:1]), *after[1:])
