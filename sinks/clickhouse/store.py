"""An open store: queries, commands and inserts over an embedded engine or a server, by one interface.

Synchronous and safe for use from several threads; callers on an event loop use an executor.
Queries have clients of their own, so that they do not wait for inserts.
"""

import threading
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from queue import LifoQueue
from typing import Any, Final

import pyarrow as pa
from clickhouse_connect.driver.client import Client

from tokentide.schemas.errors import UserError
from tokentide.sinks.clickhouse.address import Address, EmbeddedAddress, ServerAddress
from tokentide.sinks.clickhouse.client import connect
from tokentide.sinks.clickhouse.embedded import EngineFolder, Opening, Parts
from tokentide.sinks.clickhouse.errors import (
    RepairPendingError,
    StoreClosedError,
    StoreShortError,
    code_of,
    shortage,
)
from tokentide.sinks.clickhouse.levels import WRITTEN
from tokentide.sinks.clickhouse.repair_report import RepairReport
from tokentide.sinks.clickhouse.settings import HTTP_INSERT_SETTINGS, INSERT_SETTINGS, clause
from tokentide.sinks.clickhouse.tokens import refuse_stale
from tokentide.sinks.clickhouse.unreachable import is_unreachable, nothing_answers

Row = dict[str, Any]

_COUNTS: Final = (
    "SELECT (SELECT count() FROM usage_events) AS facts, (SELECT sum(stored) FROM usage_batches) AS stored"
)
_UNFINISHED: Final = (
    "SELECT count() AS batches FROM (SELECT DISTINCT epoch, topic, partition, batch_start FROM usage_events) "
    "WHERE (epoch, topic, partition, batch_start) NOT IN "
    "(SELECT epoch, topic, partition, batch_start FROM usage_batches)"
)


@dataclass(frozen=True, slots=True)
class Options:
    """How a store is opened; see `open_store`."""

    memory_bytes: int
    fsync: bool = False
    readonly: bool = False
    readers: int = 2


