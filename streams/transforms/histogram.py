"""The histogram index of `tokentide.schemas.histogram`, for whole columns.

An integer below 2⁵³ converts to a float64 without loss, and that format *is* an exponent followed
by the mantissa: shifting its bits leaves the index itself. No logarithm, hence no rounding at the
powers of two.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from tokentide.schemas.histogram import MANTISSA_BITS, VALUE_MAX

_FLOAT_MANTISSA_BITS: Final = 52
_FLOAT_BIAS: Final = 1023
_SHIFT: Final = _FLOAT_MANTISSA_BITS - MANTISSA_BITS
_ORIGIN: Final = (_FLOAT_BIAS + MANTISSA_BITS - 1) << MANTISSA_BITS


def indices(values: NDArray[np.integer]) -> NDArray[np.int64]:
    """Return the bin of each value.

    Args:
        values: integers in 0..2⁵³ − 1, any integer dtype, shape (n,).

    Raises:
        ValueError: a value is outside that range.
    """
    if values.size and not 0 <= int(values.min()) <= int(values.max()) <= VALUE_MAX:
        raise ValueError(f"a value is outside 0..{VALUE_MAX}")
    bits = values.astype(np.float64).view(np.int64)
    bins: NDArray[np.int64] = (bits >> _SHIFT) - _ORIGIN
    return np.where(values < (1 << MANTISSA_BITS), values.astype(np.int64), bins)
