"""Which buckets are final, and which were revised after they had become so.

A bucket is *final* when everything received until two minutes after its end is settled: its figures change
only by events that arrive later still. Those set *revised at*, their time of arrival. Both are functions of
broker time, so every reader says the same. Source: docs/protocol.md, "Finality".
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from tokentide.sinks.clickhouse.watermarks import StoreQuery, store_watermark

GRACE: Final = timedelta(minutes=2)
"""How long after its end a bucket still waits for events."""


class Status(StrEnum):
    """Whether a figure may still change by events that are on their way."""

    PROVISIONAL = "provisional"
    FINAL = "final"


@dataclass(frozen=True, slots=True)
class Finality:
    """How far the figures of a store can be relied on.

    Attributes:
        as_of: everything received before this time is in the figures; None if that is not known yet.
    """

    as_of: datetime | None

    @property
    def final_before(self) -> datetime | None:
        """Buckets that end at or before this time are final; None: none is."""
        return None if self.as_of is None else self.as_of - GRACE

    def status(self, bucket_end: datetime) -> Status:
        """Return the status of a bucket, or of a period, by its end."""
        before = self.final_before
        return Status.FINAL if before is not None and bucket_end <= before else Status.PROVISIONAL


def finality(query: StoreQuery) -> Finality:
    """Ask a store how far its figures are final; one small query.

    Args:
        query: `Store.query`, or what stands for it.
    """
    return Finality(store_watermark(query))


def final_before(query: StoreQuery) -> datetime | None:
    """Return the time up to which buckets are final, or None."""
    return finality(query).final_before


def revised_at(bucket_end: datetime, received_max: datetime) -> datetime | None:
    """Return when a final bucket was last revised, or None if nothing came after its grace.

    Args:
        bucket_end: end of the bucket.
        received_max: latest arrival of what it sums, a column of every level.
    """
    return received_max if received_max >= bucket_end + GRACE else None


def revised_at_sql(bucket: str, seconds: int, received_max: str = "received_max") -> str:
    """Return the SQL of `revised_at`, a Nullable(DateTime64(3)), over names or expressions of a query.

    Args:
        bucket: begin of the bucket, a DateTime.
        seconds: width of the bucket.
        received_max: greatest `received_max` of the rows summed.
    """
    final = f"toDateTime64({bucket}, 3, 'UTC') + toIntervalSecond({seconds + int(GRACE.total_seconds())})"
    return f"if({received_max} >= {final}, {received_max}, NULL)"
