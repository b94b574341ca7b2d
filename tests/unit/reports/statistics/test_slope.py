"""Slopes against matrix algebra and by coverage; concentration against its definition."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokentide.reports.statistics.concentration import concentration
from tokentide.reports.statistics.slope import log_log


def by_matrices(x, y, kind):
    """The sandwich, written out."""
    design = np.column_stack([np.ones(len(x)), np.log(x)])
    bread = np.linalg.inv(design.T @ design)
    beta = bread @ design.T @ np.log(y)
    residuals = np.log(y) - design @ beta
    leverage = np.diag(design @ bread @ design.T)
    squares = residuals**2 * (len(x) / (len(x) - 2) if kind == "HC1" else 1 / (1 - leverage) ** 2)
    return beta, np.sqrt((bread @ design.T @ np.diag(squares) @ design @ bread)[1, 1])


@pytest.mark.parametrize("kind", ["HC1", "HC3"])
def test_slope_and_robust_error_are_the_sandwich(kind):
    rng = np.random.default_rng(2)
    x = np.exp(rng.normal(0, 2, 40))
    y = x**-0.06 * np.exp(rng.normal(0, 1 + np.abs(np.log(x)), 40))
    found, (beta, error) = log_log(x, y, kind), by_matrices(x, y, kind)
    assert (found.intercept, found.slope) == pytest.approx(beta)
    assert found.error == pytest.approx(error)


def test_a_power_law_is_found_and_what_has_no_logarithm_counted():
    x = np.array([0.1, 1, 10, 100, 0, np.nan, 5])
    found = log_log(x, np.array([3 * v**-0.5 for v in x[:4]] + [7, 7, 0]))
    assert found.slope == pytest.approx(-0.5)
    assert np.exp(found.intercept) == pytest.approx(3)
    assert (found.n, found.excluded) == (4, 3)


def test_too_few_points_have_no_slope():
    assert log_log([1, 2], [1, 2]).slope is None
    assert log_log([3, 3, 3], [1, 2, 3]).slope is None
    assert log_log([], []).n == 0


@pytest.mark.parametrize("count", [12, 40, 150])
def test_the_slope_s_interval_covers_it_with_unequal_spread(count):
    rng = np.random.default_rng(count)
    covered = []
    for _ in range(2_000):
        log_x = rng.normal(0, 1.5, count)
        noise = rng.normal(0, 1 + 0.5 * np.abs(log_x))
        found = log_log(np.exp(log_x), np.exp(12 - 0.06 * log_x + noise))
        covered.append(found.low <= -0.06 <= found.high)
    assert 0.93 <= np.mean(covered) <= 0.98


@given(st.lists(st.integers(0, 10_000), min_size=1, max_size=30).filter(any))
def test_concentration_is_its_definition(amounts):
    found = concentration(amounts)
    shares = sorted((a / sum(amounts) for a in amounts), reverse=True)
    assert found.hhi == pytest.approx(sum(s * s for s in shares))
    assert found.effective == pytest.approx(1 / sum(s * s for s in shares))
    assert found.top2 == pytest.approx(sum(shares[:2]))
    assert found.parts == sum(a > 0 for a in amounts)
    assert 1 - 1e-9 <= found.effective <= found.parts + 1e-9
    assert found.above == sum(s > 0.05 for s in shares)


def test_equal_parts_count_as_what_they_are():
    assert concentration([5] * 8).effective == pytest.approx(8)
    assert concentration([0, 0]) is None
