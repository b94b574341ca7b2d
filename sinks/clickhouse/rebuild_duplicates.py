"""Events stored more than once, because the repetition came after the duplicate window had forgotten them.

The event accepted first, by (broker time, epoch, topic, partition, offset), stays; the others go, those with
another payload too. Events are compared with all that were received before them, on whatever day.
"""

from datetime import date
from typing import Final

from tokentide.schemas.errors import UserError
from tokentide.sinks.clickhouse.rebuild import PLAIN
from tokentide.sinks.clickhouse.rebuild_corrections import (
    COLUMNS,
    CORRECTIONS,
    DRAFT,
    Correction,
    pending_corrections,
)
from tokentide.sinks.clickhouse.store import Store

_IDS: Final = "usage_rebuild_ids"
_SLICE: Final = 20_000_000
"""Events of one pass over the ids: its hash table takes about 1 GB."""


def record_corrections(store: Store, first: date, last: date) -> list[Correction]:
    """Put on record which facts of the received days [first, last] repeat earlier ones, and return it.

    Raises:
        UserError: one position of the log is stored twice, which is no repetition of an event.
    """
    _drop(store)
    try:
        if not _record_ids(store, first, last):
            return []
        _refuse_doubled_positions(store, last)
        store.command(f"CREATE TABLE {DRAFT} {COLUMNS}")
        store.command(f"INSERT INTO {DRAFT} {_corrections(first, last)} {PLAIN}")
        store.command(f"RENAME TABLE {DRAFT} TO {CORRECTIONS}")
    finally:
        _drop(store)
    return pending_corrections(store)


def _drop(store: Store) -> None:
    for table in (_IDS, DRAFT):
        store.command(f"DROP TABLE IF EXISTS {table} SYNC")


def _record_ids(store: Store, first: date, last: date) -> int:
    """Collect the hashes of ids stored more than once, the last time on one of the days; return how many."""
    store.command(f"CREATE TABLE {_IDS} (id UInt64) ENGINE = MergeTree ORDER BY id")
    until = f"toDate(received_at) <= '{last}'"
    facts = _count(store, f"SELECT count() AS found FROM usage_events WHERE {until}")
    slices = 1 + facts // _SLICE
    for place in range(slices):
        store.command(
            f"INSERT INTO {_IDS} SELECT xxh3(event_id) AS id FROM usage_events "
            f"WHERE {until} AND xxh3(event_id) % {slices} = {place} GROUP BY id "
            f"HAVING count() > 1 AND toDate(max(received_at)) >= '{first}' {PLAIN}"
        )
    return _count(store, f"SELECT count() AS found FROM {_IDS}")


def _refuse_doubled_positions(store: Store, last: date) -> None:
    rows = store.rows(
        f"SELECT epoch, topic, partition, `offset`, toDate(min(received_at)) AS day FROM usage_events "
        f"WHERE toDate(received_at) <= '{last}' AND xxh3(event_id) IN {_IDS} "
        "GROUP BY epoch, topic, partition, `offset` HAVING count() > 1 ORDER BY ALL LIMIT 1"
    )
    for row in rows:
        raise UserError(
            f"Nothing was rebuilt: {row['day']} holds offset {row['offset']} of partition {row['partition']} "
            f"of {row['topic']} (epoch {row['epoch']}) twice, which `tokentide audit` explains and no rebuild does."
        )


def _corrections(first: date, last: date) -> str:
    """Return the SELECT of one row per batch that stored a repetition."""
    order = "received_at, epoch, topic, partition, `offset`"
    repeated = (
        "SELECT epoch, topic, partition, batch_start, `offset`, toDate(received_at) AS day, "
        f"row_number() OVER (PARTITION BY event_id ORDER BY {order}) AS place, payload_hash != "
        f"first_value(payload_hash) OVER (PARTITION BY event_id ORDER BY {order}) AS conflicting "
        f"FROM usage_events WHERE toDate(received_at) <= '{last}' AND xxh3(event_id) IN {_IDS}"
    )
    extra = (
        "SELECT epoch, topic, partition, batch_start, "
        "arraySort(groupArray((`offset`, day, conflicting))) AS gone, countIf(conflicting) AS apart "
        f"FROM ({repeated}) WHERE place > 1 AND day >= '{first}' GROUP BY epoch, topic, partition, batch_start"
    )
    return (
        "SELECT extra.epoch, extra.topic, extra.partition, extra.batch_start, ledger.received_day AS ledger_day, "
        "extra.gone.1 AS offsets, extra.gone.2 AS days, extra.gone.3 AS conflicting, "
        "ledger.stored - length(extra.gone) AS stored, "
        "ledger.duplicates + length(extra.gone) - extra.apart AS duplicates, "
        f"ledger.conflicts + extra.apart AS conflicts FROM ({extra}) AS extra INNER JOIN usage_batches AS ledger "
        "ON extra.epoch = ledger.epoch AND extra.topic = ledger.topic AND extra.partition = ledger.partition "
        "AND extra.batch_start = ledger.batch_start"
    )


def _count(store: Store, sql: str) -> int:
    return int(store.rows(sql)[0]["found"])
