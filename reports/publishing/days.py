"""One day of one composition, read from the facts as they were at a moment."""

from datetime import date, datetime, timedelta
from typing import Any, Final

import numpy as np
import pyarrow as pa

from tokentide.reports.publishing.bucket import UNITS, Bucket
from tokentide.reports.publishing.compositions import Composition
from tokentide.sinks.clickhouse.watermarks import StoreQuery

_NOBODY: Final = "account_hash = ''"


def read_bucket(query: StoreQuery, composition: Composition, day: date, as_of: datetime) -> Bucket:
    """Return who contributed what on a day (UTC, of event_time), counting what was received before `as_of`.

    Events without an account_hash count as one account: whoever they are, they are never told apart.
    """
    sql = f"""
SELECT {composition.member} AS member,
    if({_NOBODY}, toUInt64(0), sipHash64(account_key_id, account_hash)) AS account,
    sum({composition.weight} * (toFloat64(prompt_tokens) + completion_tokens)) AS tokens,
    sum({composition.weight} * (attempt = 1)) AS requests,
    sum({composition.weight} * toFloat64(ifNull(cost_nano, 0))) AS cost_nano
FROM usage_events
WHERE {_WITHIN} AND {composition.population}
GROUP BY member, account
ORDER BY member, account"""
    return _bucket(query(sql, _bounds(day, as_of)))


def account_share(query: StoreQuery, day: date, as_of: datetime) -> float | None:
    """Return the share of a day's events that carry an account_hash; None of a day without events."""
    sql = f"SELECT count() AS n, countIf(NOT ({_NOBODY})) AS known FROM usage_events WHERE {_WITHIN}"
    row = query(sql, _bounds(day, as_of)).to_pylist()[0]
    return int(row["known"]) / int(row["n"]) if int(row["n"]) else None


def event_days(query: StoreQuery, until: date) -> list[date]:
    """Return the days before `until` that have events, oldest first."""
    sql = (
        "SELECT DISTINCT toDate(event_time) AS day FROM usage_events "
        "WHERE toDate(event_time) < {until:Date} ORDER BY day"
    )
    return [row["day"] for row in query(sql, {"until": until}).to_pylist()]


_WITHIN: Final = (
    "event_time >= parseDateTime64BestEffort({first:String}, 6, 'UTC') "
    "AND event_time < parseDateTime64BestEffort({end:String}, 6, 'UTC') "
    "AND received_at < parseDateTime64BestEffort({as_of:String}, 3, 'UTC')"
)


def _bounds(day: date, as_of: datetime) -> dict[str, Any]:
    return {
        "first": f"{day.isoformat()}T00:00:00Z",
        "end": f"{(day + timedelta(days=1)).isoformat()}T00:00:00Z",
        "as_of": as_of.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
    }


def _bucket(rows: pa.Table) -> Bucket:
    coded = rows["member"].combine_chunks().cast(pa.string()).dictionary_encode()
    return Bucket(
        tuple(coded.dictionary.to_pylist()),
        coded.indices.to_numpy().astype(np.int64),
        rows["account"].to_numpy().astype(np.uint64),
        np.stack([rows[unit].to_numpy().astype(np.float64) for unit in UNITS], axis=1),
    )
