"""Weeks in which nothing happens: every page is a false one."""

from typing import Any

import numpy as np

from bench.alerts import traces
from bench.alerts.decide import over_time, pages
from bench.alerts.market import background, drawn_setting, watch_of
from bench.alerts.noise import CELL_S, START, WEEK_CELLS
from bench.alerts.rivals import distances, false_pages
from tokentide.schemas.alert import AlertEvent
from tokentide.schemas.alert_rules import WATCHABLE, Kind
from tokentide.streams.detection.cells import Cells

WARM_WEEKS = 8


def quiet_gateway(seed: int, weeks: int) -> dict[str, Any]:
    """Return what one gateway's watches said in so many quiet weeks."""
    rng = np.random.default_rng([seed, 1])
    setting = drawn_setting(rng, real=bool(seed % 2) and traces.present())
    said, curves = [], []
    for name in WATCHABLE:
        cells = background(name, setting, (WARM_WEEKS + weeks) * WEEK_CELLS, rng)
        first = START + WARM_WEEKS * WEEK_CELLS * CELL_S
        _, told = over_time(watch_of(name), cells, first, cells.end)
        if watch_of(name).kind in (Kind.SHARE, Kind.RATIO):
            curves.append(_rival_pages(name, cells, first))
        said += [event for event in told if event.kind.value in ("opened", "stepped")]
    return {
        "seed": seed,
        "weeks": weeks,
        "real": setting.real,
        "rate": round(setting.rate, 1),
        "noise": round(setting.noise, 3),
        "tails": setting.tails,
        "design_effect": setting.design_effect,
        "pages": len(list(pages(said))),
        "tickets": len(said) - len(list(pages(said))),
        "said": [_sentence(event) for event in said],
        "rivals": {name: np.sum([curve[name] for curve in curves], axis=0).tolist() for name in curves[0]},
    }


def _sentence(event: AlertEvent) -> str:
    return f"{event.urgency} by the {event.track} track, z {event.z:.1f} of {event.z_open:.1f}: {event.summary}"


def _rival_pages(name: str, cells: Cells, first: int) -> dict[str, list[int]]:
    history = cells.amount[cells.start < first].sum(axis=0)
    judged = 1 if watch_of(name).kind is Kind.RATIO else len(cells.members)
    return false_pages(distances(cells, history / history.sum(), first, judged))
