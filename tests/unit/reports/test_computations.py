"""Figures computed in Python equal what a few lines by hand give, for hand-made and for published tables.

Published numbers are fixtures of formulas only: what a formula makes of them, never what traffic must give.
"""

import math
from datetime import UTC, datetime
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tokentide.reports.computations.changes import change_effect
from tokentide.reports.computations.counters import quality
from tokentide.reports.computations.prices import Priced, archetype, archetypes, medians, priced_groups, quadrants
from tokentide.reports.computations.profiles import shifts, specialisation
from tokentide.reports.computations.ranking import active_models, ranked
from tokentide.reports.computations.releases import cadence, days_of, release_effect
from tokentide.reports.computations.slopes import fitted
from tokentide.reports.computations.summary import weekly_summary
from tokentide.reports.dimensions import Origin
from tokentide.reports.formulas import Unit

DAY = 86_400
WEEK = 7 * DAY
FIRST_MONDAY = 4 * DAY


def cell(t: int = 0, tokens: int = 0, requests: int = 1, **more: Any) -> dict[str, Any]:
    return {"t": t, "tokens": tokens, "requests": requests, "cost_nano": tokens, "n": requests, "unpriced": 0} | more


def priced(name: str, price: float | None, tokens: float) -> Priced:
    paid = 0.0 if price is None else price * tokens / 1e6
    priced_tokens = 0.0 if price is None else tokens
    return Priced(name, price, tokens, 1, paid, 1, int(price is not None), priced_tokens, paid)


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


@given(
    st.lists(
        st.tuples(st.integers(0, 4), st.sampled_from("abc"), st.integers(0, 10**6), st.integers(1, 5)), max_size=30
    ),
    st.sampled_from(["tokens", "requests"]),
)
@settings(max_examples=80)
def test_weekly_means_count_absent_groups_as_none(cells: list[tuple[int, str, int, int]], unit: str) -> None:
    rows = [cell(FIRST_MONDAY + week * WEEK, tokens, n, source=name) for week, name, tokens, n in cells]
    volumes: dict[int, dict[str, int]] = {}
    for week, name, tokens, n in cells:
        of_week = volumes.setdefault(week, {})
        of_week[name] = of_week.get(name, 0) + (tokens if unit == "tokens" else n)
    weeks = {week: groups for week, groups in volumes.items() if sum(groups.values())}
    for row in weekly_summary(rows, ("source",), Unit(unit)):
        shares = [Fraction(groups.get(row["source"], 0), sum(groups.values())) for groups in weeks.values()]
        assert row["buckets"] == len(weeks)
        if not weeks:
            assert row["mean_share"] is None
            continue
        assert row["mean_share"] == pytest.approx(float(sum(shares) / len(shares)))
        assert (row["min_share"], row["max_share"]) == (
            pytest.approx(float(min(shares))),
            pytest.approx(float(max(shares))),
        )
        whole = sum(sum(groups.values()) for groups in weeks.values())
        mine = sum(groups.get(row["source"], 0) for groups in weeks.values())
        assert row["share"] == pytest.approx(mine / whole)


def test_the_mean_of_weeks_is_not_the_share_of_the_total() -> None:
    rows = [
        cell(FIRST_MONDAY, 10, source="a"), cell(FIRST_MONDAY, 90, source="b"),
        cell(FIRST_MONDAY + WEEK, 900, source="a"), cell(FIRST_MONDAY + WEEK, 100, source="b"),
    ]  # fmt: skip
    a = next(row for row in weekly_summary(rows, ("source",), Unit.TOKENS) if row["source"] == "a")
    assert (a["mean_share"], a["share"]) == (pytest.approx(0.5), pytest.approx(910 / 1100))
    assert (a["min_bucket"], a["max_bucket"]) == ("1970-01-05T00:00:00Z", "1970-01-12T00:00:00Z")


OSS_AUTHORS = {
    "deepseek": 14.37, "qwen": 5.59, "meta-llama": 3.96, "mistralai": 2.92, "openai": 1.65, "minimax": 1.26,
    "z-ai": 1.18, "tngtech": 1.13, "moonshotai": 0.92, "google": 0.82,
}  # fmt: skip
"""O-06, trillions of tokens."""


