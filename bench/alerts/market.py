"""Backgrounds: weeks of one watch's cells in which nothing happens, synthetic or from the real traces."""

from dataclasses import dataclass, replace
from functools import cache

import numpy as np
from numpy.typing import NDArray

from bench.alerts import traces
from bench.alerts.noise import DAY_CELLS, autoregressive, rhythm, starts
from bench.alerts.pools import Pool, lognormal
from tokentide.schemas.alert_rules import AlertRules, Kind, Watch
from tokentide.streams.detection.cells import Cells

Floats = NDArray[np.float64]

MEMBERS = {
    "author": 12,
    "model": 24,
    "source_group": 3,
    "category": 10,
    "provider": 8,
    "billing_country": 12,
    "language": 6,
}
"""How many members each composition has in a background."""

_USUAL = {"tool_call_rate": 0.25, "error_rate": 0.02, "cancelled_rate": 0.03, "reasoning_share": 0.4}


@dataclass(frozen=True, slots=True)
class Setting:
    """What a background is drawn from.

    Attributes:
        rate: requests per second of the whole.
        design_effect: of request lengths; of real ones it is their own.
        noise: standard deviation of the slow noise of each member, in logarithms.
        tails: t4 innovations instead of normal ones.
        real: members and lengths from the traces.
    """

    rate: float
    design_effect: float
    noise: float
    tails: bool
    real: bool


def drawn_setting(rng: np.random.Generator, real: bool) -> Setting:
    """Return a gateway as one may meet it."""
    return Setting(
        rate=float(np.exp(rng.uniform(np.log(5), np.log(500)))),
        design_effect=float(rng.choice([2.0, 10.0, 50.0])),
        noise=float(rng.uniform(0.02, 0.1)),
        tails=bool(rng.integers(2)),
        real=real,
    )


def background(name: str, setting: Setting, cells: int, rng: np.random.Generator, members: int = 0) -> Cells:
    """Return so many cells of a watch in which nothing happens."""
    watch = AlertRules().watch[name]
    if watch.kind is Kind.SHARE:
        return _shares(setting, cells, members or MEMBERS[name], rng)
    if watch.kind is Kind.RATIO:
        return _ratio(name, setting, cells, rng)
    return _whole(setting, cells, rng)


def watch_of(name: str) -> Watch:
    """Return a watch with its defaults."""
    return AlertRules().watch[name]


def _volume(setting: Setting, cells: int, rng: np.random.Generator) -> Floats:
    """Return expected requests by cell: rhythm, slow noise, and what single cells scatter beyond Poisson."""
    slow = 0.08 * autoregressive(cells, rng.uniform(60, 360, 1), rng, setting.tails)
    level = rhythm(cells, np.asarray([rng.uniform(0.2, 0.5)]), rng) + slow
    return np.asarray(300 * setting.rate * np.exp(level[:, 0]) * _bursts(setting, cells, rng))


def _bursts(setting: Setting, cells: int, rng: np.random.Generator) -> Floats:
    if setting.real:
        relative = traces.azure("code" if rng.integers(2) else "conv").relative
        return rng.choice(relative, cells)
    return np.exp(0.05 * rng.standard_normal(cells))


def _shares(setting: Setting, cells: int, members: int, rng: np.random.Generator) -> Cells:
    weights = _real_weights(cells, members, rng) if setting.real else _weights(cells, members, rng)
    slow = setting.noise * autoregressive(cells, rng.uniform(60, 360, members), rng, setting.tails)
    parts = weights * np.exp(slow)
    mean = _volume(setting, cells, rng)[:, None] * parts / parts.mean(axis=0).sum()
    names = tuple(f"m{at:02d}" for at in range(members))
    return _counted(names, mean, setting, rng)


def _weights(cells: int, members: int, rng: np.random.Generator) -> Floats:
    size = (1.0 + np.arange(members)) ** -rng.uniform(0.6, 1.4)
    return np.asarray(rng.permutation(size) * np.exp(rhythm(cells, rng.uniform(0.0, 0.2, members), rng)))


def _real_weights(cells: int, members: int, rng: np.random.Generator) -> Floats:
    """Return the day of the ServeGen clients, dealt to members, repeated with small delays from day to day."""
    rates = np.repeat(traces.rates(), 2, axis=0)
    dealt = rng.integers(0, members, rates.shape[1])
    days = -(-cells // DAY_CELLS)
    late = rng.integers(-2, 3, (days, rates.shape[1]))
    turn = int(rng.integers(DAY_CELLS))
    day = np.arange(DAY_CELLS)
    parts = np.zeros((days * DAY_CELLS, members))
    for client in range(rates.shape[1]):
        at = (day[None, :] + turn + late[:, client][:, None]) % DAY_CELLS
        parts[:, dealt[client]] += rates[at, client].ravel()
    return parts[:cells] + 0.01 * rates.sum(axis=1).mean()


def _ratio(name: str, setting: Setting, cells: int, rng: np.random.Generator) -> Cells:
    usual = np.log(_USUAL[name] / (1 - _USUAL[name])) + rng.normal(0, 0.3)
    slow = setting.noise * autoregressive(cells, rng.uniform(60, 360, 1), rng, setting.tails)
    logit = usual + rhythm(cells, rng.uniform(0.0, 0.2, 1), rng) + slow
    part = 1 / (1 + np.exp(-logit))
    mean = _volume(setting, cells, rng)[:, None] * np.concatenate([part, 1 - part], axis=1)
    if name == "reasoning_share":
        return _counted(("reasoning", "rest"), mean, setting, rng)
    counts = rng.poisson(mean).astype(np.float64)
    return _cells((name, "rest"), counts, counts, counts)


def _whole(setting: Setting, cells: int, rng: np.random.Generator) -> Cells:
    made = _counted(("all",), _volume(setting, cells, rng)[:, None], setting, rng)
    slow = setting.noise * autoregressive(cells, rng.uniform(60, 360, 1), rng, setting.tails)
    factor = np.exp(slow + rhythm(cells, rng.uniform(0.0, 0.1, 1), rng))
    return replace(made, amount=made.amount * factor, amount_sq=made.amount_sq * factor**2)


def _counted(names: tuple[str, ...], mean: Floats, setting: Setting, rng: np.random.Generator) -> Cells:
    counts = rng.poisson(mean)
    amount, squares = _pool(setting, rng).draw(counts, rng)
    return _cells(names, counts.astype(np.float64), amount, squares)


def _pool(setting: Setting, rng: np.random.Generator) -> Pool:
    return _pool_of(("code", "conv", "reasoning")[rng.integers(3)] if setting.real else str(setting.design_effect))


@cache
def _pool_of(kind: str) -> Pool:
    """Return the pools of a length distribution; they are the same for every background."""
    rng = np.random.default_rng([0, len(kind)])
    if kind == "reasoning":
        return Pool.of(traces.reasoning_lengths(), rng)
    if kind in ("code", "conv"):
        return Pool.of(traces.azure(kind).lengths, rng)
    return Pool.of(lognormal(2_500, float(kind), rng), rng)


def _cells(names: tuple[str, ...], events: Floats, amount: Floats, squares: Floats) -> Cells:
    return Cells(starts(len(events)), names, events, amount, squares, np.zeros(len(events), np.bool_))
