"""Which received days cannot be rebuilt: their facts are not all there, or more may still come."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any, Final

from tokentide.sinks.clickhouse.batches import uncovered_batches
from tokentide.sinks.clickhouse.days import first_kept_day, sealed_before
from tokentide.sinks.clickhouse.store import Store
from tokentide.sinks.clickhouse.table_settings import facts_days
from tokentide.sinks.clickhouse.unsealed import why_unsealed
from tokentide.sinks.clickhouse.watermarks import live_logs, store_watermark

_KEY: Final = "epoch, topic, partition, batch_start"


def refused_days(store: Store, days: Sequence[date]) -> dict[date, str]:
    """Return the days that must not be rebuilt, oldest first, each with what stands against it."""
    reasons = [*_incomplete(store, days), *_uncovered(store, days), *_expired(store, days), *_unsealed(store, days)]
    return dict(sorted(reasons))


def _expired(store: Store, days: Sequence[date]) -> Iterator[tuple[date, str]]:
    first = first_kept_day(store)
    reason = f"its facts may have expired (they are kept {facts_days(store)} days)"
    return ((day, reason) for day in days if day < first)


def _unsealed(store: Store, days: Sequence[date]) -> Iterator[tuple[date, str]]:
    """Days that workers may still write to; an embedded engine is ours alone while it is open."""
    if store.embedded:
        return
    watermark = store_watermark(store.query)
    first = sealed_before(watermark)
    for day in days:
        if first is None or day >= first:
            yield day, f"it is not sealed: {why_unsealed(live_logs(store.query), watermark, day)}"


def _uncovered(store: Store, days: Sequence[date]) -> Iterator[tuple[date, str]]:
    if not uncovered_batches(store, days):
        return
    for day in days:
        for batch in uncovered_batches(store, [day])[:1]:
            where = batch.partition
            yield (
                day,
                f"batch {batch.start} of partition {where.number} of {where.topic} has {batch.facts:,} facts "
                "and no row in the ledger",
            )


def _incomplete(store: Store, days: Sequence[date]) -> Iterator[tuple[date, str]]:
    """Days with a batch whose facts are not as many as the ledger says were stored."""
    rows = store.rows(
        "WITH ledger AS (SELECT * FROM usage_batches WHERE toDate(append_time_min) <= {last:Date} "
        "AND toDate(append_time_max) >= {first:Date}), "
        f"held AS (SELECT {_KEY}, count() AS facts FROM usage_events "
        "WHERE toDate(received_at) >= (SELECT min(toDate(append_time_min)) FROM ledger) "
        "AND toDate(received_at) <= (SELECT max(toDate(append_time_max)) FROM ledger) "
        f"GROUP BY {_KEY}) SELECT ledger.*, held.facts AS facts FROM ledger LEFT JOIN held USING ({_KEY}) "
        f"WHERE held.facts != ledger.stored ORDER BY {_KEY} DESC",
        {"first": days[0], "last": days[-1]},
    )
    for row in rows:
        yield from ((day, _said(row)) for day in days if _touches(row, day))


def _touches(row: dict[str, Any], day: date) -> bool:
    return bool(row["append_time_min"].date() <= day <= row["append_time_max"].date())


def _said(row: dict[str, Any]) -> str:
    return (
        f"its facts are not complete: batch [{row['batch_start']}, {row['batch_end']}) of partition "
        f"{row['partition']} of {row['topic']} stored {row['stored']:,} events and {row['facts']:,} are there"
    )