def test_the_published_authors_concentrate_as_their_table_says() -> None:
    rows = [cell(tokens=round(tokens * 1e12), model=name) for name, tokens in OSS_AUTHORS.items()]
    found = ranked(rows, Unit.TOKENS)
    assert (found["top_model"], found["tokens"], found["models"]) == ("deepseek", 33_800_000_000_000, 10)
    assert found["top1_share"] == pytest.approx(0.4251, abs=1e-4)
    assert found["top2_share"] == pytest.approx((14.37 + 5.59) / 33.8)
    assert found["models_above_5pct"] == 4
    assert found["hhi"] == pytest.approx(sum((tokens / 33.8) ** 2 for tokens in OSS_AUTHORS.values()))
    assert found["effective_models"] == pytest.approx(1 / found["hhi"])


def test_concentration_of_nothing_is_unknown() -> None:
    found = ranked([cell(tokens=0, model="a")], Unit.TOKENS)
    assert found["hhi"] is None
    assert found["models"] == 0


ARCHETYPES = {
    "gemini-2.0-flash": (0.147, 6.68, "efficient-giant"), "deepseek-v3-0324": (0.394, 6.55, "efficient-giant"),
    "claude-3.7-sonnet": (1.963, 6.87, "premium-leader"), "claude-sonnet-4": (1.937, 6.84, "premium-leader"),
    "qwen-2-7b": (0.052, 2.91, "long-tail"), "granite-4.0-micro": (0.036, 2.95, "long-tail"),
    "gpt-4": (34.068, 3.53, "premium-specialist"), "gpt-5-pro": (34.965, 3.42, "premium-specialist"),
}  # fmt: skip
"""P-04: USD per million tokens, log10 of use, and the study's word."""


def test_the_published_segments_get_the_study_s_words() -> None:
    """Among the many models of the middle, which the study's table leaves out."""
    middle = [priced(f"m{place}", 0.7, 10 ** (10.2 + place / 10)) for place in range(12)]
    named = [priced(name, price, 10 ** (log + 6)) for name, (price, log, _) in ARCHETYPES.items()]
    words = {row["model"]: row["archetype"] for row in archetypes([*middle, *named], "model")}
    assert {name: words[name] for name in ARCHETYPES} == {name: word for name, (*_, word) in ARCHETYPES.items()}
    assert archetype(0.7, 0.9) == "none"


def test_quadrants_cut_at_both_medians() -> None:
    groups = [priced("technology", 4, 900), priced("programming", 0.5, 800), priced("finance", 3, 10),
              priced("legal", 0.2, 20), priced("unpriced", None, 999)]  # fmt: skip
    found = {row["category"]: row["quadrant"] for row in quadrants(groups, "category")}
    assert found == {
        "technology": "premium-workload", "programming": "mass-market",
        "finance": "specialised-expert", "legal": "niche-utility",
    }  # fmt: skip
    row = quadrants(groups, "category")[0]
    assert (row["price_cut"], row["usage_cut"]) == (1.75, 410)


def test_medians_of_groups_and_of_tokens_differ_and_free_groups_are_counted_apart() -> None:
    groups = [priced("a", 1.0, 10), priced("b", 2.0, 10), priced("c", 9.0, 80), priced("free", 0.0, 500)]
    (row,) = medians(groups, "model")
    assert (row["median_usd_per_1m"], row["token_weighted_median"]) == (2.0, 9.0)
    assert row["mean_price"] == pytest.approx((10 + 20 + 720) / 100)
    assert (row["groups"], row["zero_price"], row["tokens"]) == (3, 1, 600)


def test_sampled_groups_come_in_whole_units() -> None:
    row = {"t": 0, "category": "legal", "n": 2, "priced_n": 2, "requests": 40e6, "tokens": 4000e6,
           "cost_nano": 8e6 * 1e6, "priced_tokens": 4000e6, "paid_nano": 8e6 * 1e6}  # fmt: skip
    (found,) = priced_groups([row], "category", Origin.CATEGORY)
    assert (found.tokens, found.requests, found.cost_usd) == (4000, 40, pytest.approx(0.008))
    assert found.price == pytest.approx(2.0)


def model_row(name: str, price: float | None, tokens: int, paid: float | None = None) -> dict[str, Any]:
    listed = tokens if price is not None else 0
    own = tokens if paid is not None else 0
    return {"model": name, "n": 1, "tokens": tokens, "list_cost_nano": (price or 0) * listed * 1000,
            "listed_tokens": listed, "priced_tokens": own, "paid_nano": (paid or 0) * own * 1000,
            "byok_requests": 0}  # fmt: skip


