"""Facts to rollup rows of the model family: one row per (received day, 10-second bucket, dimensions).

A pure function of the set of rows: neither their order nor how facts were cut into batches changes
any sum, and facts read back from the store give the rows that freshly made ones gave.
"""

from typing import Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from tokentide.schemas.rollup import BUCKET_S, MODEL_DIMENSIONS, Family
from tokentide.schemas.rollup_columns import ROLLUP_SCHEMA
from tokentide.streams.transforms.facts import Facts
from tokentide.streams.transforms.keys import Groups, grouped, number_factor, text_factor
from tokentide.streams.transforms.measures import Measures
from tokentide.streams.transforms.neutral import completed

I64 = NDArray[np.int64]

_DAY_MS: Final = 86_400_000


def group(facts: pa.RecordBatch | pa.Table) -> pa.RecordBatch:
    """Return the rollup rows of facts, sorted by received day, bucket and dimensions.

    Args:
        facts: rows of `FACT_SCHEMA`, or the same columns as ClickHouse returns them; more columns
            do no harm. Each row counts: duplicates are gone before this.

    Returns:
        Rows of `ROLLUP_SCHEMA`, ledger columns neutral; no rows for no facts.
    """
    columns = Facts(facts)
    if columns.rows == 0:
        return completed({}, ROLLUP_SCHEMA, 0)
    received = columns.times("received_at", "ms")
    keys, groups = _keyed(columns, received)
    keys["received_max"] = _stamps(np.maximum.reduceat(received[groups.order], groups.starts))
    keys["family"] = pa.repeat(pa.scalar(Family.MODEL.value, pa.string()), len(groups))
    return completed(keys | Measures(columns, groups).columns(), ROLLUP_SCHEMA, len(groups))


def _keyed(columns: Facts, received: I64) -> tuple[dict[str, pa.Array], Groups]:
    days = received // _DAY_MS
    buckets = columns.times("event_time", "s") // BUCKET_S
    texts = {name: text_factor(columns.text(f"used_{name}")) for name in MODEL_DIMENSIONS}
    groups = grouped([number_factor(days), number_factor(buckets), *(factor for factor, _ in texts.values())])
    rows = groups.order[groups.starts]
    keys = {
        "received_day": pa.array(days[rows].astype(np.int32)).view(pa.date32()),
        "bucket": pa.array(buckets[rows] * BUCKET_S).view(pa.timestamp("s", "UTC")),
    }
    for name, (factor, ranked) in texts.items():
        keys[name] = pa.array(ranked, pa.string()).take(pa.array(factor.ranks[rows]))
    return keys, groups


def _stamps(values: I64) -> pa.Array:
    return pa.array(values).view(pa.timestamp("ms", "UTC"))
