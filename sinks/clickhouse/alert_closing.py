"""Which cells are closed, and how far ahead of the broker's clock gateways date their events."""

import hashlib
from typing import Any, Final

import pyarrow as pa

from tokentide.schemas.alert_rules import CELL_S
from tokentide.sinks.clickhouse.alert_cells import CellSpan
from tokentide.sinks.clickhouse.alert_sums import GRACE_S
from tokentide.sinks.clickhouse.store import Store
from tokentide.sinks.clickhouse.watermarks import store_watermark

LEAD_S: Final = 60
"""An event dated further ahead of the broker's clock is counted as early."""

_EARLY: Final = f"""
SELECT toDateTime(toStartOfInterval(received_at, toIntervalSecond({CELL_S})), 'UTC') AS start,
    toString(used_gateway) AS gateway, count() AS events,
    max(toUnixTimestamp64Milli(toDateTime64(event_time, 3)) - toUnixTimestamp64Milli(received_at)) / 1000
        AS lead_max_s
FROM usage_events
WHERE event_time > addSeconds(received_at, {LEAD_S}) AND event_time >= {{from_s:DateTime64(0, 'UTC')}}
    AND received_at >= {{from_s:DateTime64(0, 'UTC')}} AND received_at < {{to_s:DateTime64(0, 'UTC')}}
GROUP BY start, gateway
"""
_SCHEMA: Final = pa.schema(
    [
        pa.field("start", pa.timestamp("s", "UTC"), nullable=False),
        pa.field("gateway", pa.string(), nullable=False),
        pa.field("events", pa.uint64(), nullable=False),
        pa.field("lead_max_s", pa.float64(), nullable=False),
    ]
)


def closed_before(store: Store) -> int | None:
    """Return the end of the last closed cell, unix seconds; None while it is not known.

    A cell is closed when everything appended until a minute after its end is settled in every partition of every
    live log. A partition with nothing left to read goes with its owner's clock, so an idle one holds nobody back;
    one that nobody reads does, as it must.
    """
    settled = store_watermark(store.query)
    return None if settled is None else (int(settled.timestamp()) - GRACE_S) // CELL_S * CELL_S


def record_early(store: Store, span: CellSpan) -> dict[str, int]:
    """Write how many events of a span of arrival were early, by gateway; return the counts."""
    found = store.query(_EARLY, span.params())
    if found.num_rows == 0:
        return {}
    starts = found.column("start").cast(pa.int64()).cast(pa.timestamp("s", "UTC"))
    rows = found.set_column(0, "start", starts).cast(_SCHEMA)
    print_ = hashlib.sha256(repr(rows.to_pylist()).encode()).hexdigest()[:24]
    store.insert("alert_early", rows, f"early:{span.start}:{print_}:{store.boot}")
    counts: dict[str, int] = {}
    for row in rows.to_pylist():
        counts[row["gateway"]] = counts.get(row["gateway"], 0) + row["events"]
    return counts


def early_by_gateway(store: Store) -> list[dict[str, Any]]:
    """Return the early events of each gateway that are on record, most first."""
    return store.rows(
        "SELECT toString(gateway) AS gateway, sum(events) AS events, max(lead_max_s) AS lead_max_s "
        "FROM alert_early FINAL GROUP BY gateway ORDER BY events DESC, gateway"
    )
