"""Facts to rollup rows of every family: one row per (received day, 10-second bucket, dimensions of the family).

A pure function of the set of rows: neither their order nor how facts were cut into batches changes
any sum, and facts read back from the store give the rows that freshly made ones gave.
"""

from collections.abc import Iterator, Mapping
from typing import Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from tokentide.schemas.rollup import BUCKET_S, CATEGORY_DIMENSIONS, MODEL_DIMENSIONS, PLACE_DIMENSIONS, Family
from tokentide.schemas.rollup_columns import ROLLUP_SCHEMA
from tokentide.streams.transforms.category_measures import CategoryMeasures
from tokentide.streams.transforms.classes import classified, entries
from tokentide.streams.transforms.facts import Facts
from tokentide.streams.transforms.keys import Factor, Groups, grouped, number_factor, text_factor
from tokentide.streams.transforms.measures import Measures
from tokentide.streams.transforms.neutral import completed
from tokentide.streams.transforms.place_measures import place_measures

I64 = NDArray[np.int64]
Texts = Mapping[str, tuple[Factor, list[str]]]

_DAY_MS: Final = 86_400_000
_USED: Final = {"billing_country": "country"}
"""Dimensions whose `used_` column has another name."""
_OF_CATEGORIES: Final = (
    *("received_at", "event_time", "prompt_tokens", "completion_tokens", "cost_nano", "sample_weight", "used_byok"),
    *("used_category", "used_bucket", "used_sub_tag", "used_labels"),
    *(f"used_{name}" for name in CATEGORY_DIMENSIONS[:4]),
)
"""Columns the category family reads."""


def group(facts: pa.RecordBatch | pa.Table) -> pa.RecordBatch:
    """Return the rollup rows of facts, family by family, sorted by received day, bucket and dimensions.

    Args:
        facts: rows of `FACT_SCHEMA`, or the same columns as ClickHouse returns them; more columns
            do no harm. Each row counts: duplicates are gone before this.

    Returns:
        Rows of `ROLLUP_SCHEMA`, ledger columns neutral; no rows for no facts.
    """
    columns = Facts(facts)
    if columns.rows == 0:
        return completed({}, ROLLUP_SCHEMA, 0)
    return pa.concat_batches(_blocks(columns))


def _blocks(facts: Facts) -> Iterator[pa.RecordBatch]:
    times = _Times(facts)
    texts = {name: _factor(facts, name) for name in dict.fromkeys((*MODEL_DIMENSIONS, *PLACE_DIMENSIONS))}
    keys, groups = times.keyed({name: texts[name] for name in MODEL_DIMENSIONS})
    yield _block(Family.MODEL, keys | Measures(facts, groups).columns())
    keys, groups = times.keyed({name: texts[name] for name in PLACE_DIMENSIONS})
    yield _block(Family.PLACE, keys | place_measures(facts, groups))
    rows = classified(facts)
    if len(rows):
        yield _categories(facts.take(rows, _OF_CATEGORIES))


def _categories(facts: Facts) -> pa.RecordBatch:
    found = entries(facts)
    names = CATEGORY_DIMENSIONS[:4]
    texts = {name: text_factor(facts.text(f"used_{name}").take(pa.array(found.fact))) for name in names}
    words = (found.category, found.bucket, found.sub_tag)
    texts |= {name: text_factor(column) for name, column in zip(CATEGORY_DIMENSIONS[4:], words, strict=True)}
    keys, groups = _Times(facts).of(found.fact).keyed(texts)
    return _block(Family.CATEGORY, keys | CategoryMeasures(facts, found, groups).columns())


def _factor(facts: Facts, dimension: str) -> tuple[Factor, list[str]]:
    return text_factor(facts.text(f"used_{_USED.get(dimension, dimension)}"))


def _block(family: Family, columns: dict[str, pa.Array]) -> pa.RecordBatch:
    rows = len(columns["received_max"])
    columns["family"] = pa.repeat(pa.scalar(family.value, pa.string()), rows)
    return completed(columns, ROLLUP_SCHEMA, rows)


class _Times:
    """When rows were received and when they happened, and the groups these lead."""

    def __init__(self, facts: Facts, rows: I64 | None = None) -> None:
        self._facts = facts
        received, bucket = facts.times("received_at", "ms"), facts.times("event_time", "s") // BUCKET_S
        self._received = received if rows is None else received[rows]
        self._buckets = bucket if rows is None else bucket[rows]
        self._days = self._received // _DAY_MS

    def of(self, rows: I64) -> "_Times":
        """Return the times of some rows, in their order, each as often as it is named."""
        return _Times(self._facts, rows)

    def keyed(self, texts: Texts) -> tuple[dict[str, pa.Array], Groups]:
        """Group by received day, bucket and texts; return the key columns with `received_max`, and the groups."""
        factors = [number_factor(self._days), number_factor(self._buckets), *(factor for factor, _ in texts.values())]
        groups = grouped(factors)
        rows = groups.order[groups.starts]
        latest = np.maximum.reduceat(self._received[groups.order], groups.starts)
        keys = {
            "received_day": pa.array(self._days[rows].astype(np.int32)).view(pa.date32()),
            "bucket": pa.array(self._buckets[rows] * BUCKET_S).view(pa.timestamp("s", "UTC")),
            "received_max": pa.array(latest).view(pa.timestamp("ms", "UTC")),
        }
        for name, (factor, ranked) in texts.items():
            keys[name] = pa.array(ranked, pa.string()).take(pa.array(factor.ranks[rows]))
        return keys, groups
