"""One month of traffic as columns: time, model and work first, then people, then how each request ended."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tokentide.gateways.simulation.columns import Column, Columns, joined
from tokentide.gateways.simulation.endings import ended
from tokentide.gateways.simulation.labels import labelled
from tokentide.gateways.simulation.mix import FAILED
from tokentide.gateways.simulation.money import Till
from tokentide.gateways.simulation.people import Demand, People
from tokentide.gateways.simulation.places import country_shares
from tokentide.gateways.simulation.profiles import PROGRAMMING_AT, ROLEPLAY_AT
from tokentide.gateways.simulation.published import CACHED
from tokentide.gateways.simulation.roster import Model
from tokentide.gateways.simulation.routes import SHARES, first_provider
from tokentide.gateways.simulation.shifts import FreePromotion, Outage, PriceCut, Shifts, Whale
from tokentide.gateways.simulation.span import Span, hourly

I64 = NDArray[np.int64]

RETRIED: Final = 0.012
"""Part of events that are a second attempt."""
_SPREAD: Final = 0.9
_TOKENS_MAX: Final = 1_000_000
_COMPLETION_MAX: Final = 128_000
_ANONYMOUS: Final = 0.01
_NO_COUNTRY: Final = 0.01
_NO_LANGUAGE: Final = 0.02
_BYOK: Final = 0.03
_CACHED_SHARE: Final = np.array([1.05, 0.85, 0.5]) * CACHED
_USES_CACHE: Final = 0.9
_APPS: Final = {PROGRAMMING_AT: (0, 1), ROLEPLAY_AT: (2, 3)}


@dataclass(frozen=True, slots=True)
class Rules:
    """What holds for the traffic of a scenario.

    Attributes:
        label_rate: chance of an event to be classified.
        labels_from_s: nothing before is classified.
        tools_from_s: before, gateways do not say how many tools were offered.
        shifts: what happens.
    """

    label_rate: float
    labels_from_s: int
    tools_from_s: int
    shifts: Shifts


class Traffic:
    """Draws a market's events month by month, in order of time.

    Args:
        models: the market.
        people: its accounts.
        rules: of the scenario.
        random: source of chance.
    """

    def __init__(self, models: tuple[Model, ...], people: People, rules: Rules, random: np.random.Generator) -> None:
        self._models = models
        self._people = people
        self._rules = rules
        self._random = random
        self._till = Till(models, rules.shifts.of(PriceCut))
        self._first_provider = first_provider(models)
        self._slugs = [model.slug for model in models]
        self._free = np.array([model.free for model in models])
        self._reasons = np.array([model.reasoning for model in models])
        self._requests = 0
        self._events = 0

    def month(self, spans: Sequence[Span]) -> Columns:
        """Return the events of the spans of one calendar month."""
        events = joined([self._drawn(span) for span in spans if span.events])
        events = events.rows(np.argsort(events["time_ms"], kind="stable"))
        events = self._peopled(events, spans)
        events = self._routed(events)
        events = self._failed(events)
        outages = [(self._of_author(outage.author), outage) for outage in self._rules.shifts.of(Outage)]
        events = ended(events, self._reasons, outages, self._rules.tools_from_s * 1000, self._random)
        events = self._whales(events)
        events = events.with_columns(cost=self._till.cost(events, self._random))
        events = labelled(events, self._rules.label_rate, self._rules.labels_from_s * 1000, self._random)
        events = events.with_columns(index=np.arange(self._events, self._events + len(events)))
        self._events += len(events)
        return events

    def _drawn(self, span: Span) -> Columns:
        base = span.events - _retries(span.events)
        random, mix = self._random, span.mix
        flat = mix.requests.ravel()
        cell = np.minimum(
            np.searchsorted(flat.cumsum(), random.random(base) * flat.sum(), side="right"), len(flat) - 1
        )
        model, category = np.divmod(cell, mix.requests.shape[1])
        marks, before = hourly(span.start_s, span.end_s, span.swing)
        time_ms = (np.interp(random.random(base), before, marks) * 1000).astype(np.int64)
        completion = self._around(mix.completion[model], _COMPLETION_MAX)
        calls = random.random(base) < mix.tools[model, category]
        again = np.zeros(base, np.int64)
        again[random.choice(base, _retries(span.events), replace=False)] = 1
        return Columns({
            "time_ms": np.minimum(time_ms, span.end_s * 1000 - 6000),
            "model": model, "category": category, "prompt": self._around(mix.prompt[model, category], _TOKENS_MAX),
            "completion": completion, "tool_calls": calls.astype(np.int64), "attempt": again,
        })  # fmt: skip

    def _around(self, mean: Column, maximum: int) -> Column:
        """Return whole numbers ≥ 1, log-normally distributed about their means."""
        drawn = mean * np.exp(_SPREAD * self._random.standard_normal(len(mean)) - _SPREAD**2 / 2)
        whole: Column = np.clip(np.rint(drawn), 1, maximum).astype(np.int64)
        return whole

    def _peopled(self, events: Columns, spans: Sequence[Span]) -> Columns:
        people, random, rows = self._people, self._random, len(events)
        demand = Demand(
            spans[0].month,
            events["model"].astype(np.int64),
            events["category"].astype(np.int64),
            events.tokens,
            country_shares(float(np.mean([span.mix.time_s for span in spans]))),
        )
        account, spare = people.assign(demand)
        request = np.arange(self._requests, self._requests + rows)
        self._requests += rows
        nowhere, silent = random.random(rows) < _NO_COUNTRY, random.random(rows) < _NO_LANGUAGE
        return events.with_columns(
            request=request,
            country=np.where(nowhere, -1, people.country[account]),
            language=np.where(silent, -1, people.language[account]),
            tenant=people.tenant[account],
            account=np.where(spare & (random.random(rows) < _ANONYMOUS), -1, account),
            app=self._apps(events["category"]),
            spare=spare,
        )

    def _apps(self, category: Column) -> Column:
        app = self._random.integers(7, size=len(category))
        for kind, usual in _APPS.items():
            usually = (category == kind) & (self._random.random(len(category)) < 0.85)
            app = np.where(usually, np.array(usual)[self._random.integers(2, size=len(category))], app)
        return app

    def _routed(self, events: Columns) -> Columns:
        random, rows = self._random, len(events)
        model = events["model"].astype(np.int64)
        rank = np.searchsorted(SHARES.cumsum(), random.random(rows), side="right")
        free = random.random(rows) < self._free_part(model, events["time_ms"])
        fraction = np.clip(_CACHED_SHARE[np.minimum(rank, 2)] + 0.25 * random.standard_normal(rows), 0, 0.95)
        cached = (
            (events["prompt"] * np.where(random.random(rows) < _USES_CACHE, fraction, 0)).astype(np.int64)
            // 128
            * 128
        )
        claude = np.array([slug.startswith("anthropic/") for slug in self._slugs])[model]
        write = np.where(claude, (events["prompt"] - cached) // 256 * 128, -1)
        return events.with_columns(
            provider=self._first_provider[model] + np.minimum(rank, 2),
            free=free,
            cached=np.where(random.random(rows) < 0.05, -1, cached),
            cache_write=write,
            byok=np.where(free, 0, (random.random(rows) < _BYOK).astype(np.int64)),
        )

    def _free_part(self, model: I64, time_ms: Column) -> Column:
        part = self._free[model]
        for promotion in self._rules.shifts.of(FreePromotion):
            running = (time_ms >= promotion.start_s * 1000) & (time_ms < promotion.end_s * 1000)
            part = np.where(running & (model == self._slugs.index(promotion.model)), promotion.part, part)
        return part

    def _failed(self, events: Columns) -> Columns:
        """Let the marked attempts fail and append the attempts that make good for them, in order of time."""
        marked = events["attempt"] == 1
        other = ~marked & (self._random.random(len(events)) < FAILED - RETRIED)
        later = events.rows(marked)
        later = later.with_columns(
            attempt=np.full(len(later), 2),
            time_ms=later["time_ms"] + 500 + self._random.integers(5000, size=len(later)),
            status=np.zeros(len(later)),
        )
        first = events.with_columns(attempt=np.ones(len(events)), status=np.where(marked, 1, np.where(other, 2, 0)))
        both = joined([first, later])
        return both.rows(np.argsort(both["time_ms"], kind="stable"))

    def _of_author(self, author: str) -> Column:
        return np.array([model.author == author for model in self._models])

    def _whales(self, events: Columns) -> Columns:
        for whale in self._rules.shifts.of(Whale):
            due = (events["time_ms"] >= whale.start_s * 1000) & (events["time_ms"] < whale.end_s * 1000)
            chosen = np.isin(events["model"], [self._slugs.index(slug) for slug in whale.models])
            taken = (
                due
                & chosen
                & events["spare"]
                & (events["status"] == 0)
                & (self._random.random(len(events)) < whale.part)
            )
            events = events.with_columns(
                account=np.where(taken, WHALE_ACCOUNT, events["account"]),
                country=np.where(taken, 0, events["country"]),
                finish=np.where(taken, 2, events["finish"]),
                tool_calls=np.where(taken, np.maximum(events["tool_calls"], 1), events["tool_calls"]),
            )
        return events


WHALE_ACCOUNT: Final = 2**31 - 2
"""The account of every whale; no other account has its number."""


def _retries(events: int) -> int:
    return round(events * RETRIED)
