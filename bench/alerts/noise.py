"""What moves traffic while nothing happens: daily and weekly rhythm, noise with memory, tails heavier than normal."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

CELL_S = 300
DAY_CELLS = 288
WEEK_CELLS = 2016
START = 1_767_571_200
"""2026-01-05 00:00 UTC, a Monday."""


def starts(cells: int) -> NDArray[np.int64]:
    """Return the first second of so many cells."""
    return START + CELL_S * np.arange(cells, dtype=np.int64)


def autoregressive(cells: int, memory_min: Floats, rng: np.random.Generator, tails: bool) -> Floats:
    """Return noise of unit variance, [cells, k], that forgets with the given times; innovations t4 or normal."""
    k = len(memory_min)
    keep = np.exp(-5.0 / memory_min)
    drawn = rng.standard_t(4, (cells, k)) / np.sqrt(2) if tails else rng.standard_normal((cells, k))
    drawn *= np.sqrt(1 - keep**2)
    drawn[0] /= np.sqrt(1 - keep**2)
    for at in range(1, cells):
        drawn[at] += keep * drawn[at - 1]
    return drawn


def rhythm(cells: int, size: Floats, rng: np.random.Generator) -> Floats:
    """Return a daily and weekly rhythm, [cells, k], in logarithms: two harmonics of the day, another weekend."""
    second = starts(cells)
    day = 2 * np.pi * (second % 86_400)[:, None] / 86_400
    weekend = ((second - START) // 86_400 % 7 >= 5)[:, None]
    phase, second_phase = rng.uniform(0, 2 * np.pi, (2, len(size)))
    daily = np.sin(day + phase) + 0.4 * np.sin(2 * day + second_phase)
    return np.asarray(size * (daily + weekend * rng.normal(0, 0.7, len(size))))
