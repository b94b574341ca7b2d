"""Estimates of shares and means: known answers, limits, and how often their intervals cover the truth."""

import math

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from support.statistics_markets import accounts, requests, samples

from tokentide.reports.statistics.estimate import Estimate
from tokentide.reports.statistics.ratio import Pair, Sampled, ratio, share, share_of_clusters

TIMES = 2_000
SIZES = [(0.05, 10_000, 1), (0.05, 40_000, 2), (0.0025, 80_000, 3), (0.0025, 400_000, 4)]


def sums(sample: np.ndarray, x: np.ndarray, rate: float) -> Sampled:
    """Weighted sums per sample."""
    by = lambda values: np.bincount(sample, values, minlength=TIMES)  # noqa: E731
    return Sampled(by(np.ones_like(x)), by(x) / rate, by(x * x) / rate**2, by(x * x) / rate)


def coverage(found: Estimate, truth: float) -> float:
    return float(((found.low <= truth) & (truth <= found.high)).mean())


def width(found: Estimate, truth: float) -> float:
    """Half the median width over the half-width that would have held 95 % of these very estimates."""
    return float(np.median(found.high - found.low) / 2 / np.quantile(np.abs(found.value - truth), 0.95))


@pytest.mark.parametrize(("rate", "size", "seed"), SIZES)
def test_shares_of_sampled_requests_are_covered_as_often_as_said(rate, size, seed):
    market = requests(seed, size)
    sample, taken = samples(seed + 100, size, rate, TIMES)
    tokens, group = market.tokens[taken], market.group[taken]
    whole = sums(sample, tokens, rate)
    for number, truth in enumerate(market.shares):
        inside = group == number
        found = share(sums(sample[inside], tokens[inside], rate), whole)
        assert 0.93 <= coverage(found, truth) <= 0.97, f"group {number}"
        assert width(found, truth) <= 1.3, f"group {number}"


@pytest.mark.parametrize(("rate", "size", "seed"), SIZES)
def test_means_of_sampled_requests_are_covered_as_often_as_said(rate, size, seed):
    tokens = requests(seed, size).tokens
    sample, taken = samples(seed + 200, size, rate, TIMES)
    by = sums(sample, tokens[taken], rate)
    w, total = 1 / rate, by.total
    found = ratio(Pair(by.n, total, w * by.n, by.square, w * total, w * w * by.n, (by.linear, total, w * by.n)))
    assert 0.93 <= coverage(found, tokens.mean()) <= 0.97
    assert width(found, tokens.mean()) <= 1.3


@pytest.mark.parametrize("truth", [0.4, 0.08])
@pytest.mark.parametrize("count", [30, 100, 300, 1000])
def test_shares_of_whole_accounts_are_covered_nine_times_in_ten(count, truth):
    part, whole = accounts(count, TIMES, count, truth)
    found = share_of_clusters(clusters(part, whole))
    assert coverage(found, truth) >= 0.90
    assert width(found, truth) <= 1.3


def clusters(part: np.ndarray, whole: np.ndarray) -> Pair:
    n = np.full(part.shape[:-1], float(part.shape[-1]))
    products = [np.sum(a * b, axis=-1) for a, b in ((part, part), (part, whole), (whole, whole))]
    return Pair(n, part.sum(-1), whole.sum(-1), *products)


def test_requests_of_few_accounts_taken_for_independent_would_cover_less():
    """Why accounts matter: the same events, each account's requests taken for requests of anyone."""
    rng = np.random.default_rng(5)
    size = rng.poisson(np.exp(3 + rng.standard_normal((TIMES, 60)))).astype(float)
    hits = rng.binomial(size.astype(int), rng.beta(0.6, 0.9, size.shape)).astype(float)
    n, inside = size.sum(-1), hits.sum(-1)
    independent = share(Sampled(inside, inside, inside, 0 * inside), Sampled(n, n, n, 0 * n))
    clustered = share_of_clusters(clusters(hits, size))
    assert coverage(clustered, 0.4) >= 0.90 > 0.6 > coverage(independent, 0.4)


