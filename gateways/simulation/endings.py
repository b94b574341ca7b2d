"""How each request ended: outcome, finish reason, what it took."""

from collections.abc import Iterable
from typing import Final

import numpy as np

from tokentide.gateways.simulation.columns import Column, Columns
from tokentide.gateways.simulation.profiles import ROLEPLAY_AT
from tokentide.gateways.simulation.shifts import Outage

_STOP, _LENGTH, _CALLS, _FILTER, _ERROR, _CANCELLED = range(6)
_OK, _FAULT, _TIMEOUT, _LIMITED, _ABANDONED = range(5)
_CUT: Final = 0.04
_FILTERED: Final = 0.002
_FILTERED_ROLEPLAY: Final = 0.012
_ABANDON: Final = 0.006
_OFFERED_UNUSED: Final = 0.2
_STREAMED: Final = 0.7
_REASONING_KNOWN: Final = 0.9


def ended(
    events: Columns,
    reasons: Column,
    outages: Iterable[tuple[Column, Outage]],
    tools_from_ms: int,
    random: np.random.Generator,
) -> Columns:
    """Return the events with outcome, finish reason, reasoning, tools offered and speed.

    Args:
        events: `status` 0 of answers, 1 of attempts that are tried again, 2 of other failures.
        reasons: which models reason.
        outages: the models concerned, and when.
        tools_from_ms: gateways say nothing of tools offered before.
        random: source of chance.
    """
    status = _statuses(events, outages, random)
    failed = (status != _OK) & (status != _ABANDONED)
    completion = np.where(failed, 0, events["completion"])
    completion = np.where(status == _ABANDONED, completion // 2, completion)
    finish = _finishes(events, status, random)
    calls = np.where(finish == _CALLS, 1 + (3 * random.random(len(events)) ** 2).astype(np.int64), 0)
    return events.with_columns(
        status=status,
        fault=np.where(status == _OK, -1, np.minimum(status, _ABANDONED) - 1),
        finish=finish,
        completion=completion,
        reasoning=_reasoning(events["model"], completion, reasons, random),
        cached=np.where(failed & (events["cached"] >= 0), 0, events["cached"]),
        tool_calls=calls,
        tools_offered=_offered(calls, events["time_ms"] >= tools_from_ms, random),
        **_speed(completion, random),
    )


def _statuses(events: Columns, outages: Iterable[tuple[Column, Outage]], random: np.random.Generator) -> Column:
    kind = np.array([_FAULT, _TIMEOUT, _LIMITED])[random.integers(3, size=len(events))]
    status = np.where(events["status"] != 0, kind, _OK)
    status = np.where((status == _OK) & (random.random(len(events)) < _ABANDON), _ABANDONED, status)
    for models, outage in outages:
        down = (events["time_ms"] >= outage.start_s * 1000) & (events["time_ms"] < outage.end_s * 1000)
        hit = down & models[events["model"]] & (random.random(len(events)) < outage.part)
        status = np.where(hit, _FAULT, status)
    return status


def _finishes(events: Columns, status: Column, random: np.random.Generator) -> Column:
    draw = random.random(len(events))
    filtered = np.where(events["category"] == ROLEPLAY_AT, _FILTERED_ROLEPLAY, _FILTERED)
    finish = np.where(draw < _CUT, _LENGTH, _STOP)
    finish = np.where(events["tool_calls"] > 0, _CALLS, finish)
    finish = np.where(random.random(len(events)) < filtered, _FILTER, finish)
    finish = np.where(status == _ABANDONED, _CANCELLED, finish)
    return np.where((status != _OK) & (status != _ABANDONED), _ERROR, finish)


def _reasoning(model: Column, completion: Column, reasons: Column, random: np.random.Generator) -> Column:
    part = np.where(reasons[model], 0.2 + 0.6 * random.random(len(model)), 0.0)
    return np.where(random.random(len(model)) < _REASONING_KNOWN, (completion * part).astype(np.int64), -1)


def _offered(calls: Column, known: Column, random: np.random.Generator) -> Column:
    anyway = random.random(len(calls)) < _OFFERED_UNUSED
    number = np.where((calls > 0) | anyway, 1 + random.integers(20, size=len(calls)), 0)
    return np.where(known, number, -1)


def _speed(completion: Column, random: np.random.Generator) -> dict[str, Column]:
    first = np.rint(600 * np.exp(0.5 * random.standard_normal(len(completion)))).astype(np.int64)
    latency = first + completion * 1000 // (40 + random.integers(80, size=len(completion)))
    stream = random.random(len(completion)) < _STREAMED
    return {"latency": latency, "stream": stream, "ttft": np.where(stream & (completion > 0), first, -1)}
