"""Requests and accounts with heavy-tailed token counts, and samples drawn from them again and again."""

from dataclasses import dataclass

import numpy as np

CONTEXT = 200_000
"""No request is longer than this."""


@dataclass(frozen=True)
class Requests:
    """A finite population: the group and the tokens of each request."""

    group: np.ndarray
    tokens: np.ndarray

    @property
    def shares(self) -> np.ndarray:
        return np.bincount(self.group, self.tokens) / self.tokens.sum()


def requests(seed: int, count: int) -> Requests:
    """40 % long programming requests, 50 % shorter ones, 10 % short ones: log-normal, medians 8k, 1.8k, 1.3k."""
    rng = np.random.default_rng(seed)
    group = rng.choice(3, count, p=[0.4, 0.5, 0.1])
    logs = np.array([9.0, 7.5, 7.2])[group] + np.array([1.1, 1.0, 1.2])[group] * rng.standard_normal(count)
    return Requests(group, np.minimum(np.exp(logs).round(), CONTEXT))


def samples(seed: int, size: int, rate: float, times: int) -> tuple[np.ndarray, np.ndarray]:
    """Take every one of `size` requests with probability `rate`, `times` over: (sample, request) of each taken.

    The gaps between successes of independent trials are geometric, which saves drawing the failures.
    """
    rng = np.random.default_rng(seed)
    expected = size * times * rate
    gaps = rng.geometric(rate, int(expected + 10 * expected**0.5 + 10))
    taken = np.cumsum(gaps) - 1
    assert taken[-1] >= size * times
    taken = taken[taken < size * times]
    return taken // size, taken % size


def accounts(seed: int, times: int, count: int, share: float) -> tuple[np.ndarray, np.ndarray]:
    """Accounts of log-normal size (sigma 1.5) and tastes of their own about `share`: (part, whole) tokens."""
    rng = np.random.default_rng(seed)
    size = np.exp(10 + 1.5 * rng.standard_normal((times, count)))
    taste = rng.beta(1.5 * share, 1.5 * (1 - share), (times, count))
    return size * taste, size
