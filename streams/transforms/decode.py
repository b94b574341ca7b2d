"""Record values to columns of accepted events, and a refusal for every other message.

Fast for the many and exact for each: every message is proven alone to be one JSON object, then those of one shape
are parsed together; a message that spoils the parse, or that a column check marks, is read alone by the model,
which alone refuses. So no message can touch another, and both paths accept the same messages with the same values.
"""

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from tokentide.schemas.refusal import EventRefusedError, Refusal
from tokentide.schemas.usage_event import UsageEvent
from tokentide.streams.transforms.acceptance import Acceptance, time_refusals
from tokentide.streams.transforms.canonical import canonical
from tokentide.streams.transforms.columnar import SPOILT, parse
from tokentide.streams.transforms.event_batch import event_batch
from tokentide.streams.transforms.parse_schema import Shape
from tokentide.streams.transforms.prescan import Parsed, prescan

BLOCK: Final = 2048
"""Messages parsed together."""
SLICE: Final = 64
"""Messages read alone between two pauses: about 3 ms."""

Rows = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Decoded:
    """What became of a sequence of messages.

    Attributes:
        events: the accepted ones in order, in EVENT_SCHEMA, n rows.
        rows: index of each accepted row in the sequence, ascending, shape (n,).
        refusals: one for every other message, by index.
    """

    events: pa.RecordBatch
    rows: Rows
    refusals: list[Refusal]


@dataclass(slots=True)
class _Found:
    """Batches of accepted events with their rows, and refusals, as they are found."""

    batches: list[pa.RecordBatch] = field(default_factory=list)
    rows: list[Rows] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)


def decode(values: Sequence[bytes | None], timestamps_ms: npt.NDArray[np.int64], rules: Acceptance) -> Decoded:
    """Decode messages; `timestamps_ms` holds their records' Kafka timestamps, shape (len(values),)."""
    steps = decode_steps(values, timestamps_ms, rules)
    while True:
        try:
            next(steps)
        except StopIteration as done:
            decoded: Decoded = done.value
            return decoded


def decode_steps(
    values: Sequence[bytes | None], timestamps_ms: npt.NDArray[np.int64], rules: Acceptance
) -> Generator[None, None, Decoded]:
    """Decode as `decode` does, pausing where an event loop may turn: every few milliseconds of Python."""
    by_shape: dict[Shape, Parsed] = {}
    suspects: list[int] = []
    yield from _parse_all(values, by_shape, suspects)
    found = _Found()
    for parsed in by_shape.values():
        suspects += parsed.suspects
        suspects += _accept_columns(parsed, found)
        yield
    yield from _read_alone(values, sorted(suspects), found)
    return _within_time(*_in_order(found), found.refusals, timestamps_ms, rules)


def _parse_all(values: Sequence[bytes | None], by_shape: dict[Shape, Parsed], suspects: list[int]) -> Iterator[None]:
    spoilt = False
    for start in range(0, len(values), BLOCK):
        groups, others = prescan(values, start, min(start + BLOCK, len(values)))
        suspects += others
        wary, spoilt = spoilt, False
        for shape, group in groups.items():
            spoilt |= parse(group, shape, by_shape.setdefault(shape, Parsed()), wary)
        yield


def _accept_columns(parsed: Parsed, found: _Found) -> list[int]:
    """Keep the rows that no check marks; return the indexes of the others."""
    if not parsed.tables:
        return []
    rows = np.array(parsed.rows, np.int64)
    try:
        events, doubt = canonical(pa.concat_tables(parsed.tables))
    except SPOILT:
        return parsed.rows
    if doubt.any():
        events = events.filter(pa.array(~doubt))
    if events.num_rows:
        found.batches.append(events)
        found.rows.append(rows[~doubt])
    marked: list[int] = rows[doubt].tolist()
    return marked


def _read_alone(values: Sequence[bytes | None], suspects: list[int], found: _Found) -> Iterator[None]:
    events, rows = [], []
    for nth, index in enumerate(suspects, 1):
        try:
            events.append(UsageEvent.from_message(values[index]))
            rows.append(index)
        except EventRefusedError as refused:
            found.refusals.append(refused.at(index))
        if nth % SLICE == 0:
            yield
    if events or not found.batches:
        found.batches.append(event_batch(events))
        found.rows.append(np.array(rows, np.int64))


def _in_order(found: _Found) -> tuple[pa.RecordBatch, Rows]:
    rows = np.concatenate(found.rows)
    if len(found.batches) == 1 and (np.diff(rows) > 0).all():
        return found.batches[0], rows
    order = np.argsort(rows, kind="stable")
    table = pa.Table.from_batches(found.batches)
    return table.combine_chunks().take(pa.array(order)).to_batches()[0], rows[order]


def _within_time(
    events: pa.RecordBatch,
    rows: Rows,
    refusals: list[Refusal],
    timestamps_ms: npt.NDArray[np.int64],
    rules: Acceptance,
) -> Decoded:
    times = events.column("event_time").cast(pa.int64()).to_numpy()
    late = time_refusals(times, timestamps_ms[rows], rows, rules)
    if late:
        kept = ~np.isin(rows, [refusal.index for refusal in late])
        events, rows = events.filter(pa.array(kept)), rows[kept]
    return Decoded(events, rows, sorted([*refusals, *late], key=lambda refusal: refusal.index))
