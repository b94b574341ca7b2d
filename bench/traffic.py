"""The messages: 739-byte events of 30 fields, and every n-th of them spoilt."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Final

from bench.options import EVENTS_PER_S
from tokentide.gateways.formats import ReplayEvent
from tokentide.gateways.sample import Sample, bench_events

Fault = Callable[[bytes], bytes]


def _replaced(old: bytes, new: bytes) -> Fault:
    return lambda message: message.replace(old, new, 1)


FAULTS: Final[tuple[Fault, ...]] = (
    lambda message: message[: len(message) // 2],
    _replaced(b'"prompt_tokens":', b'"prompt_tokens":-'),
    _replaced(b'"event_time":', b'"happened":'),
    _replaced(b'"status":"', b'"status":"un'),
    _replaced(b'"account_hash":"', b'"account_hash":"somebody@example.com '),
    _replaced(b'"reasoning_tokens":', b'"reasoning_tokens":9999999'),
)
"""Truncated, negative, a required field missing, outside a closed set, a raw identity, part larger than whole."""


def events(count: int) -> list[ReplayEvent]:
    """Return the first `count` events of the one sequence every case reads."""
    span = timedelta(seconds=count / EVENTS_PER_S)
    return list(bench_events(Sample(count, span=span)))


def spoilt(sound: list[ReplayEvent], bad_percent: float) -> Iterator[tuple[bytes, bytes]]:
    """Yield key and message of each event, `bad_percent` of them spoilt, evenly, each fault in turn."""
    every = round(100 / bad_percent) if bad_percent else 0
    for index, event in enumerate(sound, 1):
        bad = every and index % every == 0
        fault = FAULTS[index // every % len(FAULTS)] if bad else None
        yield event.key or b"", fault(event.message) if fault else event.message
