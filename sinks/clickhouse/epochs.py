"""Epochs: which incarnation of a topic offsets belong to, so that equal offsets of two logs never meet.

An epoch is the cluster id with an incarnation id of our own, rotated when the topic was recreated
(aiokafka 0.14 cannot read Kafka's topic ids).
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import pyarrow as pa

from tokentide.sinks.clickhouse.store import Store

_SCHEMA: Final = pa.schema(
    [
        pa.field("epoch", pa.string(), nullable=False),
        pa.field("topic", pa.string(), nullable=False),
        pa.field("cluster_id", pa.string(), nullable=False),
        pa.field("incarnation", pa.string(), nullable=False),
        pa.field("partitions", pa.uint32(), nullable=False),
        pa.field("created_at", pa.timestamp("ms", "UTC"), nullable=False),
    ]
)


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic as one cluster has it."""

    cluster_id: str
    name: str
    partitions: int


@dataclass(frozen=True, slots=True)
class TopicLog:
    """One incarnation of a topic: its epoch and how many partitions it has."""

    epoch: str
    partitions: int


def current_epoch(store: Store, topic: Topic) -> str | None:
    """Return the newest epoch of the topic on this cluster, or None if the store has not met it."""
    found = store.rows(
        "SELECT epoch FROM usage_topics WHERE topic = {topic:String} AND cluster_id = {cluster:String} "
        "ORDER BY created_at DESC, epoch LIMIT 1",
        {"topic": topic.name, "cluster": topic.cluster_id},
    )
    return str(found[0]["epoch"]) if found else None


def begin_epoch(store: Store, topic: Topic) -> str:
    """Record a new incarnation of the topic and return its epoch."""
    incarnation = secrets.token_hex(4)
    epoch = f"{topic.cluster_id}.{incarnation}"
    row = {
        "epoch": epoch,
        "topic": topic.name,
        "cluster_id": topic.cluster_id,
        "incarnation": incarnation,
        "partitions": topic.partitions,
        "created_at": datetime.now(UTC),
    }
    store.insert("usage_topics", pa.Table.from_pylist([row], _SCHEMA), f"topic:{epoch}:{store.boot}")
    return epoch


def ledger_ends(store: Store, epoch: str, topic: str) -> dict[int, int]:
    """Return the end of the last batch in the ledger, per partition."""
    found = store.rows(
        "SELECT partition, max(batch_end) AS end FROM usage_batches "
        "WHERE epoch = {epoch:String} AND topic = {topic:String} GROUP BY partition",
        {"epoch": epoch, "topic": topic},
    )
    return {row["partition"]: row["end"] for row in found}


def was_recreated(settled: Mapping[int, int], log_ends: Mapping[int, int]) -> bool:
    """Whether some partition's log ends before what was already settled from it."""
    return any(end > log_ends.get(partition, 0) for partition, end in settled.items())
