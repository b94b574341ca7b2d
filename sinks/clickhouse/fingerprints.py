"""One number per bucket that changes with any sum of any row, computed from facts without grouping them into rows.

Every sum is additive, so a weighted sum of all of them over all rows is too: each row's sums, times weights of
their own, times a hash of the row's dimensions, added up in 64 bits. Facts add the same numbers one by one, and
never need to be grouped into rows, which takes most of the time of recomputing them. Latest and earliest times
are no sums: only those of the whole bucket are compared.
"""

from collections.abc import Iterable
from hashlib import blake2b
from typing import Final

from tokentide.sinks.clickhouse.fact_sums import FACT_SUMS
from tokentide.sinks.clickhouse.levels import Level

# The seven highest mantissa bits and the exponent of a double are the bin of any integer below 2**53,
# counted from the bin of 128, whose exponent field is 1023 + 7.
_FIRST_BIN: Final = (1023 + 7 - 1) * 128


def histogram_index(value: str) -> str:
    """Return the SQL of the histogram bin of an integer below 2**53, as schemas/histogram.py defines it."""
    scaled = f"bitShiftRight(reinterpretAsUInt64(toFloat64({value})), 45) - {_FIRST_BIN}"
    return f"toUInt16(if({value} < 128, {value}, {scaled}))"


def prints_from_facts(level: Level, where: str) -> str:
    """Return the SELECT of one fingerprint per received day and bucket of the facts that satisfy `where`."""
    sums = FACT_SUMS[level.cube]
    terms = [f"{_weight(name)} * {added.sql('UInt64')}" for name, added in sums.sums.items()]
    terms += [f"{_weight(name)} * {_bin_of(value)}" for name, value in sums.histograms.items()]
    row = _of_row((sums.dimensions[name] for name in level.shape.dimension_names), terms)
    return (
        f"SELECT toDate(fact.received_at) AS received_day, {level.bucket} AS bucket, sum({row}) AS print, "
        f"{_edges(sums.edges[name] for name in sorted(sums.edges))} AS edges "
        f"FROM {sums.source} WHERE ({sums.where}) AND ({where}) GROUP BY received_day, bucket"
    )


def prints_of_level(level: Level, where: str) -> str:
    """Return the SELECT of one fingerprint per received day and bucket of the level's rows."""
    sums = FACT_SUMS[level.cube]
    terms = [f"{_weight(name)} * toUInt64(stored.`{name}`)" for name in sums.sums]
    terms += [f"{_weight(name)} * {_bins_of(f'stored.`{name}`')}" for name in sums.histograms]
    functions = {each.column.name: each.function for each in level.shape.merged}
    row = _of_row((f"stored.{name}" for name in level.shape.dimension_names), terms)
    edges = _edges(f"{functions[name]}(stored.`{name}`)" for name in sorted(sums.edges))
    return (
        f"SELECT stored.received_day AS received_day, {level.bucket_of('stored')} AS bucket, sum({row}) AS print, "
        f"{edges} AS edges FROM {level.table} AS stored WHERE {where} GROUP BY received_day, bucket"
    )


def _of_row(dimensions: Iterable[str], terms: Iterable[str]) -> str:
    # Each dimension is hashed by itself: of a column of few values, each value once.
    hashes = (f"cityHash64({sql}) * {_weight(str(place))}" for place, sql in enumerate(dimensions))
    return f"intHash64({' + '.join(('toUInt64(0)', *hashes))}) * ({' + '.join(terms)})"


def _weight(name: str) -> int:
    """Return an odd number of 64 bits: times it, no difference becomes none."""
    return int.from_bytes(blake2b(name.encode(), digest_size=8).digest(), "big") | 1


def _bin_of(value: str) -> str:
    known = f"assumeNotNull({value})"
    return f"if(isNotNull({value}), intHash64(toUInt64({histogram_index(known)})), toUInt64(0))"


def _bins_of(column: str) -> str:
    return f"arraySum((bin, count) -> intHash64(toUInt64(bin)) * count, mapKeys({column}), mapValues({column}))"


def _edges(aggregates: Iterable[str]) -> str:
    return f"cityHash64({', '.join(f'toUnixTimestamp64Milli({sql})' for sql in aggregates)})"