def test_the_slope_of_a_power_law_is_its_exponent() -> None:
    prices = [0.1, 0.3, 1.0, 3.0, 10.0]
    rows = [model_row(f"m{price}", price, round(1e9 * price**-0.06), price / 2) for price in prices]
    rows += [model_row("free", 0.0, 10**9, 0.0), model_row("unlisted", None, 10**9)]
    found = fitted(rows)
    assert found["slope"] == pytest.approx(-0.06, abs=1e-6)
    assert found["effective_slope"] == pytest.approx(-0.06, abs=1e-6)
    assert found["intercept"] == pytest.approx(9, abs=1e-6)
    assert found["usage_per_10pct"] == pytest.approx(0.9**-0.06 - 1, abs=1e-6)
    assert (found["n_models"], found["zero_price"], found["unlisted"], found["unpriced"]) == (5, 1, 1, 1)


def test_the_error_of_the_slope_is_the_sandwich_in_matrices() -> None:
    rng = np.random.default_rng(3)
    x, noise = rng.uniform(-1, 1.5, 12), rng.normal(0, 1, 12)
    y = 6 - 0.1 * x + noise * (0.2 + np.abs(x))
    found = fitted([model_row(str(i), 10 ** x[i], round(10 ** (y[i] + 3))) for i in range(12)])
    tokens = np.array([round(10 ** (each + 3)) for each in y])
    design = np.column_stack([np.ones(12), x])
    inverse = np.linalg.inv(design.T @ design)
    beta = inverse @ design.T @ np.log10(tokens)
    residuals = np.log10(tokens) - design @ beta
    sandwich = inverse @ (design.T * residuals**2 @ design) @ inverse * 12 / 10
    assert found["slope"] == pytest.approx(beta[1], rel=1e-6)
    assert found["se"] == pytest.approx(math.sqrt(sandwich[1, 1]), rel=1e-6)
    centred = np.log10(tokens) - np.log10(tokens).mean()
    assert found["r2"] == pytest.approx(1 - residuals @ residuals / (centred @ centred), rel=1e-6)


def market(after: int) -> list[dict[str, Any]]:
    """A closed model of 90 a day, an open one of 10; from day 28 on a new one: four weeks of 100, then `after`."""
    rows: list[dict[str, Any]] = []
    for day in range(84):
        rows += [cell(day * DAY, 90, model="closed/x", open="no"), cell(day * DAY, 10, model="open/old", open="yes")]
        if day >= 28:
            rows.append(cell(day * DAY, 100 if day < 56 else after, model="open/new", open="yes"))
    return rows


@pytest.mark.parametrize(("after", "word"), [(100, "kept"), (1, "spike")])
def test_a_release_is_kept_or_a_spike(after: int, word: str) -> None:
    found = release_effect(days_of(market(after), Unit.TOKENS), "open/new", 28 * DAY, (0, 84 * DAY))
    assert found["before_share"] == pytest.approx(0.1)
    assert found["at_share"] == pytest.approx(110 / 200)
    assert found["after_share"] == pytest.approx((10 + after) / (100 + after))
    assert found["model_at_share"] == pytest.approx(0.5)
    assert (found["verdict"], found["ramp_days"], found["released"]) == (word, 7, "1970-01-29")


def test_a_release_without_four_weeks_on_each_side_is_not_judged() -> None:
    days = days_of(market(100), Unit.TOKENS)
    late = release_effect(days, "open/new", 28 * DAY, (0, 80 * DAY))
    assert (late["after_share"], late["change_after"], late["verdict"]) == (None, None, None)
    early = release_effect(days, "open/new", 28 * DAY, (DAY, 84 * DAY))
    assert (early["before_share"], early["verdict"]) == (None, None)


def test_releases_are_counted_by_quarter_and_added_up() -> None:
    days = {"2025-01-01": "yes", "2025-03-31": "no", "2025-04-01": "yes", "2025-12-31": "yes"}
    rows = [{"slug": day, "author": "qwen", "released": at(day), "open": is_open} for day, is_open in days.items()]
    found = cadence(rows, at("2025-01-01"), at("2025-12-31"))
    assert [(row["quarter"], row["releases"], row["open_releases"], row["cumulative"]) for row in found] == [
        ("2025-Q1", 2, 1, 2), ("2025-Q2", 1, 1, 3),
    ]  # fmt: skip


