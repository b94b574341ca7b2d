"""How far each log is settled, in broker time: read from the store, and the least of them all.

A partition's *confirmed append time* T says that everything appended to it before T is settled. It is the
latest append time in its ledger, or, of a partition with nothing left to read, what its owner last observed
(`streams.watermark`). Event times have no part in it. Source: docs/protocol.md, "Watermarks".
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Any, Final

import pyarrow as pa

StoreQuery = Callable[[str, Mapping[str, Any]], pa.Table]
"""Runs one SELECT with named parameters and returns its rows; `Store.query` is one."""

EMBEDDED_CLUSTER: Final = "embedded-"
"""How the cluster id of an embedded broker begins; its log ends with its process."""
EMBEDDED_SILENCE: Final = timedelta(minutes=3)
CLUSTER_SILENCE: Final = timedelta(days=7)
"""Silence after which a log counts no more: of an embedded broker, and of a cluster that has a younger one."""

_LEDGER_DAYS: Final = 8


@dataclass(frozen=True, slots=True)
class PartitionMark:
    """How far one partition of a log is settled.

    Attributes:
        topic: its topic.
        cluster: id of the Kafka cluster, or of an embedded broker.
        epoch: which incarnation of the topic.
        partitions: how many the log has.
        created_at: when the store first met the log.
        number: of the partition; None stands for a log of which nothing was settled or observed yet.
        confirmed: everything appended before is settled; None if unknown.
        heard_at: when that was last recorded.
    """

    topic: str
    cluster: str
    epoch: str
    partitions: int
    created_at: datetime
    number: int | None = None
    confirmed: datetime | None = None
    heard_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Log:
    """One incarnation of a topic, with the marks of its partitions."""

    topic: str
    cluster: str
    created_at: datetime
    heard_at: datetime
    confirmed: datetime | None
    """The least of its partitions; None if one is unknown."""
    epoch: str
    behind: tuple[int, ...]
    """The partitions that hold it back: those of which nothing is known, else the slowest."""


# Old ledger rows are not read: a worker records every partition anew every few seconds.
_MARKS: Final = f"""
SELECT topic, cluster_id AS cluster, epoch, partitions, created_at, marks.known AS known,
    marks.partition AS number, marks.confirmed AS confirmed, marks.heard_at AS heard_at, now64(3, 'UTC') AS now
FROM (
    SELECT toString(topic) AS topic, cluster_id, toString(epoch) AS epoch, max(usage_topics.partitions) AS partitions,
        max(usage_topics.created_at) AS created_at
    FROM usage_topics GROUP BY topic, cluster_id, epoch
) AS logs
LEFT JOIN (
    SELECT epoch, topic, partition, max(append_time) AS confirmed, max(observed_at) AS heard_at, true AS known
    FROM (
        SELECT toString(epoch) AS epoch, toString(topic) AS topic, partition, append_time, observed_at
        FROM usage_watermarks
        UNION ALL
        SELECT toString(epoch) AS epoch, toString(topic) AS topic, partition, max(append_time_max) AS append_time,
            append_time AS observed_at
        FROM usage_batches
        WHERE received_day + {_LEDGER_DAYS} > (SELECT max(received_day) FROM usage_batches)
        GROUP BY epoch, topic, partition
    )
    GROUP BY epoch, topic, partition
) AS marks USING (epoch, topic)
ORDER BY topic, cluster, epoch, number
"""


def store_watermark(query: StoreQuery) -> datetime | None:
    """Return the time before which everything appended to any live log is settled, or None if unknown."""
    rows = query(_MARKS, {}).to_pylist()
    return watermark_of(map(_mark, rows), _utc(rows[0]["now"])) if rows else None


def watermark_of(marks: Iterable[PartitionMark], now: datetime) -> datetime | None:
    """Return the least confirmed append time of the live logs.

    Args:
        marks: of every log the store knows.
        now: the store's clock; of logs that all have ended nothing can come any more, so it is the answer.
    """
    logs = logs_of(marks)
    if not logs:
        return None
    confirmed = [log.confirmed for log in live_of(logs, now)]
    known = [time for time in confirmed if time is not None]
    return min([*known, now]) if len(known) == len(confirmed) else None


def live_logs(query: StoreQuery) -> list[Log]:
    """Return the logs of a store that something may still come of."""
    rows = query(_MARKS, {}).to_pylist()
    return live_of(logs_of(map(_mark, rows)), _utc(rows[0]["now"])) if rows else []


def live_of(logs: Iterable[Log], now: datetime) -> list[Log]:
    """Return the logs that something may still come of."""
    logs = list(logs)
    return [log for log in logs if is_live(log, logs, now)]


def logs_of(marks: Iterable[PartitionMark]) -> list[Log]:
    """Return every log with the least of its partitions."""
    ordered = sorted(marks, key=_log_key)
    return [_log(list(found)) for _, found in groupby(ordered, _log_key)]


def is_live(log: Log, logs: Iterable[Log], now: datetime) -> bool:
    """Tell whether something may still come of a log.

    A log ends when the topic was recreated on its cluster, when its embedded broker fell silent, and when
    its cluster has been silent for a week while a younger one serves the topic.
    """
    others = [other for other in logs if other.topic == log.topic and other.created_at > log.created_at]
    if any(other.cluster == log.cluster for other in others):
        return False
    silence = now - log.heard_at
    if _is_embedded(log):
        return silence <= EMBEDDED_SILENCE
    return silence <= CLUSTER_SILENCE or all(_is_embedded(other) for other in others)


def _is_embedded(log: Log) -> bool:
    return log.cluster.startswith(EMBEDDED_CLUSTER)


def _log_key(mark: PartitionMark) -> tuple[str, str, str]:
    return mark.topic, mark.cluster, mark.epoch


def _log(marks: list[PartitionMark]) -> Log:
    first = marks[0]
    times = {mark.number: mark.confirmed for mark in marks if mark.number is not None and mark.confirmed is not None}
    unknown = tuple(number for number in range(first.partitions) if number not in times)
    heard = [mark.heard_at for mark in marks if mark.heard_at is not None]
    least = None if unknown else min(times.values(), default=None)
    slowest = tuple(number for number, time in times.items() if time == least)
    heard_at = max([*heard, first.created_at])
    return Log(first.topic, first.cluster, first.created_at, heard_at, least, first.epoch, unknown or slowest)


def _mark(row: Mapping[str, Any]) -> PartitionMark:
    log = row["topic"], row["cluster"], row["epoch"], row["partitions"], _utc(row["created_at"])
    if not row["known"]:
        return PartitionMark(*log)
    return PartitionMark(*log, row["number"], _utc(row["confirmed"]), _utc(row["heard_at"]))


def _utc(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
