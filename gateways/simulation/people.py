"""Accounts: who adopts a model, comes back, and how much of the traffic is theirs.

Every account of a cohort's active part gets at least one request of the model in that month, so the latent
retention is the one a reader measures.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tokentide.gateways.simulation.places import language_of_country, language_shares
from tokentide.gateways.simulation.retention import CHARTED, Retention
from tokentide.gateways.simulation.roster import Model

I64 = NDArray[np.int64]
F64 = NDArray[np.float64]

TENANTS: Final = 12
_REQUESTS_EACH: Final = 4.0
_REQUESTS_EACH_CHARTED: Final = 2.5
_ALREADY_HERE: Final = 0.5
"""Part of a model's new accounts that used other models before."""
_SPREAD: Final = 1.1
_ROUNDS: Final = 8
_TASTE: Final = 0.3
"""How loosely an account keeps to its kind of work; 0 would be strictly."""


@dataclass(frozen=True, slots=True)
class Demand:
    """The requests of one month, before anyone is named.

    Attributes:
        month: YYYY-MM.
        model: index of the model, shape (n,).
        category: index of the product category, shape (n,).
        tokens: tokens of each request, shape (n,).
        countries: wanted share of tokens by country.
    """

    month: str
    model: I64
    category: I64
    tokens: I64
    countries: F64


