"""What one request of the market is like at a time: which model, which work, how long."""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tokentide.gateways.simulation.curves import at
from tokentide.gateways.simulation.profiles import (
    CATEGORIES,
    PROGRAMMING_AT,
    category_shares,
    programming_at,
    steerable,
    steered,
)
from tokentide.gateways.simulation.published import COMPLETION_MEAN, PROGRAMMING_PROMPT_MEAN, PROMPT_MEAN, Knots
from tokentide.gateways.simulation.roster import Model
from tokentide.gateways.simulation.shares import TokenShares

F64 = NDArray[np.float64]

# Ours: how long prompts of other work are beside each other.
_RELATIVE: Final = np.array([1.0, 1.3, 1.25, 1.25, 0.5, 0.8, 0.8, 1.1, 1.0, 0.8, 0.5, 0.9, 0.7])
_REASONING_LONGER: Final = 2.2
# Ours: the part of answers that call tools, in programming and in other work.
_TOOLS_PROGRAMMING: Final[Knots] = (
    ("2023-11-01", 0.01), ("2024-11-03", 0.05), ("2025-05-01", 0.16), ("2025-11-30", 0.42),
)  # fmt: skip
_TOOLS_OTHER: Final[Knots] = (("2023-11-01", 0.004), ("2024-11-03", 0.015), ("2025-11-30", 0.06))
FAILED: Final = 0.024
"""Part of attempts that fail and report no completion."""


@dataclass(frozen=True, slots=True)
class Mix:
    """Latent state of the market at one time.

    Attributes:
        time_s: when, unix seconds.
        tokens: share of tokens by model and category, shape (models, categories), sums to 1.
        prompt: mean prompt tokens, shape (models, categories).
        completion: mean completion tokens of answers that succeed, shape (models,).
        tools: part of answers that call tools, shape (models, categories).
    """

    time_s: float
    tokens: F64
    prompt: F64
    completion: F64
    tools: F64

    @property
    def requests(self) -> F64:
        """Share of requests by model and category: what tokens and lengths make of it."""
        weights: F64 = self.tokens / (self.prompt + self.completion[:, None])
        shares: F64 = weights / weights.sum()
        return shares

    @property
    def length(self) -> float:
        """Mean tokens of a request."""
        return float((self.requests * (self.prompt + self.completion[:, None])).sum())

    def with_models(self, factor: F64) -> "Mix":
        """Return the mix with each model's tokens times a factor, shares made to sum to 1 again."""
        tokens = self.tokens * factor[:, None]
        return replace(self, tokens=tokens / tokens.sum())


class Market:
    """The market whose mix at any time follows the published curves.

    Args:
        models: its models.
    """

    def __init__(self, models: tuple[Model, ...]) -> None:
        self.models = models
        self._shares = TokenShares(models)
        self._steerable = steerable(models)
        self._verbose = np.array([_REASONING_LONGER if model.reasoning else 1.0 for model in models])
        self._calls = np.array([float(model.facts is None or model.facts.tool_call is True) for model in models])

    def at(self, time_s: float) -> Mix:
        """Return the mix at a time."""
        volume = self._shares.at(time_s)
        work = steered(category_shares(self.models, time_s), volume, programming_at(time_s), self._steerable)
        tokens = volume[:, None] * work
        prompt, completion = self._lengths(tokens, time_s)
        return Mix(time_s, tokens, prompt, completion, self._tools(time_s))

    def _lengths(self, tokens: F64, time_s: float) -> tuple[F64, F64]:
        """Solve the two free levels so that the means over all requests are the published ones."""
        wanted_prompt, wanted_completion = at(PROMPT_MEAN, time_s), at(COMPLETION_MEAN, time_s) / (1 - FAILED)
        programming = at(PROGRAMMING_PROMPT_MEAN, time_s)
        level, verbosity = wanted_prompt, wanted_completion
        for _ in range(60):
            prompt = _prompts(level, programming)[None, :] + np.zeros_like(tokens)
            completion = verbosity * self._verbose
            requests = tokens / (prompt + completion[:, None])
            requests /= requests.sum()
            level *= (wanted_prompt / float((requests * prompt).sum())) ** 0.7
            verbosity *= wanted_completion / float((requests @ np.ones(len(CATEGORIES))) @ completion)
        return prompt, completion

    def _tools(self, time_s: float) -> F64:
        rates = np.full(len(CATEGORIES), at(_TOOLS_OTHER, time_s))
        rates[PROGRAMMING_AT] = at(_TOOLS_PROGRAMMING, time_s)
        tools: F64 = self._calls[:, None] * rates[None, :]
        return tools


def _prompts(level: float, programming: float) -> F64:
    prompts: F64 = level * _RELATIVE
    prompts[PROGRAMMING_AT] = programming
    return prompts
