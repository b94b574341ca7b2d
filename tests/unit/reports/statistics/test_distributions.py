"""Quantiles against printed tables, closed forms and their own definition."""

import math
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tokentide.reports.statistics.distributions import beta_cdf, beta_quantile, t_quantile

# Fisher and Yates, table III: two-sided 5 % and 1 % points of t
PRINTED_T = {1: (12.706, 63.657), 2: (4.303, 9.925), 5: (2.571, 4.032), 10: (2.228, 3.169), 30: (2.042, 2.750),
             60: (2.000, 2.660), 120: (1.980, 2.617)}  # fmt: skip


@pytest.mark.parametrize("df", PRINTED_T)
def test_t_is_as_printed(df):
    assert t_quantile(0.975, df) == pytest.approx(PRINTED_T[df][0], abs=5.1e-4)
    assert t_quantile(0.995, df) == pytest.approx(PRINTED_T[df][1], abs=5.1e-4)


def test_t_is_continuous_where_the_method_changes_and_ends_in_the_normal():
    either_side = t_quantile(0.975, [59.9999999, 60.0])
    assert either_side[0] == pytest.approx(either_side[1], abs=2e-8)
    assert t_quantile(0.975, 1e12) == pytest.approx(NormalDist().inv_cdf(0.975), abs=1e-10)


@given(st.floats(0.001, 0.999), st.integers(1, 60), st.integers(1, 60))
def test_beta_of_whole_parameters_is_a_binomial_tail(x, a, b):
    n = a + b - 1
    tail = math.fsum(math.comb(n, k) * x**k * (1 - x) ** (n - k) for k in range(a, n + 1))
    assert float(beta_cdf(x, a, b)) == pytest.approx(tail, abs=1e-11)


@settings(deadline=None, max_examples=40)
@given(st.floats(1e-4, 1 - 1e-4), st.floats(0.5, 2_000), st.floats(0.5, 2_000))
def test_a_beta_quantile_is_where_the_distribution_reaches_p(p, a, b):
    x = float(beta_quantile(p, a, b))
    below, above = beta_cdf([np.nextafter(x, 0) * (1 - 1e-9), min(1.0, x * (1 + 1e-9) + 1e-300)], a, b)
    assert below - 1e-9 <= p <= above + 1e-9


def test_quantiles_keep_the_shape_they_are_asked_in():
    assert t_quantile(0.975, np.full((3, 2), 4.0)).shape == (3, 2)
    assert beta_quantile(0.5, [[1.0], [2.0]], [3.0, 4.0]).shape == (2, 2)
