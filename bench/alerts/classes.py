"""Changes of every other class: outage, fall of the whole, silence, launch, promotion, one account, slow drift."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from bench.alerts import traces
from bench.alerts.decide import over_time
from bench.alerts.injection import after, all_thinned, grown, relabelled, thinned, to_share
from bench.alerts.market import Setting, background, drawn_setting, watch_of
from bench.alerts.noise import WEEK_CELLS
from bench.alerts.trials import FIRST, SLOW_S, WARM_WEEKS, Ground, told_of
from tokentide.schemas.alert import AlertClass, AlertEvent
from tokentide.streams.detection.cells import Cells

Rng = np.random.Generator
Inject = Callable[[Ground, Cells, int, Rng], tuple[Cells, str]]

DRIFT_WEEKS = 4
_DRIFT_PP_PER_WEEK = 2.0


def _shares(ground: Ground) -> np.ndarray:
    return 1 / (1 + np.exp(-ground.baseline.watched.expectation.level))


def _notable(ground: Ground, least: float, rng: Rng) -> int:
    known = _shares(ground)[: len(ground.cells.members)]
    return int(rng.choice(np.flatnonzero(known >= min(least, np.sort(known)[-2]))))


def _enough(ground: Ground, member: int) -> float:
    """Return how many times its volume takes a member up by 10 pp, or by what can be seen, at most to 80 %."""
    limit = float(ground.baseline.watched.scales[900].limit_pp[member]) / 100
    share = float(_shares(ground)[member])
    return max(2.0, to_share(share, min(share + max(0.1, 1.5 * limit), 0.8)))


def _outage(ground: Ground, cells: Cells, second: int, rng: Rng) -> tuple[Cells, str]:
    member = _notable(ground, 0.02, rng)
    return thinned(cells, member, 0.02, after(cells, second, np.inf), rng), cells.members[member]


def _volume_drop(ground: Ground, cells: Cells, second: int, rng: Rng) -> tuple[Cells, str]:
    return all_thinned(cells, 0.3, after(cells, second, np.inf), rng), ""


def _no_data(ground: Ground, cells: Cells, second: int, rng: Rng) -> tuple[Cells, str]:
    return all_thinned(cells, 0.0, after(cells, second, np.inf), rng), ""


def _new_member(ground: Ground, cells: Cells, second: int, rng: Rng) -> tuple[Cells, str]:
    wider = cells.over((*cells.members, "launched"))
    share = rng.uniform(0.06, 0.2)
    return relabelled(wider, len(cells.members), share, after(cells, second, np.inf), rng), "launched"


def _promotion(ground: Ground, cells: Cells, second: int, rng: Rng) -> tuple[Cells, str]:
    member = _notable(ground, 0.05, rng)
    part = after(cells, second, np.inf)
    more = grown(cells, member, _enough(ground, member), part)
    cost = np.array(more.cost)
    cost[:, member] *= 1 - 0.6 * part
    return replace(more, cost=cost), cells.members[member]


def _whale(ground: Ground, cells: Cells, second: int, rng: Rng) -> tuple[Cells, str]:
    member = _notable(ground, 0.05, rng)
    more = grown(cells, member, _enough(ground, member), after(cells, second, np.inf))
    part = after(cells, second, np.inf)
    top, key = np.array(cells.top_account), np.array(cells.top_key)
    top[:, member] += 0.9 * (more.amount - cells.amount)[:, member]
    key[:, member] = np.where(part > 0, 7.0, key[:, member])
    return replace(more, top_account=top, top_key=key), cells.members[member]


_OF_CLASS: dict[AlertClass, tuple[str, Inject]] = {
    AlertClass.OUTAGE: ("provider", _outage),
    AlertClass.VOLUME_DROP: ("total_volume", _volume_drop),
    AlertClass.NO_DATA: ("total_volume", _no_data),
    AlertClass.NEW_MEMBER: ("author", _new_member),
    AlertClass.PROMOTION: ("model", _promotion),
    AlertClass.WHALE: ("author", _whale),
}


def class_trials(seed: int, most: int) -> Iterator[dict[str, Any]]:
    """Yield what became of changes of each class, `most` of each, on one gateway."""
    for number, (kind, (name, inject)) in enumerate(_OF_CLASS.items()):
        rng = np.random.default_rng([seed, 3, number])
        ground = _ground(name, rng, bool(seed % 2) and traces.present())
        for second in list(ground.moments(rng))[:most]:
            baseline = ground.known_at(second)
            cells, member = inject(ground, ground.around_moment(second, SLOW_S), second, rng)
            yield _result(kind, member, second, told_of(ground.watch, baseline, cells, second, SLOW_S))


def _ground(name: str, rng: Rng, real: bool) -> Ground:
    drawn = drawn_setting(rng, real)
    setting = replace(drawn, rate=max(drawn.rate, 20.0), design_effect=min(drawn.design_effect, 10.0))
    cells = background(name, setting, (WARM_WEEKS + 2) * WEEK_CELLS, rng)
    if name in ("model", "author"):
        price = rng.uniform(0.2, 15.0, len(cells.members))
        account = rng.uniform(0.02, 0.2, cells.amount.shape)
        key = rng.integers(1, 6, cells.amount.shape).astype(np.float64)
        cells = replace(cells, cost=cells.amount * price, top_account=cells.amount * account, top_key=key)
    return Ground.around(name, setting, cells)


def _result(kind: AlertClass, member: str, second: int, told: list[AlertEvent]) -> dict[str, Any]:
    first = told[0] if told else None
    return {
        "class": kind.value,
        "told": None if first is None else first.alert_class.value,
        "delay_s": None if first is None else first.at.timestamp() - second,
        "driver_right": None if first is None else first.driver == member,
        "early": first is not None and first.at.timestamp() <= second,
    }


def drift_trials(seed: int, most: int) -> Iterator[dict[str, Any]]:
    """Yield what became of members whose share moves 2 pp a week for four weeks."""
    rng = np.random.default_rng([seed, 4])
    rate = float(np.exp(rng.uniform(np.log(20), np.log(500))))
    setting = Setting(rate, 10.0, float(rng.uniform(0.02, 0.08)), False, False)
    cells = background("author", setting, (WARM_WEEKS + DRIFT_WEEKS) * WEEK_CELLS, rng)
    ground = Ground.around("author", setting, cells)
    for _ in range(most):
        member = _notable(ground, 0.02, rng)
        ramp = np.clip((cells.start - FIRST) / (7 * 86_400), 0, None) * _DRIFT_PP_PER_WEEK / 100
        moved = relabelled(cells, member, 1.0, ramp / (1 - _shares(ground)[member]), rng)
        _, told = over_time(watch_of("author"), moved, FIRST, moved.end, ground.baseline)
        drift = next((each for each in told if each.alert_class is AlertClass.SLOW_DRIFT), None)
        opened = [each for each in told if each.kind.value in ("opened", "stepped")]
        yield {
            "class": "slow_drift",
            "told": None if drift is None else "slow_drift",
            "delay_s": None if drift is None else drift.at.timestamp() - FIRST,
            "driver_right": None if drift is None else drift.driver == cells.members[member],
            "early": False,
            "pages": sum(each.urgency.value == "page" for each in opened),
        }
