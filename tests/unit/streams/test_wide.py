"""Products beyond 64 bits: exact at the extremes the wire contract allows, and equal to Python's integers."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tokentide.streams.transforms.wide import Wide

VALUES = st.integers(0, 2**64 - 1) | st.integers(0, 300) | st.sampled_from([0, 2**32 - 1, 2**32, 10**10, 2**64 - 1])
MOST_WEIGHT, MOST_TOKENS, MOST_NANO = 10**10, 2 * (2**31 - 1), 10**15


def summed(columns: list[list[int]], starts: list[int], words: int) -> list[int]:
    arrays = [np.array(column, np.uint64) for column in columns]
    number = Wide.of(arrays[0])
    for array in arrays[1:]:
        number = number.times(array)
    found = number.sums(np.arange(len(arrays[0])), np.array(starts), words)
    return [int.from_bytes(row.astype("<u8").tobytes(), "little") for row in found]


@given(
    st.lists(st.tuples(VALUES, VALUES, VALUES, VALUES), min_size=1, max_size=9), st.integers(1, 9), st.integers(1, 4)
)
@settings(max_examples=300, deadline=None)
def test_sums_of_products_are_those_of_integers(rows: list[tuple[int, ...]], cut: int, words: int) -> None:
    cut = min(cut, len(rows))
    starts = [0] if cut == len(rows) else [0, cut]
    products = [a * b * c * d for a, b, c, d in rows]
    expected = [sum(products[:cut]), sum(products[cut:])][: len(starts)]
    assert summed([list(column) for column in zip(*rows, strict=True)], starts, words) == [
        value % 2 ** (64 * words) for value in expected
    ]


def test_a_whole_batch_of_the_largest_legal_values_fits() -> None:
    """50,000 events at the least sample rate, with the most tokens and the greatest cost, lose no bit."""
    rows = 50_000
    for value, words in ((MOST_TOKENS, 4), (MOST_NANO, 4)):
        columns = [[MOST_WEIGHT] * rows, [MOST_WEIGHT] * rows, [value] * rows, [value] * rows]
        assert summed(columns, [0], words) == [rows * MOST_WEIGHT**2 * value**2]


def test_a_square_of_weight_and_tokens_needs_more_than_128_bits() -> None:
    """Why these sums are UInt256."""
    assert (MOST_WEIGHT * MOST_TOKENS) ** 2 > 2**128
    assert (MOST_WEIGHT * MOST_NANO) ** 2 < 2**256 // 10**20