def test_an_even_sample_is_a_binomial_proportion():
    # 30 of 100 requests, all alike, from so many that the rate does not matter: Wilson with Student's t
    found = share(
        Sampled(*map(np.array, (30.0, 30e9, 30e18, 0.0))), Sampled(*map(np.array, (100.0, 1e11, 1e20, 0.0)))
    )
    assert found.value == pytest.approx(0.3)
    assert found.error == pytest.approx(math.sqrt(0.3 * 0.7 / 99))
    assert found.n_eff == pytest.approx(100)
    assert float(found.low) == pytest.approx(0.219, abs=0.003)  # Wilson's own: 0.2189, 0.3958
    assert float(found.high) == pytest.approx(0.396, abs=0.003)


def test_the_linearised_variance_of_a_mean_is_the_textbook_one():
    x = np.array([3.0, 5.0, 8.0, 14.0])
    ones = np.ones_like(x)
    found = ratio(Pair(*(np.array(v.sum()) for v in (ones, x, ones, x * x, x, ones))))
    assert found.value == pytest.approx(7.5)
    assert found.error == pytest.approx(x.std(ddof=1) / 2)


weights = st.lists(st.tuples(st.floats(0.001, 1), st.integers(1, 10_000), st.booleans()), min_size=2, max_size=30)


@settings(deadline=None, max_examples=40)
@given(weights)
def test_an_interval_holds_its_share_and_stays_between_none_and_all(drawn):
    rate, x, inside = (np.array(column, dtype=float) for column in zip(*drawn, strict=True))
    found = share(_of(rate, x, inside > 0), _of(rate, x, inside >= 0))
    assert 0 <= found.low <= found.value <= found.high <= 1
    assert found.n == inside.sum()
    assert 1 - 1e-9 <= found.n_eff <= len(drawn) + 1e-9


@settings(deadline=None, max_examples=40)
@given(weights, st.floats(1.5, 1e6))
def test_units_of_measure_do_not_matter(drawn, scale):
    rate, x, inside = (np.array(column, dtype=float) for column in zip(*drawn, strict=True))
    one = share(_of(rate, x, inside > 0), _of(rate, x, inside >= 0))
    other = share(_of(rate, scale * x, inside > 0), _of(rate, scale * x, inside >= 0))
    assert np.allclose([one.value, one.low, one.high], [other.value, other.low, other.high], atol=1e-7)


@example([(1.0, 1, False), (1.0, 1, True), (1.0, 8591, True)])
@settings(deadline=None, max_examples=40)
@given(weights)
def test_where_every_request_was_classified_the_share_is_exact(drawn):
    _, x, inside = (np.array(column, dtype=float) for column in zip(*drawn, strict=True))
    micro = [(1e6 * x[keep].sum(), 1e12 * (x[keep] ** 2).sum(), 1e6 * (x[keep] ** 2).sum(), keep.sum())
             for keep in (inside > 0, inside >= 0)]  # fmt: skip
    group, whole = (Sampled.of_micro(n, total, square, linear) for total, square, linear, n in micro)
    found = share(group, whole)
    assert found.low == found.value == found.high
    assert found.value == pytest.approx(x[inside > 0].sum() / x.sum())


def _of(rate: np.ndarray, x: np.ndarray, keep: np.ndarray) -> Sampled:
    w, x = 1 / rate[keep], x[keep]
    return Sampled(*(np.array(v.sum()) for v in (np.ones_like(x), w * x, w * w * x * x, w * x * x)))


def test_a_group_never_seen_has_an_upper_end_that_falls_with_the_sample():
    highs = [float(share(_none(), _even(n)).high) for n in (10, 100, 1000)]
    assert highs == sorted(highs, reverse=True)
    assert highs[1] == pytest.approx(0.0379, abs=0.001)  # t(99)² / (100 + t²)
    assert highs[0] < 0.5


def _none() -> Sampled:
    return Sampled(*(np.array(0.0) for _ in range(4)))


def _even(n: int) -> Sampled:
    return Sampled(*map(np.array, (float(n), n * 1e6, n * 1e12, 0.0)))


def test_no_sample_gives_no_figure_and_one_unit_no_interval_of_a_mean():
    found = share(_none(), _none())
    assert np.isnan([found.value, found.low, found.high, found.n_eff]).all()
    one = ratio(Pair(*map(np.array, (1.0, 9.0, 3.0, 81.0, 27.0, 9.0))))
    assert one.value == 3.0
    assert np.isnan([one.low, one.high]).all()
