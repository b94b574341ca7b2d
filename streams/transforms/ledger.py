"""The ledger row of a batch, and the one block that carries it together with the batch's rollups."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import pyarrow as pa

from tokentide.schemas.position import Span
from tokentide.schemas.reasons import Reason
from tokentide.schemas.rollup import Family
from tokentide.schemas.rollup_columns import ROLLUP_SCHEMA
from tokentide.streams.transforms.neutral import completed

_DAY_MS: Final = 86_400_000


class UnbalancedError(ValueError):
    """A batch whose counts do not add up to the offsets it covers: a defect, never to be written."""


@dataclass(frozen=True, slots=True)
class Ledger:
    """What became of every offset of one batch.

    Attributes:
        span: the offsets settled.
        stored: facts written.
        duplicates: same id, same payload as an accepted event.
        dead: dead letters by reason, conflicts among them.
        dropped: offsets the log no longer had.
        append_time_min: least Kafka timestamp of the records, unix ms.
        append_time_max: greatest one.
        rules: version of the acceptance rules that decided.
        catalogue: version of the model catalogue that enriched.

    Raises:
        UnbalancedError: offsets covered ≠ stored + duplicates + dead + dropped, or a count is negative.
    """

    span: Span
    stored: int
    duplicates: int
    dropped: int
    append_time_min: int
    append_time_max: int
    rules: int
    catalogue: int
    dead: Mapping[Reason, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        counts = (self.stored, self.duplicates, self.dropped, *self.dead.values())
        if self.received != sum(counts) or min(counts) < 0 or self.append_time_min > self.append_time_max:
            raise UnbalancedError(f"a batch of {self.received} offsets does not add up: {self}")

    @property
    def received(self) -> int:
        """Return the offsets covered."""
        return self.span.end - self.span.start

    @property
    def conflicts(self) -> int:
        """Return the dead letters whose id was accepted before with another payload."""
        return self.dead.get(Reason.CONFLICT, 0)


def ledger_row(ledger: Ledger) -> pa.RecordBatch:
    """Return the ledger as one row of `ROLLUP_SCHEMA`: family `batch`, model columns neutral."""
    where = ledger.span.partition
    values: dict[str, Any] = {
        "family": Family.BATCH.value,
        "received_day": ledger.append_time_max // _DAY_MS,
        "received_max": ledger.append_time_max,
        "epoch": where.epoch,
        "topic": where.topic,
        "partition": where.number,
        "batch_start": ledger.span.start,
        "batch_end": ledger.span.end,
        "received": ledger.received,
        "stored": ledger.stored,
        "duplicates": ledger.duplicates,
        "conflicts": ledger.conflicts,
        "dead": sorted((reason.value, count) for reason, count in ledger.dead.items() if count),
        "dropped": ledger.dropped,
        "append_time_min": ledger.append_time_min,
        "append_time_max": ledger.append_time_max,
        "rules": ledger.rules,
        "catalogue": ledger.catalogue,
    }
    columns = {name: pa.array([value], ROLLUP_SCHEMA.field(name).type) for name, value in values.items()}
    return completed(columns, ROLLUP_SCHEMA, 1)


def rollup_block(model_rows: pa.RecordBatch, ledger: Ledger) -> pa.RecordBatch:
    """Return the rollup rows of a batch and its ledger row as the one block of one insert."""
    return pa.concat_batches([model_rows, ledger_row(ledger)])
