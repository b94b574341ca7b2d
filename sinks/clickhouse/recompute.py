"""SQL that computes the rows of a level from facts, and fingerprints by which a stored level is compared.

The same meanings as `streams.transforms.group`, in another language: a property test holds the two
together row by row, histograms and squares included.
"""

from typing import Final

from tokentide.sinks.clickhouse.fact_sums import FACT_SUMS, FactSums
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

# The seven highest mantissa bits and the exponent of a double are the bin of any integer below 2**53,
# counted from the bin of 128, whose exponent field is 1023 + 7.
_FIRST_BIN: Final = (1023 + 7 - 1) * 128


def histogram_index(value: str) -> str:
    """Return the SQL of the histogram bin of an integer below 2**53, as schemas/histogram.py defines it."""
    scaled = f"bitShiftRight(reinterpretAsUInt64(toFloat64({value})), 45) - {_FIRST_BIN}"
    return f"toUInt16(if({value} < 128, {value}, {scaled}))"


def _histogram(value: str) -> str:
    """Return the SQL of a histogram: sorted bins and the lengths of their runs, five times faster than sumMap."""
    index = histogram_index(f"assumeNotNull({value})")
    bins = f"arraySort(groupArrayIf({index}, isNotNull({value})))"
    runs = f"arraySplit((bin, nth) -> nth = 1, {bins}, arrayEnumerateUniq({bins}))"
    return f"mapFromArrays(arrayDistinct({bins}), arrayMap(run -> toUInt64(length(run)), {runs}))"


def _histogram_print(value: str) -> str:
    """Return the SQL of the sum of the hashes of a histogram's bins, which is additive like every other measure."""
    index = histogram_index(f"assumeNotNull({value})")
    return f"sumIf(intHash64(toUInt64({index})), isNotNull({value}))"


def rows_from_facts(level: Level, where: str) -> str:
    """Return the SELECT whose rows are the level's rows of the facts that satisfy `where`."""
    sums = FACT_SUMS[level.cube]
    histograms = {name: _histogram(value) for name, value in sums.histograms.items()}
    return _of_facts(level, where, {**sums.sums, **histograms})


def prints_from_facts(level: Level, where: str) -> str:
    """Return the SELECT of one fingerprint per received day and bucket of the facts that satisfy `where`."""
    sums = FACT_SUMS[level.cube]
    histograms = {name: _histogram_print(value) for name, value in sums.histograms.items()}
    return _prints(level, _of_facts(level, where, {**sums.sums, **histograms}))


def _of_facts(level: Level, where: str, merged: dict[str, str]) -> str:
    sums: FactSums = FACT_SUMS[level.cube]
    columns = {
        "received_day": "toDate(fact.received_at)",
        level.shape.time.name: level.time_of_fact(),
        **{name: sums.dimensions[name] for name in level.shape.dimension_names},
        **{each.column.name: merged[each.column.name] for each in level.shape.merged},
    }
    listed = ", ".join(f"{sql} AS `{name}`" for name, sql in columns.items())
    return f"SELECT {listed} FROM {sums.source} WHERE ({sums.where}) AND ({where}) GROUP BY {level.keys}"


def prints_of_level(level: Level, where: str) -> str:
    """Return the SELECT of one fingerprint per received day and bucket of the level's rows."""
    keys = ", ".join(f"stored.{column.name} AS {column.name}" for column in level.shape.keys)
    merged = ", ".join(
        f"{_merged(each.column.name, each.function)} AS `{each.column.name}`" for each in level.shape.merged
    )
    rows = f"SELECT {keys}, {merged} FROM {level.table} AS stored WHERE {where} GROUP BY {level.keys}"
    return _prints(level, rows)


def _merged(name: str, function: str) -> str:
    if function != "sumMap":
        return f"{function}(stored.`{name}`)"
    bins = f"mapKeys(stored.`{name}`), mapValues(stored.`{name}`)"
    return f"sum(arraySum((bin, count) -> intHash64(toUInt64(bin)) * count, {bins}))"


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
        "OR sumIf(keys, of_facts) != sumIf(keys, NOT of_facts)"
    )


def _prints(level: Level, rows: str) -> str:
    return (
        f"SELECT received_day, {level.bucket_of('one')} AS bucket, "
        f"sum(cityHash64({level.names})) AS print, count() AS keys "
        f"FROM ({rows}) AS one GROUP BY received_day, bucket"
    )
