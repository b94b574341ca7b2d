"""What a gateway reports as cost: the price in force, cache discount, the provider's own factor."""

from collections.abc import Iterable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tokentide.gateways.simulation.columns import Column, Columns
from tokentide.gateways.simulation.roster import Model
from tokentide.gateways.simulation.shifts import PriceCut
from tokentide.schemas.catalogue.catalogue import Catalogue, load
from tokentide.schemas.catalogue.facts import Price

I64 = NDArray[np.int64]

_PROVIDER_PERCENT: Final = np.array([100, 112, 92], np.int64)
"""Ours: what a model's first, second and third provider charge, per cent of the list price."""
_UNPRICED: Final = 0.006
_DEFAULT: Final = Price(0, 100_000, 200_000, None)


class Till:
    """Prices of a market's models over time.

    A model without a known price at a time has its first known one, without any ever the default of 0.10 and
    0.20 USD per million tokens.

    Args:
        models: the market.
        cuts: price cuts of the scenario.
        catalogue: list prices.
    """

    def __init__(
        self, models: tuple[Model, ...], cuts: Iterable[PriceCut], catalogue: Catalogue | None = None
    ) -> None:
        known = catalogue or load()
        self._prices = [known.prices(model.slug) or (_DEFAULT,) for model in models]
        slugs = [model.slug for model in models]
        self._cuts = [(slugs.index(cut.model), cut) for cut in cuts]

    def cost(self, events: Columns, random: np.random.Generator) -> Column:
        """Return nano-USD of each event, -1 where the gateway reports none."""
        pico = self._pico(events)
        cost = (pico // 100 * _PROVIDER_PERCENT[self._rank(events)] + 500) // 1000
        for model, cut in self._cuts:
            due = (events["model"] == model) & (events["time_ms"] >= cut.start_s * 1000)
            cost = np.where(due, np.rint(cost * cut.factor).astype(np.int64), cost)
        cost = np.where(events["free"] | (events["status"] != 0), 0, cost)
        silent = (random.random(len(events)) < _UNPRICED) | (events["status"] == 2)
        return np.where(silent, -1, cost)

    def _pico(self, events: Columns) -> I64:
        fresh = events["prompt"].astype(np.int64) - np.maximum(events["cached"], 0)
        pico = np.zeros(len(events), np.int64)
        for model in np.unique(events["model"]):
            own = np.flatnonzero(events["model"] == model)
            rates = self._rates(int(model), events["time_ms"][own])
            parts = (fresh[own], np.maximum(events["cached"][own], 0), events["completion"][own])
            pico[own] = sum(part * rate for part, rate in zip(parts, rates, strict=True))
        return pico

    def _rates(self, model: int, time_ms: I64) -> tuple[I64, I64, I64]:
        prices = self._prices[model]
        starts = np.array([price.valid_from_ms for price in prices])
        place = np.maximum(np.searchsorted(starts, time_ms, side="right") - 1, 0)
        prompt = np.array([price.prompt_pico for price in prices], np.int64)
        cached = np.array([price.charged_cached_pico for price in prices], np.int64)
        completion = np.array([price.completion_pico for price in prices], np.int64)
        return prompt[place], cached[place], completion[place]

    @staticmethod
    def _rank(events: Columns) -> Column:
        return events["provider"].astype(np.int64) % 3
