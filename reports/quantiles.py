"""Quantiles of a mergeable histogram, as a ClickHouse expression.

The index is the one of `schemas/histogram.py`: below 128 the value itself; above, an exponent and seven
mantissa bits, so a bin is at most 1/128 of its lower bound wide.
The quantile p is the nearest-rank one: the smallest value with at least p % of all values at or below it.
It lies in the bin found here, and the bin's midpoint is within 1/256 (0.4 %) of it.
"""


def midpoint(index: str) -> str:
    """Return SQL for the value that stands for the bin with this index (an SQL expression)."""
    shift = f"toUInt8(greatest(intDiv({index}, 128), 1) - 1)"
    lower = f"bitShiftLeft(toUInt64(128 + {index} % 128), {shift})"
    half = f"intDiv(bitShiftLeft(toUInt64(1), {shift}) - 1, 2)"
    return f"if({index} < 128, toUInt64({index}), {lower} + {half})"


def cumulated(histogram: str) -> str:
    """Return SQL for the counts of a map column, added up from the lowest bin."""
    return f"arrayCumSum(mapValues({histogram}))"


def bin_at(histogram: str, counts: str, percent: int) -> str:
    """Return SQL for the index of the bin that holds a percentile; `counts` are `cumulated`, not empty."""
    rank = f"intDiv(toUInt64({counts}[-1]) * {percent} + 99, 100)"
    return f"mapKeys({histogram})[arrayFirstIndex(c -> toUInt64(c) >= {rank}, {counts})]"
