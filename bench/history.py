"""A store that already holds an hour of traffic: facts as the worker makes them, written batch by batch.

A sample is decoded and enriched by the worker's own code; each batch then draws its facts from that sample, with
ids, hashes and times of its own, so that millions take a minute and group as the whole market would.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from tokentide.gateways.sample import Sample, bench_events
from tokentide.schemas.position import Partition, Span
from tokentide.schemas.settings import Settings
from tokentide.sinks.clickhouse.migrate import migrate
from tokentide.sinks.clickhouse.opening import open_store
from tokentide.sinks.clickhouse.store import Store
from tokentide.sinks.clickhouse.writer import Writer
from tokentide.streams.plan import RULES
from tokentide.streams.transforms.caps import DimensionCaps
from tokentide.streams.transforms.deduplicate import DuplicateWindow
from tokentide.streams.transforms.group import group
from tokentide.streams.transforms.ledger import Ledger, rollup_block
from tokentide.streams.transforms.settle import Known
from tokentide.streams.worker import settler_of

PARTITIONS: Final = 4
BATCH: Final = 15_500
"""Events of one batch, as `make bench` finds the worker to write them."""
_SAMPLE: Final = 100_000
_HOUR_MS: Final = 3_600_000
_LATEST_MS: Final = 5_000
"""An event is at most so much older than its arrival."""


@dataclass(slots=True)
class Message:
    """One record as the settler reads it."""

    offset: int
    value: bytes | None
    timestamp: int


def yesterday_noon() -> datetime:
    """Return when the hour begins: its received day is over, and its buckets are kept."""
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return today - timedelta(hours=12)


def write_hour(path: Path, events: int, sample: int = _SAMPLE) -> None:
    """Make a store at `path` that holds `events` accepted events received within one hour of yesterday."""
    begin = yesterday_noon()
    facts = sample_facts(min(sample, events), begin)
    with open_store(f"chdb://{path}") as store:
        migrate(store)
        for span, rows in batches(facts, events, begin):
            write_batch(store, span, rows)


def sample_facts(events: int, begin: datetime) -> pa.RecordBatch:
    """Return the facts the worker makes of sample traffic of one hour."""
    drawn = bench_events(Sample(events, start=begin, span=timedelta(hours=1)))
    records = [Message(offset, event.message, int((event.at_s or 0) * 1000)) for offset, event in enumerate(drawn)]
    known = Known(DuplicateWindow(events), DimensionCaps())
    return settler_of(Settings(_env_file=None)).settle(records, Span(_partition(0), 0, events), known).facts


def batches(
    facts: pa.RecordBatch, events: int, begin: datetime, size: int = BATCH
) -> Iterator[tuple[Span, pa.Table]]:
    """Yield spans of each partition in turn with their facts, `events` in all, evenly over the hour."""
    chance = np.random.default_rng(1)
    begin_ms = int(begin.timestamp() * 1000)
    for first in range(0, events, size):
        count = min(size, events - first)
        number, start = first // size % PARTITIONS, first // size // PARTITIONS * size
        received = begin_ms + (np.arange(first, first + count) * _HOUR_MS) // events
        yield Span(_partition(number), start, start + count), _drawn(facts, start, received, number, chance)


def _partition(number: int) -> Partition:
    return Partition("bench.0", "usage.events.v1", number)


def _drawn(
    facts: pa.RecordBatch, start: int, received: NDArray[np.int64], number: int, chance: np.random.Generator
) -> pa.Table:
    count = len(received)
    rows = facts.take(pa.array(chance.integers(0, facts.num_rows, count)))
    hashes = chance.integers(0, 2**63, (2, count))
    ids = [f"{a:016x}{b:016x}" for a, b in hashes.T.tolist()]
    own = {
        "event_id": pa.array(ids),
        "payload_hash": pa.array(hashes[0].astype(np.uint64)),
        "partition": pa.array(np.full(count, number)),
        "offset": pa.array(np.arange(start, start + count)),
        "batch_start": pa.array(np.full(count, start)),
        "received_at": pa.array(received),
        "event_time": pa.array((received - chance.integers(100, _LATEST_MS, count)) * 1000),
    }
    columns = [
        own[field.name].cast(field.type) if field.name in own else rows.column(field.name) for field in rows.schema
    ]
    return pa.Table.from_arrays(columns, schema=rows.schema)


def write_batch(store: Store, span: Span, facts: pa.Table) -> None:
    """Write one whole batch in the protocol's order."""
    write_facts(store, span, facts)
    times = facts.column("received_at").cast(pa.int64()).to_numpy()
    catalogue = facts.column("catalogue")[0].as_py()
    ledger = Ledger(span, len(facts), 0, 0, int(times[0]), int(times[-1]), RULES, catalogue)
    Writer(store).write_rollups(rollup_block(group(facts), ledger), span, store.boot)


def write_facts(store: Store, span: Span, facts: pa.Table) -> None:
    """Write the facts of one batch."""
    Writer(store).write_facts(facts, span, store.boot)


def in_flight(store: Store, events: int) -> tuple[Span, pa.Table]:
    """Return the batch that would follow in partition 0, received within the last second of the hour."""
    start = Writer(store).ledger_end(_partition(0)) or 0
    begin = yesterday_noon()
    last_ms = int(begin.timestamp() * 1000) + _HOUR_MS
    received = last_ms - 1000 + np.arange(events) * 1000 // events
    facts = sample_facts(min(_SAMPLE // 20, events), begin)
    chance = np.random.default_rng(start)
    return Span(_partition(0), start, start + events), _drawn(facts, start, received, 0, chance)
