"""Traffic of five members, known changes in it, and the detector run over it tick by tick."""

from dataclasses import replace

import numpy as np

from tokentide.schemas.alert import AlertEvent
from tokentide.schemas.alert_rules import AlertRules, Watch
from tokentide.streams.detection.baseline import baseline_for
from tokentide.streams.detection.cells import Cells
from tokentide.streams.detection.machine import step
from tokentide.streams.detection.state import WatchState

START = 1_767_571_200
CELL_S = 300
DAY_CELLS = 288
WEEKS = 3
NOW = START + WEEKS * 7 * DAY_CELLS * CELL_S
RULES = AlertRules().thresholds
WATCH = AlertRules().watch["author"]
SHARES = np.asarray([0.4, 0.25, 0.2, 0.1, 0.05])
MEMBERS = ("ant", "bee", "cat", "dog", "elk")
PER_CELL = 4_000


def quiet(first: int, cells: int, seed: int, per_cell: float = PER_CELL) -> Cells:
    """Return cells with a daily rhythm, slow noise and requests of 1,000 tokens on average."""
    rng = np.random.default_rng(seed)
    start = first + CELL_S * np.arange(cells, dtype=np.int64)
    rhythm = 1 + 0.4 * np.sin(2 * np.pi * (start % 86_400) / 86_400)
    noise = np.zeros((cells, len(SHARES)))
    drawn = 0.03 * np.sqrt(1 - np.exp(-10 / 120)) * rng.standard_normal((cells, len(SHARES)))
    for at in range(1, cells):
        noise[at] = np.exp(-5 / 120) * noise[at - 1] + drawn[at]
    events = rng.poisson(per_cell * rhythm[:, None] * SHARES * np.exp(noise)).astype(np.float64)
    amount = 1_000 * events * np.exp(rng.standard_normal(events.shape) / np.sqrt(np.maximum(events, 1)))
    return Cells(start, MEMBERS, events, amount, 3_000 * amount, np.zeros(cells, np.bool_))


def times(cells: Cells, member: int, factor: float, first: int, last: int = 2**40) -> Cells:
    """Return cells of which one member has so many times its traffic between two seconds."""
    change = np.ones_like(cells.amount)
    change[(cells.start >= first) & (cells.start < last), member] = factor
    names = [name for name in ("events", "amount", "amount_sq", "cost") if getattr(cells, name) is not None]
    return replace(cells, **{name: getattr(cells, name) * change for name in names})


def run(
    cells: Cells, first: int, last: int, state: WatchState | None = None, watch: Watch = WATCH
) -> tuple[WatchState, list[AlertEvent]]:
    """Return the state and the changes of every tick between two moments, the state written and read each time."""
    state, told, baseline = state or WatchState(), [], None
    for now in range(first + CELL_S, last + 1, CELL_S):
        if baseline is None or baseline.stale(state) or now - baseline.built >= 6 * 3_600:
            baseline = baseline_for(watch, RULES, cells, state, now, baseline)
        state, changes = step(watch, RULES, WatchState.from_json(state.to_json()), cells, baseline, now)
        told += changes
    return state, told
