"""Content labels as a classifier gives them: paths with confidences, of the sampled requests."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from tokentide.gateways.simulation.columns import Column, Columns
from tokentide.gateways.simulation.profiles import CATEGORIES, PATHS

I64 = NDArray[np.int64]

PATH_NAMES: Final = tuple(dict.fromkeys(path for category in CATEGORIES for path in PATHS[category]))
_CODES: Final = {path: code for code, path in enumerate(PATH_NAMES)}
UNSURE: Final = 0.04
"""Part of classified requests whose every label is below 0.5."""
_SECOND: Final = 0.30
_THIRD: Final = 0.08
_TIED: Final = 0.01


def labelled(events: Columns, label_rate: float, from_ms: int, random: np.random.Generator) -> Columns:
    """Return the events with labels on a random part of those from a time on.

    Args:
        events: with `category` and `time_ms`.
        label_rate: chance of each event to be classified.
        from_ms: nothing before is classified.
        random: source of chance.
    """
    rows = len(events)
    sampled = (random.random(rows) < label_rate) & (events["time_ms"] >= from_ms)
    path1 = _paths(events["category"].astype(np.int64), random)
    unsure = random.random(rows) < UNSURE
    confidence1 = np.where(unsure, 200 + random.integers(300, size=rows), 500 + random.integers(501, size=rows))
    path2 = _paths(random.integers(len(CATEGORIES), size=rows), random)
    confidence2 = (confidence1 * (0.3 + 0.65 * random.random(rows))).astype(np.int64)
    confidence2 = np.where(random.random(rows) < _TIED, confidence1, confidence2)
    has2 = sampled & (random.random(rows) < _SECOND) & (path2 != path1)
    path3 = _paths(random.integers(len(CATEGORIES), size=rows), random)
    has3 = has2 & (random.random(rows) < _THIRD / _SECOND) & (path3 != path1) & (path3 != path2)
    return events.with_columns(
        sampled=sampled,
        path1=np.where(sampled, path1, -1),
        confidence1=np.where(sampled, confidence1, -1),
        path2=np.where(has2, path2, -1),
        confidence2=np.where(has2, confidence2, -1),
        path3=np.where(has3, path3, -1),
        confidence3=np.where(has3, confidence2 // 2, -1),
    )


def _paths(category: I64, random: np.random.Generator) -> Column:
    """Return a path code for each category code."""
    draw = random.random(len(category))
    result = np.zeros(len(category), np.int64)
    for code, name in enumerate(CATEGORIES):
        own = category == code
        weights = np.array(list(PATHS[name].values()))
        codes = np.array([_CODES[path] for path in PATHS[name]])
        spot = np.searchsorted(weights.cumsum() / weights.sum(), draw[own], side="right")
        result[own] = codes[np.minimum(spot, len(codes) - 1)]
    return result
