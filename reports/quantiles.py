"""Quantiles of a mergeable histogram, as a ClickHouse expression.

The index is the one of `schemas/histogram.py`: below 128 the value itself; above, an exponent and seven
mantissa bits, so a bin is at most 1/128 of its lower bound wide.
The quantile p is the nearest-rank one: the smallest value with at least p % of all values at or below it.
It lies in the bin found here, and the bin's midpoint is within 1/256 (0.4 %) of it.
"""

from collections.abc import Sequence


def midpoint(index: str) -> str:
    """Return SQL for the value that stands for the bin with this index (an SQL expression)."""
    shift = f"toUInt8(greatest(intDiv({index}, 128), 1) - 1)"
    lower = f"bitShiftLeft(toUInt64(128 + {index} % 128), {shift})"
    half = f"intDiv(bitShiftLeft(toUInt64(1), {shift}) - 1, 2)"
    return f"if({index} < 128, toUInt64({index}), {lower} + {half})"


def quantiles(histogram: str, percents: Sequence[int]) -> str:
    """Return SQL for an array of the given percentiles of a map column that is not empty."""
    counts = f"arrayCumSum(mapValues({histogram}))"
    rank = f"intDiv(toUInt64({counts}[-1]) * p + 99, 100)"
    index = f"mapKeys({histogram})[arrayFirstIndex(c -> toUInt64(c) >= {rank}, {counts})]"
    percent_list = ", ".join(map(str, percents))
    return f"arrayMap(p -> arrayMap(i -> {midpoint('i')}, [{index}])[1], [{percent_list}])"