class Store:
    """One open store. Made by `open_store`.

    Attributes:
        address: where it is; prints without its password.
        boot: random id of this opening of an embedded engine; of a server, its newest recorded id.
        embedded: the engine runs in this process.
        readonly: commands and inserts are refused.
        fsync: tables are to wait for the disk on every insert.
        opening: how an embedded folder was found; None for a server or a read-only opening.
        repaired: what the repair of an unclean opening did; None if none was needed.
        settled: repair, if needed, is done and the boot is recorded; inserts are accepted.
    """

    def __init__(
        self,
        address: Address,
        writer: Client,
        options: Options,
        *,
        folder: EngineFolder | None = None,
    ) -> None:
        self.address = address
        self.embedded = isinstance(address, EmbeddedAddress)
        self.readonly = options.readonly
        self.fsync = options.fsync
        self.boot = uuid.uuid4().hex[:16]
        self.opening: Opening | None = None
        self.repaired: RepairReport | None = None
        self.settled = False
        self._folder = folder
        self._options = options
        self._writer = writer
        self._writing = threading.RLock()
        self._closed = False
        self._doubtful: set[tuple[str, str]] = set()
        self._readers: LifoQueue[Client | None] = LifoQueue()
        for _ in range(options.readers):
            self._readers.put(None)

    def query(self, sql: str, params: Mapping[str, Any] | None = None) -> pa.Table:
        """Return the rows of a SELECT as Arrow; `params` fill `{name:Type}`."""
        with self._reader() as client:
            answer = client.raw_query(sql, dict(params or {}), fmt="Arrow")
        return pa.ipc.open_file(answer).read_all()

    def rows(self, sql: str, params: Mapping[str, Any] | None = None) -> list[Row]:
        """Return the rows of a small SELECT as dictionaries."""
        found: list[Row] = self.query(sql, params).to_pylist()
        return found

    def command(self, sql: str) -> None:
        """Run a statement that returns no rows, after the inserts before it."""
        self._refuse_if_readonly()
        with self._writing:
            self._refuse_if_closed()
            with self._telling_why():
                self._writer.command(sql)

    def insert(
        self,
        table_name: str,
        rows: pa.Table | pa.RecordBatch,
        token: str,
        settings: Mapping[str, str | int] | None = None,
    ) -> None:
        """Insert rows as one block under a deduplication token: a token seen before writes nothing.

        Args:
            table_name: the table, in the store's database.
            rows: at least one row; the column names select the table's columns.
            token: equal tokens must mean equal rows.
            settings: added to INSERT_SETTINGS.

        Raises:
            RepairPendingError: the store was not closed cleanly and is not repaired yet.
            StaleBootError: the token names another opening of an embedded store.
            ClickHouseError: see `errors.classify`.
        """
        self._refuse_if_readonly()
        if not self.settled:
            raise RepairPendingError(f"store {self.address}: run `tokentide migrate` first")
        if self.embedded:
            refuse_stale(table_name, token, self.boot)
        self._insert(table_name, rows, token, settings)

    def insert_unsettled(self, table_name: str, rows: pa.Table | pa.RecordBatch, token: str) -> None:
        """Insert a row of bookkeeping before the store is settled (migrations, boots, repair)."""
        self._refuse_if_readonly()
        self._insert(table_name, rows, token, None)

    def parts(self) -> Parts:
        """Return the active data parts of every table that repair compares."""
        names: dict[str, set[str]] = {table: set() for table in WRITTEN}
        found = self.rows(
            "SELECT table, name FROM system.parts WHERE active AND database = currentDatabase() "
            "AND table IN {tables:Array(String)}",
            {"tables": list(WRITTEN)},
        )
        for row in found:
            names[row["table"]].add(row["name"])
        return {table: frozenset(parts) for table, parts in names.items()}

    def doubt(self, table_name: str, token: str) -> None:
        """Note that an insert begins that another door carries out: until `trust`, its outcome is unknown."""
        self._doubtful.add((table_name, token))

    def trust(self, table_name: str, token: str) -> None:
        """Note that this insert ended well: all its parts, or none, are there."""
        self._doubtful.discard((table_name, token))

    def checkpoint(self) -> None:
        """Record that what the engine holds now was compared and is right."""
        if self._folder is not None and not self.readonly:
            self._folder.checkpoint(self.parts())

    def close(self) -> None:
        """Close; an embedded engine is marked clean unless an insert's outcome is unknown or a batch unfinished."""
        with self._writing:
            if self._closed:
                return
            parts = self._clean_parts()
            self._closed = True
            self._writer.close()
            self._close_readers()
            if self._folder is not None:
                self._folder.release()
                if parts is not None:
                    self._folder.finish(parts)

    def __enter__(self) -> "Store":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _clean_parts(self) -> Parts | None:
        """Return the parts to call clean, or None if the next opening must compare."""
        if self._folder is None or self.readonly or not self.settled or self._doubtful:
            return None
        return None if self._has_unfinished() else self.parts()

    def _has_unfinished(self) -> bool:
        """Whether a batch has facts and no ledger row: the next boot writes it anew, so these must go."""
        # Counts answer at once in the usual case; batches are looked at one by one only when they differ.
        counts = self.rows(_COUNTS)[0]
        return counts["facts"] != counts["stored"] and bool(self.rows(_UNFINISHED)[0]["batches"])

    def _insert(
        self,
        table_name: str,
        rows: pa.Table | pa.RecordBatch,
        token: str,
        settings: Mapping[str, str | int] | None,
    ) -> None:
        block = one_block(rows)
        wanted = {**INSERT_SETTINGS, **(settings or {}), "insert_deduplication_token": token}
        write = self._insert_embedded if self.embedded else self._insert_served
        # Until the insert answers, some of the tables behind it may have their part and others not.
        self._doubtful.add((table_name, token))
        with self._telling_why():
            write(table_name, block, wanted)
        self._doubtful.discard((table_name, token))

    def _insert_embedded(self, table: str, block: pa.RecordBatch, settings: Mapping[str, str | int]) -> None:
        folder = self._folder
        if folder is None:
            raise StoreClosedError("an embedded store without its folder")
        with self._writing, folder.passage() as file:
            self._refuse_if_closed()
            _write_arrow(str(file), block)
            self._writer.command(
                f"INSERT INTO {table} ({_names(block)}) FROM INFILE '{file}' SETTINGS {clause(settings)} FORMAT Arrow"
            )

    def _insert_served(self, table: str, block: pa.RecordBatch, settings: Mapping[str, str | int]) -> None:
        self._refuse_if_closed()
        sink = pa.BufferOutputStream()
        _write_arrow(sink, block)
        self._writer.raw_insert(
            table, block.schema.names, sink.getvalue(), {**settings, **HTTP_INSERT_SETTINGS}, fmt="Arrow"
        )

    @contextmanager
    def _telling_why(self) -> Iterator[None]:
        """Say in one sentence that the store has no disk or memory left, or does not answer."""
        try:
            yield
        except Exception as error:
            if isinstance(self.address, ServerAddress) and is_unreachable(error):
                raise nothing_answers(self.address, error) from error
            if words := shortage(error):
                raise StoreShortError(f"store {self.address}: {words}", code_of(error)) from error
            raise

    @contextmanager
    def _reader(self) -> Iterator[Client]:
        client = self._readers.get()
        try:
            self._refuse_if_closed()
            if client is None:
                client = connect(self.address, self._options.memory_bytes, readonly=self.readonly)
            with self._telling_why():
                yield client
        finally:
            self._readers.put(client)

    def _close_readers(self) -> None:
        """Close every reader, each after the query it is busy with."""
        for client in [self._readers.get() for _ in range(self._options.readers)]:
            if client is not None:
                client.close()
            self._readers.put(None)

    def _refuse_if_closed(self) -> None:
        if self._closed:
            raise StoreClosedError(f"store {self.address}: closed")

    def _refuse_if_readonly(self) -> None:
        if self.readonly:
            raise UserError(f"store {self.address}: opened read-only")


def one_block(rows: pa.Table | pa.RecordBatch) -> pa.RecordBatch:
    """Return rows as the single block one insert must be.

    Raises:
        ValueError: there are no rows; an insert without a block would leave no token.
    """
    if rows.num_rows == 0:
        raise ValueError("an insert needs at least one row")
    if isinstance(rows, pa.RecordBatch):
        return rows
    return rows.combine_chunks().to_batches()[0]


def _names(block: pa.RecordBatch) -> str:
    return ", ".join(f"`{name}`" for name in block.schema.names)


def _write_arrow(where: Any, block: pa.RecordBatch) -> None:
    with pa.ipc.new_file(where, block.schema) as writer:
        writer.write_batch(block)
