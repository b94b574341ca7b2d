"""SQL that computes the rows of a level from facts, and tells in which buckets a stored level differs from them.

The same meanings as `streams.transforms.group`, in another language: a property test holds the two
together row by row, histograms and squares included.
"""

from tokentide.sinks.clickhouse.fact_sums import FACT_SUMS
from tokentide.sinks.clickhouse.fingerprints import histogram_index, prints_from_facts, prints_of_level
from tokentide.sinks.clickhouse.levels import BUCKET, LEVELS, Level

__all__ = [
    "BUCKET",
    "LEVELS",
    "Level",
    "histogram_index",
    "prints_from_facts",
    "prints_of_level",
    "rows_from_facts",
    "unequal_buckets",
    "unequal_prints",
]


def _histogram(value: str) -> str:
    """Return the SQL of a histogram: sorted bins and the lengths of their runs, five times faster than sumMap."""
    index = histogram_index(f"assumeNotNull({value})")
    bins = f"arraySort(groupArrayIf({index}, isNotNull({value})))"
    runs = f"arraySplit((bin, nth) -> nth = 1, {bins}, arrayEnumerateUniq({bins}))"
    return f"mapFromArrays(arrayDistinct({bins}), arrayMap(run -> toUInt64(length(run)), {runs}))"


def rows_from_facts(level: Level, where: str) -> str:
    """Return the SELECT whose rows are the level's rows of the facts that satisfy `where`."""
    sums = FACT_SUMS[level.cube]
    merged = {name: f"sum({added.sql()})" for name, added in sums.sums.items()}
    merged |= {**sums.edges, **{name: _histogram(value) for name, value in sums.histograms.items()}}
    columns = {
        "received_day": "toDate(fact.received_at)",
        level.shape.time.name: level.time_of_fact(),
        **{name: sums.dimensions[name] for name in level.shape.dimension_names},
        **{each.column.name: merged[each.column.name] for each in level.shape.merged},
    }
    listed = ", ".join(f"{sql} AS `{name}`" for name, sql in columns.items())
    return f"SELECT {listed} FROM {sums.source} WHERE ({sums.where}) AND ({where}) GROUP BY {level.keys}"


def unequal_buckets(level: Level, facts_where: str, level_where: str) -> str:
    """Return the SELECT of (received_day, bucket) in which the level is not what its facts add up to."""
    return unequal_prints(prints_from_facts(level, facts_where), prints_of_level(level, level_where))


def unequal_prints(wanted: str, stored: str) -> str:
    """Return the SELECT of (received_day, bucket) in which two SELECTs of fingerprints differ."""
    return (
        "SELECT received_day, bucket FROM ("
        f"SELECT *, true AS of_facts FROM ({wanted}) "
        f"UNION ALL SELECT *, false AS of_facts FROM ({stored})"
        ") GROUP BY received_day, bucket "
        "HAVING sumIf(print, of_facts) != sumIf(print, NOT of_facts) "
        "OR sumIf(edges, of_facts) != sumIf(edges, NOT of_facts)"
    )
