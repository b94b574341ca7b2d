"""Rows of `usage_watermarks`: what the owner of a partition observed, one insert for all of a log."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Protocol

import pyarrow as pa

from tokentide.sinks.clickhouse.epochs import TopicLog
from tokentide.sinks.clickhouse.store import Store

_STAMP: Final = pa.timestamp("ms", "UTC")
_SCHEMA: Final = pa.schema(
    [
        pa.field("epoch", pa.string(), nullable=False),
        pa.field("topic", pa.string(), nullable=False),
        pa.field("partition", pa.uint32(), nullable=False),
        pa.field("confirmed", pa.uint64(), nullable=False),
        pa.field("end_offset", pa.uint64(), nullable=False),
        pa.field("append_time", _STAMP, nullable=False),
        pa.field("observed_at", _STAMP, nullable=False),
    ]
)
_NEVER_MS: Final = 4_102_444_800_000
"""2100: of a log that has ended nothing comes before that."""


class Observed(Protocol):
    """One partition: everything appended before `append_ms` was settled at `observed_ms`."""

    @property
    def number(self) -> int:
        """Of the partition."""

    @property
    def start(self) -> int:
        """Offset before which everything is written."""

    @property
    def end_offset(self) -> int:
        """Offset the next record will get, as far as known."""

    @property
    def append_ms(self) -> int:
        """Unix ms, of the broker."""

    @property
    def observed_ms(self) -> int:
        """Unix ms, of the observer."""


@dataclass(frozen=True, slots=True)
class _Ended:
    number: int
    observed_ms: int
    start: int = 0
    end_offset: int = 0
    append_ms: int = _NEVER_MS


def record_end(store: Store, topic: str, log: TopicLog) -> None:
    """Record that nothing can come of a log any more: its embedded broker has ended. It holds nobody back then."""
    now_ms = round(datetime.now(UTC).timestamp() * 1000)
    marks = [_Ended(number, now_ms) for number in range(log.partitions)]
    record_watermarks(store, log.epoch, topic, marks, store.boot)


def record_watermarks(store: Store, epoch: str, topic: str, marks: Sequence[Observed], boot: str) -> None:
    """Record marks of one log under the opening of the store they were observed in; equal marks write nothing.

    Raises:
        StaleBootError, ClickHouseError: see `errors.classify`.
    """
    rows = [
        (epoch, topic, mark.number, mark.start, mark.end_offset, mark.append_ms, mark.observed_ms) for mark in marks
    ]
    columns = [pa.array(values, field.type) for values, field in zip(zip(*rows, strict=True), _SCHEMA, strict=True)]
    print_ = hashlib.sha256(repr(rows).encode()).hexdigest()[:16]
    # Six parts, as of a batch: `tokentide store` refuses one that names an earlier opening.
    token = f"watermark:{epoch}:{topic}:{len(rows)}:{print_}:{boot}"
    store.insert("usage_watermarks", pa.Table.from_arrays(columns, schema=_SCHEMA), token)
