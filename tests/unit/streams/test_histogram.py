"""The histogram index: exact, monotone, narrow, and the same for a number as for a column."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokentide.schemas import histogram
from tokentide.streams.transforms.histogram import indices

VALUES = st.one_of(
    st.integers(0, 2**33),
    st.integers(0, 52).flatmap(lambda power: st.integers(max(0, 2**power - 2), 2**power + 2)),
)


@given(VALUES)
def test_every_value_is_inside_its_bin(value: int) -> None:
    place = histogram.index(value)
    assert histogram.lower(place) <= value < histogram.upper(place)


@given(VALUES)
def test_a_midpoint_is_within_half_a_percent_of_every_value_of_its_bin(value: int) -> None:
    middle = histogram.midpoint(histogram.index(value))
    assert abs(middle - value) <= Fraction(value, 200)


@given(VALUES, VALUES)
def test_a_larger_value_never_has_a_smaller_index(one: int, other: int) -> None:
    small, large = sorted((one, other))
    assert histogram.index(small) <= histogram.index(large)


@given(st.lists(VALUES, max_size=50))
def test_a_column_gets_the_indices_its_values_get_one_by_one(values: list[int]) -> None:
    assert indices(np.array(values, np.uint64)).tolist() == [histogram.index(value) for value in values]


def test_bins_leave_no_gap_and_do_not_overlap() -> None:
    """Each bin opens where the one before closed, through every exponent up to 2³³."""
    edges = [histogram.lower(place) for place in range(3457)]
    assert edges[0] == 0
    assert edges[-1] == 2**33
    assert all(low < high for low, high in zip(edges, edges[1:], strict=False))
    assert all(histogram.upper(place) == edges[place + 1] for place in range(3456))


def test_a_bin_is_at_most_a_128th_wide() -> None:
    assert all(
        histogram.upper(place) - histogram.lower(place) <= max(1, histogram.lower(place) / 128)
        for place in range(3456)
    )


def test_indices_of_everything_an_event_can_carry_fit_sixteen_bits() -> None:
    assert histogram.index(2 * (2**31 - 1)) < 2**16
    assert histogram.index(histogram.VALUE_MAX) < 2**16


@pytest.mark.parametrize("value", [0, 1, 100, 255])
def test_small_values_have_a_bin_of_their_own(value: int) -> None:
    assert histogram.midpoint(histogram.index(value)) == value


def test_powers_of_two_are_not_rounded_down_a_bin() -> None:
    """The floating logarithm of 2ⁿ − 1 rounds to n for large n; the index must not."""
    for power in range(8, 53):
        assert histogram.index(2**power) == histogram.index(2**power - 1) + 1
    assert math.log2(2**52 - 1) == 52.0


@pytest.mark.parametrize("value", [-1, 2**53])
def test_a_value_no_bin_holds_exactly_is_refused(value: int) -> None:
    with pytest.raises(ValueError, match="outside"):
        histogram.index(value)
    with pytest.raises(ValueError, match="outside"):
        indices(np.array([0, value], np.int64))


def test_an_empty_column_has_no_indices() -> None:
    assert indices(np.array([], np.uint32)).shape == (0,)