class People:
    """All accounts of a market, growing month by month.

    Args:
        models: the market.
        retention: how cohorts come back.
        random: source of chance.
    """

    def __init__(self, models: tuple[Model, ...], retention: Retention, random: np.random.Generator) -> None:
        self._models = models
        self._retention = retention
        self._random = random
        self._languages = language_of_country().cumsum(axis=1)
        self._language_shares = language_shares()
        self.country = np.zeros(0, np.int8)
        self.language = np.zeros(0, np.int8)
        self.tenant = np.zeros(0, np.uint8)
        self._weight = np.zeros(0)
        self._taste = np.zeros(0)
        self._adopted = np.zeros((0, len(models)), bool)
        self._cohorts: list[list[tuple[str, I64]]] = [[] for _ in models]
        self._recent = np.zeros(0, np.int64)
        self.turned_away = 0

    def __len__(self) -> int:
        return len(self.country)

    def assign(self, demand: Demand) -> tuple[I64, NDArray[np.bool_]]:
        """Return the account of each request, and which requests may lose it without changing a cohort."""
        counts = np.bincount(demand.model, minlength=len(self._models))
        active = [self._active(model, int(count), demand) for model, count in enumerate(counts)]
        sizes = np.array([len(accounts) for accounts in active])
        accounts = np.concatenate(active)
        model = np.repeat(np.arange(len(sizes)), sizes)
        self._recent = np.unique(accounts)
        weight = self._raked(accounts, model, counts - sizes, demand)
        slots = np.concatenate((np.arange(len(accounts)), self._drawn(weight, model, counts - sizes)))
        return self._coupled(accounts, model, slots, demand)

    def _active(self, model: int, requests: int, demand: Demand) -> I64:
        if not requests:
            return np.zeros(0, np.int64)
        slug = self._models[model].slug
        back = self._returning(model, slug, demand.month)
        if len(back) > requests:
            self.turned_away += len(back) - requests
            back = self._random.choice(back, requests, replace=False)
        each = _REQUESTS_EACH_CHARTED if slug in CHARTED else _REQUESTS_EACH
        wanted = int(np.ceil(requests / each))
        new = min(max(wanted - len(back), int(np.ceil(wanted / 10))), requests - len(back))
        fresh = self._adopters(model, new, demand.countries)
        self._cohorts[model].append((demand.month, fresh))
        return np.concatenate((back, fresh))

    def _returning(self, model: int, slug: str, month: str) -> I64:
        parts = [np.zeros(0, np.int64)]
        for born, accounts in self._cohorts[model]:
            rate = self._retention.at(slug, born, _months(born, month))
            parts.append(accounts[self._random.random(len(accounts)) < rate])
        return np.concatenate(parts)

    def _adopters(self, model: int, wanted: int, countries: F64) -> I64:
        known = np.zeros(0, np.int64)
        if len(self._recent):
            tried = np.unique(self._recent[self._random.integers(len(self._recent), size=wanted)])
            known = tried[~self._adopted[tried, model]]
            known = self._random.permutation(known)[: round(wanted * _ALREADY_HERE)]
        born = self._born(wanted - len(known), countries)
        chosen = np.concatenate((known, born))
        self._adopted[chosen, model] = True
        return chosen

    def _born(self, number: int, countries: F64) -> I64:
        random = self._random
        country = np.searchsorted(countries.cumsum(), random.random(number) * countries.sum(), side="right")
        country = np.minimum(country, len(countries) - 1)
        language = (random.random(number)[:, None] > self._languages[country]).sum(axis=1)
        first = len(self)
        self.country = np.concatenate((self.country, country.astype(np.int8)))
        self.language = np.concatenate((self.language, np.minimum(language, 10).astype(np.int8)))
        self.tenant = np.concatenate((self.tenant, random.integers(TENANTS, size=number).astype(np.uint8)))
        self._weight = np.concatenate((self._weight, np.exp(_SPREAD * random.standard_normal(number))))
        self._taste = np.concatenate((self._taste, random.random(number)))
        self._adopted = np.concatenate((self._adopted, np.zeros((number, len(self._models)), bool)))
        return np.arange(first, first + number)

    def _raked(self, accounts: I64, model: I64, extra: I64, demand: Demand) -> F64:
        """Return weights within each model such that tokens by country and by language are the wanted ones."""
        length = _mean_by(demand.model, demand.tokens, len(self._models))
        weight = self._weight[accounts].copy()
        margins = (
            (self.country[accounts].astype(np.int64), demand.countries),
            (self.language[accounts].astype(np.int64), self._language_shares),
        )
        total = float(demand.tokens.sum())
        wanted = [
            np.maximum(share * total - np.bincount(group, length[model], len(share)), share * total * 0.05)
            for group, share in margins
        ]
        for step in range(_ROUNDS * len(margins)):
            group, goal = margins[step % 2][0], wanted[step % 2]
            volume = _within(weight, model, len(self._models)) * (extra * length)[model]
            have = np.bincount(group, volume, len(goal))
            weight *= np.clip(goal / np.maximum(have, 1e-9), 0.1, 10.0)[group]
        return _within(weight, model, len(self._models))

    def _drawn(self, weight: F64, model: I64, extra: I64) -> I64:
        """Return which (account, model) pairs the requests beyond everyone's first one go to."""
        edges = np.concatenate(([0.0], weight.cumsum()))
        last = np.searchsorted(model, np.arange(len(extra)), side="right")
        first = np.searchsorted(model, np.arange(len(extra)), side="left")
        of = np.repeat(np.arange(len(extra)), extra)
        spot = edges[first[of]] + self._random.random(len(of)) * (edges[last[of]] - edges[first[of]])
        found: I64 = np.clip(np.searchsorted(edges, spot, side="right") - 1, first[of], last[of] - 1)
        return found

    def _coupled(self, accounts: I64, model: I64, slots: I64, demand: Demand) -> tuple[I64, NDArray[np.bool_]]:
        """Give each slot a request of its model, so that accounts keep to a kind of work."""
        random = self._random
        kind = self._taste[accounts[slots]] + _TASTE * random.standard_normal(len(slots))
        work = demand.category + random.random(len(slots))
        ranked_slots = np.lexsort((kind, model[slots]))
        ranked_requests = np.lexsort((work, demand.model))
        account = np.empty(len(slots), np.int64)
        spare = np.empty(len(slots), bool)
        account[ranked_requests] = accounts[slots[ranked_slots]]
        spare[ranked_requests] = ranked_slots >= len(accounts)
        return account, spare


def _months(earlier: str, later: str) -> int:
    first, last = (int(month[:4]) * 12 + int(month[5:]) for month in (earlier, later))
    return last - first


def _mean_by(group: I64, value: I64, groups: int) -> F64:
    counts = np.bincount(group, minlength=groups)
    mean: F64 = np.bincount(group, value, groups) / np.maximum(counts, 1)
    return mean


def _within(weight: F64, group: I64, groups: int) -> F64:
    total = np.bincount(group, weight, groups)
    share: F64 = weight / np.maximum(total, 1e-300)[group]
    return share
