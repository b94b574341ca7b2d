"""Known changes put into a background: members thinned, requests relabelled, accounts and members added.

A change that begins inside a cell affects the part of it that comes after.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from bench.alerts.noise import CELL_S
from tokentide.streams.detection.cells import Cells

Floats = NDArray[np.float64]


def after(cells: Cells, first: float, last: float) -> Floats:
    """Return which part of each cell lies between two seconds, [t]."""
    begin = np.maximum(cells.start, first)
    end = np.minimum(cells.start + CELL_S, last)
    return np.asarray(np.clip((end - begin) / CELL_S, 0.0, 1.0))


def thinned(cells: Cells, member: int, keep: float, part: Floats, rng: np.random.Generator) -> Cells:
    """Return cells of which a member has lost all but `keep` of its requests."""
    factor = np.ones_like(cells.events)
    factor[:, member] = _kept(cells.events[:, member], 1 - (1 - keep) * part, rng)
    return _scaled(cells, factor)


def all_thinned(cells: Cells, keep: float, part: Floats, rng: np.random.Generator) -> Cells:
    """Return cells of which every member has lost all but `keep`."""
    return _scaled(cells, _kept(cells.events, (1 - (1 - keep) * part)[:, None], rng))


def grown(cells: Cells, member: int, times: float, part: Floats) -> Cells:
    """Return cells in which a member has so many times its requests."""
    factor = np.ones_like(cells.events)
    factor[:, member] = 1 + (times - 1) * part
    return _scaled(cells, factor)


def relabelled(cells: Cells, member: int, moved: float, part: Floats, rng: np.random.Generator) -> Cells:
    """Return cells in which a part of all other members' requests goes to one member; total unchanged."""
    others = np.arange(len(cells.members)) != member
    stays = np.ones_like(cells.events)
    stays[:, others] = _kept(cells.events[:, others], (1 - moved * part)[:, None], rng)
    left = _scaled(cells, stays)
    gone = {name: getattr(cells, name) - getattr(left, name) for name in ("events", "amount", "amount_sq")}
    for name, values in gone.items():
        getattr(left, name)[:, member] += values[:, others].sum(axis=1)
    return left


def spread(cells: Cells, member: int, moved: float, part: Floats, rng: np.random.Generator) -> Cells:
    """Return cells in which a part of one member's requests goes to the others, to each by its size."""
    left = thinned(cells, member, 1 - moved, part, rng)
    others = np.arange(len(cells.members)) != member
    for name in ("events", "amount", "amount_sq"):
        before, now = getattr(cells, name), getattr(left, name)
        lost = before[:, member] - now[:, member]
        weight = now[:, others] / np.maximum(now[:, others].sum(axis=1, keepdims=True), 1e-300)
        now[:, others] += lost[:, None] * weight
    return left


def to_share(before: float, after_: float) -> float:
    """Return the factor on a member's own volume that takes its share from one value to another."""
    return after_ * (1 - before) / (before * (1 - after_))


def _kept(events: Floats, keep: Floats, rng: np.random.Generator) -> Floats:
    whole = np.rint(events).astype(np.int64)
    left = rng.binomial(whole, np.broadcast_to(keep, whole.shape))
    return np.divide(left, whole, out=np.zeros(whole.shape), where=whole > 0)


def _scaled(cells: Cells, factor: Floats) -> Cells:
    names = [
        name for name in ("events", "amount", "amount_sq", "top_account", "cost") if getattr(cells, name) is not None
    ]
    return replace(cells, **{name: getattr(cells, name) * factor for name in names})
