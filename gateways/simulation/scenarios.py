"""The scenarios by name: which market, when, and what happens in it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

import numpy as np

from tokentide.gateways.simulation.curves import DAY_S, WEEK_S, at, day_s
from tokentide.gateways.simulation.mix import Market, Mix
from tokentide.gateways.simulation.published import PROGRAMMING, VOLUME_TRILLIONS
from tokentide.gateways.simulation.retention import Retention, published_retention
from tokentide.gateways.simulation.roster import Model, roster
from tokentide.gateways.simulation.shares import FULL_FROM, FULL_TO
from tokentide.gateways.simulation.shifts import FreePromotion, Launch, Outage, PriceCut, Shift, Shifts, Whale
from tokentide.gateways.simulation.span import HOUR_S, Span, apportioned, edges
from tokentide.schemas.errors import UsageError

STUDY: Final = "state-of-ai-2025"
NOW: Final = "now"
THINNED: Final = 0.25
"""Weight of the year before the study's window: one simulated token stands for four times as many real ones."""
_FIRST: Final = "2023-11-01"
_TOOLS_KNOWN_FROM: Final = "2025-09-01"
_FROZEN: Final = "2025-11-28"
_WEEKS: Final = 8
DEFAULT_ANCHOR: Final = datetime(2026, 1, 5, tzinfo=UTC)
"""End of the short scenarios unless told otherwise, so that a run repeats."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """A market, the spans its events fall into and what happens.

    Attributes:
        name: of the scenario.
        models: the market.
        spans: in order of time, none across a calendar month.
        shifts: ground truth.
        retention: latent retention.
        labels_from_s: nothing before is classified.
        tools_from_s: nothing before says how many tools were offered.
        full_from_s: start of the window at full weight.
        real_tokens: tokens of the real market in that window; None where the market is invented.
    """

    name: str
    models: tuple[Model, ...]
    spans: tuple[Span, ...]
    shifts: Shifts
    retention: Retention
    labels_from_s: int
    tools_from_s: int
    full_from_s: int
    real_tokens: float | None


def scenario(name: str, events: int, anchor: datetime | None = None) -> Scenario:
    """Return a scenario of a number of events.

    Args:
        name: one of `NAMES`.
        events: exact number of events.
        anchor: end of the short scenarios; `DEFAULT_ANCHOR` if None.

    Raises:
        UsageError: unknown name; the message lists them.
    """
    if name == STUDY:
        return _study(events)
    if name not in _SHORT:
        raise UsageError(f"unknown scenario '{name}': use one of {', '.join(NAMES)}")
    return _short(name, events, anchor or DEFAULT_ANCHOR)


def _study(events: int) -> Scenario:
    models = roster()
    market = Market(models)
    stretches = list(edges(day_s(_FIRST), day_s(FULL_TO)))
    mixes = [market.at((start + end) / 2) for start, end in stretches]
    weights = [_study_weight(stretch, mix) for stretch, mix in zip(stretches, mixes, strict=True)]
    counts = apportioned(events, weights)
    spans = tuple(
        Span(start, end, count, mix, 0.35) for (start, end), count, mix in zip(stretches, counts, mixes, strict=True)
    )
    whale = Whale(
        day_s("2025-05-12"), day_s("2025-05-18"), ("openai/gpt-4o-mini", "google/gemini-2.0-flash-001"), 0.8
    )
    promotions = (
        FreePromotion(day_s("2025-08-28"), day_s("2025-09-11"), "x-ai/grok-code-fast-1", 1.0, 1.0),
        FreePromotion(day_s("2025-09-19"), day_s("2025-10-20"), "x-ai/grok-4-fast", 0.9, 1.0),
        FreePromotion(day_s("2025-11-19"), day_s(FULL_TO), "x-ai/grok-4.1-fast", 0.9, 1.0),
    )
    return Scenario(
        STUDY,
        models,
        spans,
        Shifts((whale, *promotions)),
        published_retention(),
        day_s(PROGRAMMING[0][0][:8] + "01"),
        day_s(_TOOLS_KNOWN_FROM),
        day_s(FULL_FROM),
        sum(_volume(start, end) for start, end in stretches if start >= day_s(FULL_FROM)),
    )


def _volume(start_s: int, end_s: int) -> float:
    """Return the real market's tokens between two times."""
    return at(VOLUME_TRILLIONS, (start_s + end_s) / 2) * 1e12 * (end_s - start_s) / WEEK_S


