"""The log-linear histogram index: a token count or a duration to a bin at most 1/128 wide.

An index is an exponent and seven mantissa bits of the integer, so bins of different batches,
workers and days are the same bins and histograms merge by adding counts. Values below 256 have
a bin each; above, a bin spans at most 1/128 of its lower bound, and its midpoint is within
1/256 (0.4 %) of any value in it.
"""

from typing import Final

MANTISSA_BITS: Final = 7
_BINS: Final = 1 << MANTISSA_BITS
VALUE_MAX: Final = (1 << 53) - 1
"""Largest value both this module and its vectorised twin place exactly (tokens and ms stay below 2³³)."""


def index(value: int) -> int:
    """Return the bin of `value`; fits 16 bits for every value up to VALUE_MAX.

    Raises:
        ValueError: `value` is negative or above VALUE_MAX.
    """
    if not 0 <= value <= VALUE_MAX:
        raise ValueError(f"{value} is outside 0..{VALUE_MAX}")
    if value < _BINS:
        return value
    exponent = value.bit_length() - 1
    mantissa = (value >> (exponent - MANTISSA_BITS)) & (_BINS - 1)
    return (exponent - MANTISSA_BITS + 1) * _BINS + mantissa


def lower(bin_index: int) -> int:
    """Return the smallest value in the bin."""
    if bin_index < _BINS:
        return bin_index
    shift, mantissa = divmod(bin_index, _BINS)
    return (_BINS + mantissa) << (shift - 1)


def upper(bin_index: int) -> int:
    """Return the smallest value above the bin: bins are half open, [lower, upper)."""
    return lower(bin_index + 1)


def midpoint(bin_index: int) -> int:
    """Return the value that stands for the bin: exact below 256, within 1/256 of each member above."""
    return (lower(bin_index) + upper(bin_index) - 1) // 2
