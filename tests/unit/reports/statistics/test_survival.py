"""Survival against the textbook's leukaemia data, against counting, and by coverage."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokentide.reports.statistics.survival import kaplan_meier

# Freireich et al. (1963), 6-MP arm: weeks in remission; + is censored
WEEKS = [6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35]
ENDED = [1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0]


def test_the_leukaemia_trial_comes_out_as_printed():
    found = kaplan_meier(WEEKS, ENDED)
    assert found.time.tolist() == [6, 7, 10, 13, 16, 22, 23]
    assert found.at_risk.tolist() == [21, 17, 15, 12, 11, 7, 6]
    assert found.surviving == pytest.approx([0.857, 0.807, 0.753, 0.690, 0.627, 0.538, 0.448], abs=5e-4)
    assert found.median == 23
    assert (found.n, found.censored) == (21, 12)
    # log(-log) interval at six weeks, as printed by common packages: 0.620 to 0.952
    assert (found.low[0], found.high[0]) == pytest.approx((0.620, 0.952), abs=1e-3)


subjects = st.lists(st.tuples(st.integers(0, 30), st.booleans()), min_size=1, max_size=60)


@given(subjects)
def test_the_curve_only_falls_inside_its_interval(drawn):
    found = kaplan_meier(*zip(*drawn, strict=True))
    assert np.all(np.diff(found.surviving) <= 0)
    inner = ~np.isnan(found.low)
    assert np.all(found.low[inner] <= found.surviving[inner])
    assert np.all(found.surviving[inner] <= found.high[inner])
    assert found.ended.sum() + found.censored == found.n == len(drawn)


@given(st.lists(st.integers(1, 30), min_size=1, max_size=60))
def test_without_censoring_it_is_counting(times):
    found = kaplan_meier(times, [True] * len(times))
    for moment, surviving in zip(found.time, found.surviving, strict=True):
        assert surviving == pytest.approx(sum(t > moment for t in times) / len(times))
    assert found.mean_until(found.longest) == pytest.approx(np.mean(times))
    assert found.median == sorted(times)[(len(times) - 1) // 2]


def test_nothing_that_lasts_has_a_median():
    found = kaplan_meier([3, 4, 5], [False, False, True])
    assert found.median == 5
    assert kaplan_meier([3, 4], [False, False]).median is None
    assert kaplan_meier([3, 4], [False, False]).mean_until(4) == 4
    assert kaplan_meier([], []).n == 0


def test_the_interval_covers_the_truth_under_censoring():
    rng = np.random.default_rng(11)
    covered = []
    for _ in range(1_000):
        life, seen = rng.exponential(10, 40), rng.uniform(2, 30, 40)
        found = kaplan_meier(np.minimum(life, seen), life <= seen)
        at = np.searchsorted(found.time, 8.0, side="right") - 1
        covered.append(found.low[at] <= np.exp(-0.8) <= found.high[at])
    assert 0.93 <= np.mean(covered) <= 0.97