def change_rows() -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for day in range(56):
        tokens, price = (100, 2.0) if day < 28 else (400, 1.0)
        rows.append({"t": day * DAY, "model": "a/m", "tokens": tokens, "list_cost_nano": price * tokens * 1000,
                     "listed_tokens": tokens, "priced_tokens": tokens,
                     "paid_nano": price * tokens * 500})  # fmt: skip
        rows.append({"t": day * DAY, "model": "b/n", "tokens": 100 if day < 28 else 200, "list_cost_nano": 0,
                     "listed_tokens": 0, "priced_tokens": 0, "paid_nano": 0})  # fmt: skip
    return rows


def test_a_price_change_is_measured_against_all_traffic_too() -> None:
    found = change_effect(change_rows(), "a/m", 28 * DAY, (0, 56 * DAY))
    assert (found["list_before"], found["list_after"], found["price_before"]) == (2.0, 1.0, 1.0)
    assert (found["token_ratio"], found["elasticity"]) == (4.0, pytest.approx(-2.0))
    assert found["share_ratio"] == pytest.approx((400 / 600) / 0.5)
    assert found["share_elasticity"] == pytest.approx(math.log(4 / 3) / math.log(0.5))
    short = change_effect(change_rows(), "a/m", 28 * DAY, (0, 55 * DAY))
    assert {value for name, value in short.items() if name not in ("model", "changed")} == {None}


def sample(category: str, n: int, tokens: int, weight: float) -> dict[str, Any]:
    w = weight * 1e6
    return {"category": category, "n": n, "priced_n": n, "w": n * w, "w2": n * w * w, "wt": n * w * tokens,
            "w2tt": n * (w * tokens) ** 2, "wtt": n * w * tokens**2, "wc": 0, "w2cc": 0, "wcc": 0}  # fmt: skip


def test_an_author_of_two_equal_categories_has_two() -> None:
    found = specialisation([sample("a", 10, 100, 20), sample("b", 5, 200, 20)], Unit.TOKENS, 400)
    assert (found["effective_categories"], found["top_category"], found["top_share"]) == (pytest.approx(2), "a", 0.5)
    assert (found["tokens"], found["requests"], found["known_share"]) == (40_000, 300, 15 / 400)


def test_a_shift_of_everything_classified_is_exact_and_of_a_sample_uncertain() -> None:
    before, after = (
        [sample("a", 90, 100, 1), sample("b", 10, 100, 1)],
        [sample("a", 40, 100, 1), sample("b", 60, 100, 1)],
    )
    (sure,) = shifts([(before, after, "b")], "category", Unit.TOKENS)
    assert (sure["change"], sure["interval"]) == (pytest.approx(0.5), "design")
    assert (sure["low"], sure["high"]) == (pytest.approx(0.5), pytest.approx(0.5))
    sampled = [[sample(row["category"], row["n"], 100, 20) for row in rows] for rows in (before, after)]
    (unsure,) = shifts([(sampled[0], sampled[1], "b")], "category", Unit.TOKENS)
    assert unsure["interval"] == "lower_bound"
    assert unsure["low"] < unsure["change"] - 0.05 < unsure["change"] + 0.05 < unsure["high"]
    assert shifts([([], after, "b")], "category", Unit.TOKENS)[0]["change"] is None


def test_models_on_offer_are_counted_though_nobody_uses_them() -> None:
    rows = [cell(0, 5, model="a/1", size_class="small"), cell(DAY, 5, model="a/1", size_class="small"),
            cell(DAY, 5, model="a/2", size_class="small")]  # fmt: skip
    offers = [("small", 0), ("small", DAY), ("large", DAY - 1), ("large", 2 * DAY)]
    found = active_models(rows, ("size_class",), offers, DAY, 10 * DAY, Unit.TOKENS)
    assert [(row["bucket"], row["size_class"], row["models"], row["available"]) for row in found] == [
        (0, "large", 0, 1), (0, "small", 1, 1), (DAY, "large", 0, 1), (DAY, "small", 2, 2),
    ]  # fmt: skip


def test_rates_of_nothing_are_unknown() -> None:
    found = quality({"received_": 10, "duplicates_": 2, "dead_letters_": 1})
    assert (found["duplicate_rate"], found["refused_rate"], found["dropped_rate"]) == (0.2, 0.1, 0.0)
    assert (found["unpriced_rate"], found["unclassified_rate"]) == (None, None)
