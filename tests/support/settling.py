"""Batches settled as a worker does, without Kafka: decide, write, read back, remember."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
from support.stored_facts import TODAY_MS

from tokentide.schemas.position import Partition, Span
from tokentide.schemas.settings import load_settings
from tokentide.sinks.clickhouse.writer import Writer
from tokentide.streams.transforms.caps import DimensionCaps
from tokentide.streams.transforms.deduplicate import DuplicateWindow
from tokentide.streams.transforms.settle import Known, Settled
from tokentide.streams.worker import settler_of

HERE = Partition("cluster.1", "usage.events.v1", 0)


@dataclass(frozen=True)
class Record:
    """A message at its place in the log."""

    offset: int
    value: bytes | None
    timestamp: int = TODAY_MS


@dataclass
class Bench:
    """One partition's loop without its group: `memory` is what it remembers, `start` where it stands."""

    where: Partition = HERE
    window: int = 1_000_000
    changes: dict[str, Any] = field(default_factory=dict)
    start: int = 0

    def __post_init__(self) -> None:
        self.settler = settler_of(load_settings(**self.changes))
        self.memory = self.blank()

    def blank(self) -> Known:
        """Return the memory of a partition that has seen nothing."""
        return Known(DuplicateWindow(self.window), DimensionCaps())

    def records(self, values: Sequence[bytes | None], *, step_ms: int = 0) -> list[Record]:
        """Place messages in the log from `start` on, `step_ms` apart."""
        places = enumerate(values, self.start)
        return [Record(offset, value, TODAY_MS + offset * step_ms) for offset, value in places]

    def span(self, records: Sequence[Record]) -> Span:
        """Return the offsets that records settle."""
        return Span(self.where, records[0].offset, records[-1].offset + 1)

    def decide(self, records: Sequence[Record]) -> Settled:
        """Decide a batch and remember it, as if it had been written."""
        settled = self.settler.settle(records, self.span(records), self.memory)
        self.memory.learn(settled, settled.facts)
        self.start = records[-1].offset + 1
        return settled

    def write(self, writer: Writer, records: Sequence[Record]) -> tuple[Settled, pa.Table]:
        """Decide and write a batch; return it with its facts as read back."""
        span, settled = self.span(records), self.decide(records)
        writer.write_facts(settled.facts, span, writer.boot)
        stored = writer.facts_of(span)
        writer.write_rollups(settled.rollups_of(stored), span, writer.boot)
        return settled, stored


def plain(facts: pa.RecordBatch | pa.Table) -> list[dict[str, Any]]:
    """Return facts as rows with integers for times: `received_at` in ms, `event_time` in µs."""
    table = facts if isinstance(facts, pa.Table) else pa.Table.from_batches([facts])
    for name in ("received_at", "event_time"):
        at = table.schema.get_field_index(name)
        table = table.set_column(at, name, table.column(name).cast(pa.int64()))
    rows: list[dict[str, Any]] = table.to_pylist()
    return rows
