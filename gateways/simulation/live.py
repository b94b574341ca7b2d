"""A simulated market that goes on: eight weeks that grow up to the present, then events at their time."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

from tokentide.gateways.formats import ReplayEvent
from tokentide.gateways.simulation.curves import DAY_S
from tokentide.gateways.simulation.encode import Encoder
from tokentide.gateways.simulation.scenarios import NOW, scenario
from tokentide.gateways.simulation.simulate import Order, Simulation
from tokentide.gateways.simulation.span import Span, apportioned

_LINES: Final = 2000
_STEPS: Final = 60


@dataclass(frozen=True, slots=True)
class LiveOrder:
    """What market is wanted.

    Attributes:
        past: how many events lie before `now`, roughly.
        rate: events a second from then on.
        now: the present.
        seed: of chance.
        ahead_s: how far it goes beyond the present.
    """

    past: int
    rate: float
    now: datetime
    seed: int = 1
    ahead_s: int = DAY_S


class LiveMarket:
    """Events in order of time, cut at the present.

    Args:
        order: what market.
    """

    def __init__(self, order: LiveOrder) -> None:
        self._now_s = order.now.timestamp()
        end = datetime.fromtimestamp(int(self._now_s) + order.ahead_s, UTC)
        ahead = max(1, round(order.rate * order.ahead_s))
        total = order.past + ahead
        drawn = Order(NOW, total, order.seed, anchor=end)
        market = scenario(NOW, total, end)
        spans = grown(market.spans, self._now_s, order.past, ahead)
        self._simulation = Simulation(drawn, replace(market, spans=spans))
        self._encoder = Encoder(drawn.run, self._simulation.scenario.models, drawn.label_rate)
        self._source = self._events()
        self._next: ReplayEvent | None = None

    def past(self) -> Iterator[ReplayEvent]:
        """Yield the events up to the present; only once, and before `future`."""
        for event in self._source:
            if event.at_s is not None and event.at_s > self._now_s:
                self._next = event
                return
            yield event

    def future(self) -> Iterator[ReplayEvent]:
        """Yield those after it."""
        if self._next is not None:
            yield self._next
        yield from self._source

    def _events(self) -> Iterator[ReplayEvent]:
        for month in self._simulation.months():
            for first in range(0, len(month), _LINES):
                part = month.rows(slice(first, first + _LINES))
                lines = self._encoder.lines(part)
                for line, time_ms in zip(lines, part["time_ms"].tolist(), strict=True):
                    message = line.rstrip("\n").encode()
                    # ids are written by the encoder, first in the line and without quotes in them
                    yield ReplayEvent(message[13 : message.index(b'"', 13)], message, time_ms / 1000)


def grown(spans: tuple[Span, ...], now_s: float, past: int, ahead: int) -> tuple[Span, ...]:
    """Return spans whose traffic grows evenly by the day, up to the rate that follows the present.

    Args:
        spans: in order of time.
        now_s: the present.
        past: events before it.
        ahead: events after it.
    """
    end_s = spans[-1].end_s
    rate = ahead / (end_s - now_s)
    weights = _weights(spans, now_s, rate, past)
    counts = apportioned(past + ahead, weights)
    return tuple(replace(span, events=count) for span, count in zip(spans, counts, strict=True))


def _weights(spans: tuple[Span, ...], now_s: float, rate: float, past: int) -> list[float]:
    """Return expected events per span; the growth is found by bisection, none where there is too much past."""
    low, high = 0.0, 2.0
    for _ in range(_STEPS):
        middle = (low + high) / 2
        low, high = (
            (middle, high) if sum(_before(span, now_s, rate, middle) for span in spans) > past else (low, middle)
        )
    return [
        _before(span, now_s, rate, low) + rate * max(0.0, span.end_s - max(span.start_s, now_s)) for span in spans
    ]


def _before(span: Span, now_s: float, rate: float, growth: float) -> float:
    """Return the events of a span before the present, where a day earlier has exp(-growth) times as many."""
    end_s = min(span.end_s, now_s)
    if end_s <= span.start_s:
        return 0.0
    age_days = (now_s - (span.start_s + end_s) / 2) / DAY_S
    return rate * (end_s - span.start_s) * math.exp(-growth * age_days)
