"""Batches as the ledger and the facts know them, and where the two disagree."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from tokentide.schemas.position import Partition
from tokentide.sinks.clickhouse.embedded import Parts
from tokentide.sinks.clickhouse.store import Store
from tokentide.sinks.clickhouse.table_settings import facts_days


@dataclass(frozen=True, slots=True)
class Batch:
    """One batch by its partition and first offset, with the rows found of it."""

    partition: Partition
    start: int
    facts: int


def _batch(row: dict[str, Any]) -> Batch:
    where = Partition(row["epoch"], row["topic"], row["partition"])
    return Batch(where, row["batch_start"], row["facts"])


def covered(alias: str) -> str:
    """Return the condition that a fact's batch is in the ledger."""
    key = f"({alias}.epoch, {alias}.topic, {alias}.partition, {alias}.batch_start)"
    return f"{key} IN (SELECT epoch, topic, partition, batch_start FROM usage_batches)"


def uncovered_batches(store: Store, days: Sequence[date]) -> list[Batch]:
    """Return batches that have facts on these days and no ledger row."""
    if not days:
        return []
    rows = store.rows(
        "SELECT epoch, topic, partition, batch_start, count() AS facts FROM usage_events "
        "WHERE toDate(received_at) IN {days:Array(Date)} "
        "GROUP BY epoch, topic, partition, batch_start "
        "HAVING (epoch, topic, partition, batch_start) NOT IN "
        "(SELECT epoch, topic, partition, batch_start FROM usage_batches WHERE received_day >= {first:Date}) "
        "ORDER BY ALL",
        {"days": list(days), "first": min(days)},
    )
    return [_batch(row) for row in rows]


def damaged_batches(store: Store, days: Sequence[date], verified: Parts | None) -> list[Batch]:
    """Return batches recorded since the checkpoint that do not have the facts their ledger row counts."""
    if not days:
        return []
    known = sorted((verified or {}).get("usage_batches", ()))
    rows = store.rows(
        "WITH recent AS (SELECT epoch, topic, partition, batch_start, stored, append_time_min, "
        "append_time_max FROM usage_batches "
        "WHERE received_day IN {days:Array(Date)} AND _part NOT IN {known:Array(String)} "
        "AND toDate(append_time_min) + {keeps:UInt32} > today() + 1), "
        "held AS (SELECT epoch, topic, partition, batch_start, count() AS facts FROM usage_events "
        "WHERE toDate(received_at) >= (SELECT min(toDate(append_time_min)) FROM recent) "
        "AND toDate(received_at) <= (SELECT max(toDate(append_time_max)) FROM recent) "
        "GROUP BY epoch, topic, partition, batch_start) "
        "SELECT epoch, topic, partition, batch_start, held.facts AS facts FROM recent LEFT JOIN held "
        "USING (epoch, topic, partition, batch_start) WHERE held.facts != recent.stored ORDER BY ALL",
        {"days": list(days), "known": known, "keeps": facts_days(store)},
    )
    return [_batch(row) for row in rows]
