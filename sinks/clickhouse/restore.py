"""What a worker that takes over a partition must remember, read from facts below its start alone."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from tokentide.schemas.position import Partition
from tokentide.schemas.rollup import CAPPED_DIMENSIONS
from tokentide.sinks.clickhouse.store import Store

U64 = NDArray[np.uint64]

_PLACE: Final = "epoch = {epoch:String} AND topic = {topic:String} AND partition = {partition:UInt32}"
_CAPPED_OTHER: Final = "other"


@dataclass(frozen=True, slots=True)
class RestoredWindow:
    """Hashes of accepted events, oldest first.

    Attributes:
        ids: xxh3 of the event ids, shape (n,).
        payloads: payload hashes, shape (n,).
    """

    ids: U64
    payloads: U64


def restore_window(store: Store, partition: Partition, start: int, capacity: int) -> RestoredWindow:
    """Return the newest `capacity` events accepted on a partition before `start`.

    First this epoch's facts below `start`, newest first; then, up to the capacity, the newest facts of
    earlier epochs of the topic whose key belongs to this partition.

    Args:
        store: the store.
        partition: the partition taken over.
        start: offset of the next record to decide on.
        capacity: most events to return.
    """
    live = _this_epoch(store, partition, start, capacity)
    room = capacity - live.num_rows
    partitions = _partitions(store, partition)
    earlier = _earlier_epochs(store, partition, partitions, room) if partitions else ()
    newest_first = pa.concat_tables([live, *earlier])
    ids, payloads = (_reversed(newest_first[name]) for name in ("id", "payload_hash"))
    return RestoredWindow(ids, payloads)


def _this_epoch(store: Store, partition: Partition, start: int, capacity: int) -> pa.Table:
    where = {**_place(partition), "start": start, "capacity": capacity}
    return store.query(
        f"SELECT xxh3(event_id) AS id, payload_hash FROM usage_events WHERE {_PLACE} "
        "AND `offset` < {start:UInt64} AND `offset` >= {first:UInt64} "
        "AND received_at >= fromUnixTimestamp64Milli({since:Int64}, 'UTC') "
        "ORDER BY `offset` DESC LIMIT {capacity:UInt64}",
        {**where, **_reach(store, where)},
    )


def _reach(store: Store, where: dict[str, Any]) -> dict[str, int]:
    """Return how far back, by offset and broker time, the newest `capacity` events reach, from the ledger."""
    row = store.rows(
        "SELECT count() AS batches, min(batch_start) AS first, "
        "toUnixTimestamp64Milli(min(append_time_min)) AS since "
        "FROM (SELECT batch_start, append_time_min, stored, sum(stored) OVER "
        "(ORDER BY batch_start DESC ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS newer "
        f"FROM usage_batches WHERE {_PLACE} AND batch_end <= {{start:UInt64}}) "
        "WHERE newer - stored < {capacity:UInt64}",
        where,
    )[0]
    if not row["batches"]:
        return {"first": 0, "since": 0}
    return {"first": row["first"], "since": row["since"]}


def _earlier_epochs(store: Store, partition: Partition, partitions: int, room: int) -> Iterator[pa.Table]:
    """Yield earlier epochs' events, newest first, a received day at a time, until there is no room."""
    for day in _days_newest_first(store):
        if room <= 0:
            return
        found = store.query(
            "SELECT xxh3(event_id) AS id, payload_hash FROM usage_events "
            "WHERE topic = {topic:String} AND epoch != {epoch:String} AND toDate(received_at) = {day:Date} "
            "AND kafkaMurmurHash(event_id) % {partitions:UInt32} = {partition:UInt32} "
            "ORDER BY received_at DESC, epoch, usage_events.partition, `offset` DESC LIMIT {room:UInt64}",
            {**_place(partition), "partitions": partitions, "room": room, "day": day},
        )
        room -= found.num_rows
        yield found


def _days_newest_first(store: Store) -> list[str]:
    rows = store.rows(
        "SELECT DISTINCT partition FROM system.parts WHERE active AND database = currentDatabase() "
        "AND table = 'usage_events' ORDER BY partition DESC"
    )
    return [row["partition"] for row in rows]


def _partitions(store: Store, partition: Partition) -> int:
    """Return how many partitions the topic has in this epoch, or 0 if that was not recorded."""
    sql = (
        "SELECT max(partitions) AS partitions FROM usage_topics "
        "WHERE epoch = {epoch:String} AND topic = {topic:String}"
    )
    return int(store.rows(sql, _place(partition))[0]["partitions"])


def restore_caps(store: Store, partition: Partition, start: int) -> dict[tuple[int, str], list[str]]:
    """Return the distinct values of each capped dimension, in order of first use, per recent received day.

    Only the last two received days before `start` are read: broker time does not go back further.

    Returns:
        (days since 1970, dimension of `CAPPED_DIMENSIONS`) to values, without `other`.
    """
    where = {**_place(partition), "start": start}
    newest = store.rows(
        f"SELECT count() AS batches, max(append_time_max) AS newest FROM usage_batches WHERE {_PLACE} "
        "AND batch_start < {start:UInt64}",
        where,
    )[0]
    if not newest["batches"]:
        return {}
    values: dict[tuple[int, str], list[str]] = defaultdict(list)
    for dimension in CAPPED_DIMENSIONS:
        for row in store.rows(_first_uses(dimension), {**where, "day": newest["newest"].date()}):
            values[row["day"], dimension].append(row["value"])
    return dict(values)


def _first_uses(dimension: str) -> str:
    return (
        f"SELECT toInt32(toDate(received_at)) AS day, toString(used_{dimension}) AS value "
        f"FROM usage_events WHERE {_PLACE} "
        "AND `offset` < {start:UInt64} AND toDate(received_at) >= {day:Date} - 1 "
        f"GROUP BY day, value HAVING value != '{_CAPPED_OTHER}' ORDER BY day, min(`offset`)"
    )


def _place(partition: Partition) -> dict[str, Any]:
    return {"epoch": partition.epoch, "topic": partition.topic, "partition": partition.number}


def _reversed(column: pa.ChunkedArray) -> U64:
    values: U64 = column.to_numpy()[::-1].astype(np.uint64)
    return values
