"""The interval of a price covers what all requests would have cost, at least as often as it says."""

import numpy as np
import pytest

from tokentide.reports.estimates import EstimatedPrice
from tokentide.reports.formulas import Unit

RATE, SEEDS = 0.05, 400
W = 1e6 / RATE


def row(t: np.ndarray, c: np.ndarray, w: float, paid: np.ndarray) -> dict[str, float]:
    """Return the sums SQL gives of sampled requests: tokens t, nano-USD c, all of weight w."""
    return {
        "price_usd_per_1m": c[paid].sum() / t[paid].sum() / 1e3 if paid.any() else np.nan, "n": len(t),
        "raw_paid_n": paid.sum(), "raw_wc_paid": w * c[paid].sum(), "raw_wt_priced_paid": w * t[paid].sum(),
        "raw_w2cc": w * w * (c**2).sum(), "raw_wcc": w * (c**2).sum(), "raw_w2tt": w * w * (t**2).sum(),
        "raw_wtt": w * (t**2).sum(), "raw_requests": w * len(t), "raw_w2": w * w * len(t),
    }  # fmt: skip


def drawn(seed: int) -> tuple[float, dict[str, float]]:
    """Return the true price of a market, and the sums of a sample of it."""
    rng = np.random.default_rng(seed)
    t = np.exp(rng.normal(7, 1, 6000)).round() + 1
    c = (t * 3000 * np.exp(rng.normal(0, 0.6, 6000))).round()
    paid, kept = rng.random(6000) > 0.05, rng.random(6000) < RATE
    return c[paid].sum() / t[paid].sum() / 1e3, row(t[kept], c[kept], W, paid[kept])


def test_the_interval_by_request_covers_and_is_no_wider_than_thrice() -> None:
    markets = [drawn(seed) for seed in range(SEEDS)]
    rows = EstimatedPrice().refine([sums for _, sums in markets], Unit.TOKENS)
    covered = np.mean([each["low"] <= truth <= each["high"] for (truth, _), each in zip(markets, rows, strict=True)])
    errors = np.log([each["price_usd_per_1m"] / truth for (truth, _), each in zip(markets, rows, strict=True)])
    widths = np.median([np.log(each["high"] / each["low"]) for each in rows])
    assert covered >= 0.95
    assert widths <= 3 * np.diff(np.quantile(errors, (0.025, 0.975)))[0]
    assert {each["interval"] for each in rows} == {"upper_bound"}


def test_without_sampling_the_price_is_the_price() -> None:
    t, c = np.array([10.0, 30.0]), np.array([500.0, 100.0])
    (found,) = EstimatedPrice().refine([row(t, c, 1e6, np.array([True, True]))], Unit.TOKENS)
    assert found["interval"] == "design"
    assert found["low"] == found["high"] == pytest.approx(found["price_usd_per_1m"])
    assert not any(name.startswith("raw_") for name in found)


def test_a_group_nobody_paid_for_has_no_interval() -> None:
    t, c = np.array([10.0, 30.0]), np.array([0.0, 0.0])
    (found,) = EstimatedPrice().refine([row(t, c, W, np.array([False, False]))], Unit.TOKENS)
    assert (found["low"], found["high"]) == (None, None)