def _study_weight(stretch: tuple[int, int], mix: Mix) -> float:
    thinned = 1.0 if stretch[0] >= day_s(FULL_FROM) else THINNED
    return _volume(*stretch) / mix.length * thinned


Happen = Callable[[int], tuple[Shift, ...]]
"""From the start of eight weeks (unix seconds) to what happens in them."""


@dataclass(frozen=True, slots=True)
class _Short:
    """Eight weeks of a market frozen at the end of November 2025."""

    happens: Happen
    swing: float = 0.35
    wave: float = 0.0


def _nothing(start_s: int) -> tuple[Shift, ...]:
    del start_s
    return ()


def _eventful(start_s: int) -> tuple[Shift, ...]:
    return (*_price_cut(start_s), *_outage(start_s))


def _whale(start_s: int) -> tuple[Shift, ...]:
    begin = start_s + 5 * WEEK_S
    return (Whale(begin, begin + 2 * DAY_S, ("openai/gpt-4o-mini", "google/gemini-2.5-flash"), 0.9),)


def _launch(start_s: int) -> tuple[Shift, ...]:
    return (Launch(start_s + 5 * WEEK_S, "anthropic/claude-opus-4.5", 0.12, 3 * DAY_S),)


def _outage(start_s: int) -> tuple[Shift, ...]:
    begin = start_s + 6 * WEEK_S + DAY_S + 9 * HOUR_S
    return (Outage(begin, begin + 6 * HOUR_S, "anthropic", 0.95),)


def _price_cut(start_s: int) -> tuple[Shift, ...]:
    return (PriceCut(start_s + 4 * WEEK_S, "google/gemini-2.5-pro", 0.4, 1.4),)


def _free_promo(start_s: int) -> tuple[Shift, ...]:
    begin = start_s + 4 * WEEK_S
    return (FreePromotion(begin, begin + 10 * DAY_S, "x-ai/grok-4-fast", 0.95, 3.0),)


_SHORT: Final[Mapping[str, _Short]] = {
    NOW: _Short(_eventful),
    "steady": _Short(_nothing, swing=0.0),
    "seasonal": _Short(_nothing, swing=0.8, wave=0.3),
    "whale": _Short(_whale),
    "launch": _Short(_launch),
    "outage": _Short(_outage),
    "price-cut": _Short(_price_cut),
    "free-promo": _Short(_free_promo),
}
NAMES: Final = (STUDY, *_SHORT)


def _short(name: str, events: int, anchor: datetime) -> Scenario:
    kind, models = _SHORT[name], roster()
    end_s = int(anchor.timestamp())
    start_s = end_s - _WEEKS * WEEK_S
    shifts = Shifts(kind.happens(start_s))
    base = Market(models).at(day_s(_FROZEN))
    stretches = list(edges(start_s, end_s, DAY_S))
    mixes = [_shifted(base, models, shifts, (start + stop) // 2) for start, stop in stretches]
    weights = [
        (stop - start) * (1 + kind.wave * float(np.sin(2 * np.pi * (start - start_s) / (4 * WEEK_S))))
        for start, stop in stretches
    ]
    counts = apportioned(events, weights)
    spans = tuple(
        Span(start, stop, count, mix, kind.swing)
        for (start, stop), count, mix in zip(stretches, counts, mixes, strict=True)
    )
    return Scenario(name, models, spans, shifts, published_retention(), start_s, start_s, start_s, None)


def _shifted(base: Mix, models: tuple[Model, ...], shifts: Shifts, time_s: int) -> Mix:
    """Return the frozen mix with the demand that the shifts make at a time."""
    factor = np.ones(len(models))
    slugs = [model.slug for model in models]
    for cut in shifts.of(PriceCut):
        if time_s >= cut.start_s:
            factor[slugs.index(cut.model)] *= cut.demand
    for promotion in shifts.of(FreePromotion):
        if promotion.start_s <= time_s < promotion.end_s:
            factor[slugs.index(promotion.model)] *= promotion.demand
    for launch in shifts.of(Launch):
        here = slugs.index(launch.model)
        own = float(base.tokens[here].sum())
        grown = launch.share * min(1.0, max(0.0, (time_s - launch.start_s) / launch.ramp_s))
        factor[here] *= grown * (1 - own) / (own * (1 - grown))
    return replace(base.with_models(factor), time_s=base.time_s)
