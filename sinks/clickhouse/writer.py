"""What the ingest agent writes and asks: facts, rollups with their ledger row, what a span holds."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

import pyarrow as pa

from tokentide.schemas.columns import FACT_SCHEMA
from tokentide.schemas.position import Partition, Span
from tokentide.sinks.clickhouse.boots import refresh_boot
from tokentide.sinks.clickhouse.errors import LedgerMismatchError
from tokentide.sinks.clickhouse.restore import U64, restore_caps, restore_window
from tokentide.sinks.clickhouse.store import Store

ROWS_MAX: Final = 50_000
_PLACE: Final = "epoch = {epoch:String} AND topic = {topic:String} AND partition = {partition:UInt32}"
_FACT_NAMES: Final = ", ".join(f"`{name}`" for name in FACT_SCHEMA.names)


class Writer:
    """Writes batches to one store: one block per insert, under the span's token; a repeat writes nothing."""

    def __init__(self, store: Store) -> None:
        self._store = store

    @property
    def boot(self) -> str:
        """The boot id that new plans name, as last read."""
        return self._store.boot

    def current_boot(self) -> str:
        """Ask the store for its boot id; another one than a plan names means that it was opened anew."""
        return refresh_boot(self._store)

    def write_facts(self, facts: pa.Table | pa.RecordBatch, span: Span, boot: str) -> None:
        """Insert the accepted events of a span under the boot its plan names; none is no insert.

        Raises:
            ValueError: more rows than one block may have.
            ClickHouseError, StaleBootError: see `errors.classify`.
        """
        if facts.num_rows > ROWS_MAX:
            raise ValueError(f"{facts.num_rows} rows are more than the {ROWS_MAX} of one insert")
        if facts.num_rows:
            self._store.insert("usage_events", facts, span.token(boot))

    def write_rollups(self, block: pa.Table | pa.RecordBatch, span: Span, boot: str) -> None:
        """Insert the rollup rows of a span together with its ledger row, as one block.

        Raises:
            ClickHouseError, StaleBootError: see `errors.classify`.
        """
        self._store.insert("usage_rollups_in", block, span.token(boot))

    def facts_of(self, span: Span, received_ms: tuple[int, int] | None = None) -> pa.Table:
        """Return the stored facts of a span in `FACT_SCHEMA`, by offset.

        Args:
            span: the offsets asked for.
            received_ms: first and last broker time (unix ms) of the span's records, where known: only
                the days between are read.
        """
        days, bounds = _days(received_ms)
        found = self._store.query(
            f"SELECT {_FACT_NAMES} FROM usage_events WHERE {_PLACE} "
            f"AND `offset` >= {{start:UInt64}} AND `offset` < {{end:UInt64}}{days} ORDER BY `offset`",
            {**_place(span.partition), "start": span.start, "end": span.end, **bounds},
        )
        return found.cast(FACT_SCHEMA)

    def has_ledger(self, span: Span) -> bool:
        """Tell whether the ledger holds this span: its facts and rollups are then complete.

        Raises:
            LedgerMismatchError: the ledger holds other batches over these offsets.
        """
        rows = self._store.rows(
            f"SELECT DISTINCT batch_start, batch_end FROM usage_batches WHERE {_PLACE} "
            "AND batch_start < {end:UInt64} AND batch_end > {start:UInt64} ORDER BY ALL",
            {**_place(span.partition), "start": span.start, "end": span.end},
        )
        found = [(row["batch_start"], row["batch_end"]) for row in rows]
        if found and found != [(span.start, span.end)]:
            raise LedgerMismatchError(f"{span} was planned, but the ledger holds {found}")
        return bool(found)

    def ledger_end(self, partition: Partition) -> int | None:
        """Return the offset after the last batch in the ledger, or None if it has none of the partition."""
        row = self._store.rows(
            f"SELECT count() AS batches, max(batch_end) AS end FROM usage_batches WHERE {_PLACE}",
            _place(partition),
        )[0]
        return int(row["end"]) if row["batches"] else None

    def last_append_ms(self, partition: Partition, start: int) -> int:
        """Return the latest broker time (unix ms) of the batches before an offset, or 0."""
        row = self._store.rows(
            "SELECT toUnixTimestamp64Milli(max(append_time_max)) AS latest FROM usage_batches "
            f"WHERE {_PLACE} AND batch_start < {{start:UInt64}}",
            {**_place(partition), "start": start},
        )[0]
        return int(row["latest"])

    def stored_within(self, partition: Partition, seconds: float) -> int:
        """Return how many events were stored in the last `seconds` of the partition's broker time."""
        row = self._store.rows(
            "WITH (SELECT max(append_time_max) FROM usage_batches "
            f"WHERE {_PLACE}) AS newest "
            f"SELECT sum(stored) AS events FROM usage_batches WHERE {_PLACE} "
            "AND append_time_max >= newest - toIntervalMillisecond({milliseconds:UInt64})",
            {**_place(partition), "milliseconds": round(seconds * 1000)},
        )[0]
        return int(row["events"])

    def restore_window(self, partition: Partition, start: int, capacity: int) -> tuple[U64, U64]:
        """Return (id hashes, payload hashes) of the newest events accepted before `start`, oldest first."""
        window = restore_window(self._store, partition, start, capacity)
        return window.ids, window.payloads

    def restore_caps(self, partition: Partition, start: int) -> dict[tuple[int, str], list[str]]:
        """Return (received day as days since 1970, dimension) to the values used before `start`."""
        return restore_caps(self._store, partition, start)


def _place(partition: Partition) -> Mapping[str, Any]:
    return {"epoch": partition.epoch, "topic": partition.topic, "partition": partition.number}


def _days(received_ms: tuple[int, int] | None) -> tuple[str, Mapping[str, Any]]:
    if received_ms is None:
        return "", {}
    first, last = (datetime.fromtimestamp(ms / 1000, UTC).date() for ms in received_ms)
    sql = " AND toDate(received_at) >= {first:Date} AND toDate(received_at) <= {last:Date}"
    return sql, {"first": first, "last": last}
