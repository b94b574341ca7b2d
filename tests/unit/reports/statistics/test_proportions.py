"""Intervals and tests of counted proportions: published values, brute force, coverage."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tokentide.reports.statistics.multiple import adjusted
from tokentide.reports.statistics.proportions import binomial_at_least, clopper_pearson, mcnemar_rise, wilson

# Newcombe (1998), table I: exact (Clopper-Pearson) and score (Wilson) intervals
PUBLISHED = {
    (81, 263): ((0.2527, 0.3676), (0.2553, 0.3662)),
    (15, 148): ((0.0578, 0.1617), (0.0624, 0.1605)),
    (0, 20): ((0.0, 0.1684), (0.0, 0.1611)),
    (1, 29): ((0.0009, 0.1776), (0.0061, 0.1718)),
}


@pytest.mark.parametrize("counts", PUBLISHED)
def test_intervals_are_as_published(counts):
    exact, score = PUBLISHED[counts]
    assert np.allclose(np.ravel(clopper_pearson(*counts)), exact, atol=5e-5)
    assert np.allclose(np.ravel(wilson(*counts)), score, atol=5e-5)


def _pmf(n: int, p: float) -> list[float]:
    return [math.comb(n, k) * p**k * (1 - p) ** (n - k) for k in range(n + 1)]


@pytest.mark.parametrize("n", [5, 20, 100])
def test_the_exact_interval_never_covers_less_than_it_says_and_the_score_one_does_on_average(n):
    k = np.arange(n + 1)
    covered = {}
    for name, method in (("exact", clopper_pearson), ("score", wilson)):
        low, high = method(k, n)
        chances = [math.fsum(np.array(_pmf(n, p))[(low <= p) & (p <= high)]) for p in np.linspace(0.01, 0.99, 197)]
        covered[name] = np.array(chances)
    assert covered["exact"].min() >= 0.95 - 1e-9
    assert covered["score"].mean() == pytest.approx(0.95, abs=0.012)


@settings(deadline=None, max_examples=40)
@given(st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_both_intervals_hold_the_proportion_and_mirror_with_it(counts):
    k, n = counts
    for method in (clopper_pearson, wilson):
        low, high = method(k, n)
        mirrored_low, mirrored_high = method(n - k, n)
        assert 0 <= low <= k / n <= high <= 1
        assert float(low) == pytest.approx(1 - float(mirrored_high), abs=1e-9)
        assert float(high) == pytest.approx(1 - float(mirrored_low), abs=1e-9)


def test_no_trials_have_no_interval():
    assert np.isnan(np.ravel((wilson(0, 0), clopper_pearson(0, 0)))).all()


@given(st.integers(0, 40), st.integers(0, 40))
def test_a_rise_is_tested_by_the_exact_binomial(gained, lost):
    n = gained + lost
    expected = sum(math.comb(n, k) for k in range(gained, n + 1)) / 2**n
    assert float(mcnemar_rise(gained, lost)) == pytest.approx(expected, rel=1e-9)


def test_certain_and_impossible_counts():
    assert binomial_at_least([0, 7], [7, 7], 0.5) == pytest.approx([1.0, 0.5**7])


def test_discoveries_are_those_of_the_first_paper():
    # Benjamini and Hochberg (1995), section 3.2: 15 tests, four found at 5 %
    p = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528,
         0.7590, 1.0]  # fmt: skip
    assert (adjusted(p) <= 0.05).sum() == 4


@given(st.lists(st.floats(0, 1), min_size=1, max_size=40), st.floats(0.01, 0.5))
def test_discoveries_follow_the_step_up_rule(p, level):
    ordered = sorted(p)
    largest = max((i for i, value in enumerate(ordered, 1) if value * len(p) / i <= level), default=0)
    assert (adjusted(p) <= level).sum() == sum(value <= ordered[largest - 1] for value in p if largest)


def test_the_expected_part_of_false_discoveries_is_held():
    rng = np.random.default_rng(3)
    wrong = []
    for _ in range(2_000):
        p = rng.random(50)
        p[:10] = p[:10] ** 12
        found = adjusted(p) <= 0.05
        wrong.append(found[10:].sum() / max(found.sum(), 1))
    assert np.mean(wrong) <= 0.05
