"""Shares of classified requests and of places, from the cubes, equal a recount of small random markets.

The recount knows events only: weights, labels, places; rows of the cubes are written out here once more.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from integration.reports.engine import Engine

from tokentide.reports import Request, run
from tokentide.reports.statistics.ratio import Pair, ratio, share_of_clusters

HOUR = 1_735_689_600
CATEGORIES = ("programming", "roleplay", "others", "unclassified", "")
MODELS = {"qwen/m": ("CN", True), "meta/m": ("US", True), "openai/m": ("US", False), "new/m": ("", None)}
SOURCES = {"qwen/m": "chinese-oss", "meta/m": "row-oss", "openai/m": "proprietary", "new/m": "unknown"}
CONTINENTS = {"US": "North America", "DE": "Europe", "FR": "Europe", "unknown": "unknown"}


@dataclass(frozen=True)
class Sent:
    hour: int
    model: str
    category: str
    prompt: int
    completion: int
    cost: int | None
    every: int
    byok: bool
    country: str

    @property
    def tokens(self) -> int:
        return self.prompt + self.completion

    @property
    def weight(self) -> int:
        return self.every * 10**6

    @property
    def labelled(self) -> bool:
        return self.category not in ("", "unclassified")


EVENTS = st.lists(
    st.builds(
        Sent,
        hour=st.integers(0, 2),
        model=st.sampled_from(sorted(MODELS)),
        category=st.sampled_from(CATEGORIES),
        prompt=st.integers(0, 10**6),
        completion=st.integers(0, 10**5),
        cost=st.one_of(st.none(), st.integers(0, 10**9)),
        every=st.sampled_from([1, 20, 400]),
        byok=st.booleans(),
        country=st.sampled_from(["US", "DE", "FR", "unknown", ""]),
    ),
    min_size=1,
    max_size=25,
)


@pytest.fixture(scope="module", autouse=True)
def tables(engine: Engine) -> None:
    engine.command("TRUNCATE TABLE models")
    values = ", ".join(
        f"('{slug}', '{country}', {'NULL' if is_open is None else is_open})"
        for slug, (country, is_open) in MODELS.items()
    )
    engine.command(f"INSERT INTO models (slug, author_country, open_weights) VALUES {values}")
    places = ", ".join(f"('{code}', '{name}')" for code, name in CONTINENTS.items() if code != "unknown")
    engine.command("TRUNCATE TABLE places")
    engine.command(f"INSERT INTO places (code, continent) VALUES {places}")


def fill(engine: Engine, events: list[Sent]) -> None:
    """Write one cube row an event: sums of sums must not care."""
    for table in ("model", "category", "place"):
        engine.command(f"TRUNCATE TABLE usage_{table}_1h")
    _insert(engine, "model", [_model_row(each) for each in events])
    _insert(engine, "category", [_category_row(each) for each in events if each.category])
    _insert(engine, "place", [_place_row(each) for each in events])


def _insert(engine: Engine, cube: str, rows: list[dict[str, Any]]) -> None:
    if rows:
        names = ", ".join(rows[0])
        lines = ", ".join(f"('2025-01-01', {', '.join(repr(value) for value in row.values())})" for row in rows)
        engine.command(f"INSERT INTO usage_{cube}_1h (received_day, {names}) VALUES {lines}")


def _common(each: Sent) -> dict[str, Any]:
    volume = {"prompt_tokens": each.prompt, "completion_tokens": each.completion}
    paid = {"cost_nano": each.cost or 0, "unpriced": int(each.cost is None)}
    return {"bucket": HOUR + each.hour * 3600, "attempts": 1, "requests": 1} | volume | paid


def _model_row(each: Sent) -> dict[str, Any]:
    return _common(each) | {"model": each.model, "author": each.model.partition("/")[0]}


def _place_row(each: Sent) -> dict[str, Any]:
    return _common(each) | {"author": each.model.partition("/")[0], "billing_country": each.country}


def _category_row(each: Sent) -> dict[str, Any]:
    w, t, p, o, c = each.weight, each.tokens, each.prompt, each.completion, each.cost or 0
    paid = each.cost is not None and not each.byok
    return {
        "bucket": HOUR + each.hour * 3600, "model": each.model, "author": each.model.partition("/")[0],
        "category": each.category, "bucket_category": each.category, "n": 1, "w": w, "w2": w * w, "wt": w * t,
        "w2t": w * w * t, "w2tt": w * w * t * t, "wtt": w * t * t, "wp": w * p, "w2p": w * w * p,
        "w2pp": w * w * p * p, "wo": w * o, "w2o": w * w * o, "w2oo": w * w * o * o, "wc": w * c,
        "w2cc": w * w * c * c, "wcc": w * c * c, "priced_n": int(each.cost is not None),
        "paid_n": int(paid), "wt_priced_paid": w * t if paid else 0, "wc_paid": w * c if paid else 0,
    }  # fmt: skip


UNITS: dict[str, Callable[[Sent], int]] = {
    "tokens": lambda each: each.tokens,
    "requests": lambda each: 1,
    "usd": lambda each: each.cost or 0,
}


def total(events: Iterable[Sent], amount: Callable[[Sent], int]) -> int:
    return sum(each.every * amount(each) for each in events)


def groups(events: Iterable[Sent], key: Callable[[Sent], str]) -> dict[str, list[Sent]]:
    found: dict[str, list[Sent]] = defaultdict(list)
    for each in events:
        found[key(each)].append(each)
    return found


def close(found: float | None, part: float, whole: float) -> bool:
    return found is None if not whole else found == pytest.approx(part / whole, rel=1e-9)


SMALL = settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@given(events=EVENTS, unit=st.sampled_from(sorted(UNITS)), by=st.sampled_from(["category", "source"]))
@SMALL
def test_category_shares_weigh_each_request_by_its_own_rate(
    engine: Engine, events: list[Sent], unit: str, by: str
) -> None:
    fill(engine, events)
    kept = [each for each in events if each.labelled]
    key: Callable[[Sent], str] = (
        (lambda each: each.category) if by == "category" else (lambda each: SOURCES[each.model])
    )
    rows = {row[by]: row for row in run(engine.query, Request("category-share", by=by, unit=unit, top=9)).rows}
    expected = groups(kept, key)
    assert rows.keys() == expected.keys()
    for name, group in expected.items():
        row = rows[name]
        assert close(row["token_share"], total(group, UNITS["tokens"]), total(kept, UNITS["tokens"]))
        assert close(row["request_share"], total(group, UNITS["requests"]), total(kept, UNITS["requests"]))
        if all(each.cost is None for each in group):
            assert (row["cost_usd"], row["cost_share"]) == (None, None)
        else:
            assert row["cost_usd"] == pytest.approx(total(group, UNITS["usd"]) / 1e9)
        assert (row["n"], row["tokens"]) == (len(group), total(group, UNITS["tokens"]))
        weights = [each.every for each in group]
        assert row["n_eff"] == pytest.approx(sum(weights) ** 2 / sum(weight**2 for weight in weights))
        assert row["known_share"] == pytest.approx(len(kept) / len(events))
        sure = all(each.every == 1 for each in kept)
        assert row["interval"] == ("design" if sure else "lower_bound")
        if row["share"] is not None:
            assert 0 <= row["low"] <= row["share"] <= row["high"] <= 1
            assert not sure or row["high"] - row["low"] < 1e-9


@given(events=EVENTS)
@SMALL
def test_mean_lengths_and_prices_by_category_are_ratios_of_weighted_totals(
    engine: Engine, events: list[Sent]
) -> None:
    fill(engine, events)
    kept = groups((each for each in events if each.labelled), lambda each: each.category)
    lengths = {row["category"]: row for row in run(engine.query, Request("length-by-category", top=9)).rows}
    prices = {row["category"]: row for row in run(engine.query, Request("effective-price", by="category")).rows}
    assert lengths.keys() == kept.keys() == prices.keys()
    for name, group in kept.items():
        n = total(group, lambda each: 1)
        for length, amount in (("prompt", lambda each: each.prompt), ("total", lambda each: each.tokens)):
            assert lengths[name][f"{length}_mean"] == pytest.approx(total(group, amount) / n)
        paid = [each for each in group if each.cost is not None and not each.byok]
        tokens, usd = total(paid, UNITS["tokens"]), total(paid, UNITS["usd"]) / 1e9
        assert close(prices[name]["price_usd_per_1m"], usd * 1e6, tokens)
        assert prices[name]["interval"] == ("design" if all(each.every == 1 for each in group) else "upper_bound")
        if prices[name]["low"] is not None:
            assert prices[name]["low"] <= prices[name]["price_usd_per_1m"] * (1 + 1e-12)
            assert prices[name]["price_usd_per_1m"] <= prices[name]["high"] * (1 + 1e-12)


@given(events=EVENTS, unit=st.sampled_from(sorted(UNITS)))
@SMALL
def test_places_are_shares_of_the_attempts_that_carry_one(engine: Engine, events: list[Sent], unit: str) -> None:
    fill(engine, events)
    located = [each for each in events if each.country]
    rows = {row["continent"]: row for row in run(engine.query, Request("continent-share", unit=unit)).rows}
    expected = groups(located, lambda each: CONTINENTS[each.country])
    assert rows.keys() == expected.keys()
    for name, group in expected.items():
        tokens = sum(each.tokens for each in group)
        assert close(rows[name]["token_share"], tokens, sum(each.tokens for each in located))
        assert (rows[name]["n"], rows[name]["tokens"]) == (len(group), tokens)
        assert rows[name]["known_share"] == pytest.approx(len(located) / len(events))


@given(events=EVENTS)
@SMALL
def test_an_exclusion_gives_the_other_reading(engine: Engine, events: list[Sent]) -> None:
    """Open models only, without the long tail: filters restrict both sides."""
    fill(engine, events)
    kept = [each for each in events if each.labelled and each.category != "others" and MODELS[each.model][1]]
    request = Request("oss-category-mix", filters={"category!": ["others", "unclassified", ""]})
    rows = run(engine.query, request).rows
    assert {row["category"]: row["n"] for row in rows} == {
        name: len(group) for name, group in groups(kept, lambda each: each.category).items()
    }


def account_row(each: Sent, account: int) -> dict[str, Any]:
    w = each.weight
    return {
        "day": "2025-01-01", "account_key_id": "k", "account_hash": f"{account:032x}", "model": each.model,
        "category": each.category, "attempts": 1, "requests": 1, "tokens": each.tokens, "w": w,
        "wt": w * each.tokens, "wc": w * (each.cost or 0),
    }  # fmt: skip


def accounts_of(events: list[Sent]) -> list[tuple[int, Sent]]:
    return [(place % 4, each) for place, each in enumerate(events)]


def test_intervals_know_accounts_where_nearly_every_request_carries_one(engine: Engine) -> None:
    """Squares and products of each account's totals, added up by hand, give the interval by account."""
    events = [
        Sent(
            place % 3,
            "meta/m",
            "programming" if place % (2 + place % 4) else "roleplay",
            100 + place,
            7,
            5,
            20,
            False,
            "US",
        )
        for place in range(40)
    ]
    fill(engine, events)
    engine.command("TRUNCATE TABLE usage_accounts_1d")
    _insert_accounts(engine, [account_row(each, account) for account, each in accounts_of(events)])
    rows = {row["category"]: row for row in run(engine.query, Request("category-share")).rows}
    own: dict[int, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for account, each in accounts_of(events):
        own[account][each.category] += 20 * each.tokens
    y = [totals["programming"] for totals in own.values()]
    x = [sum(totals.values()) for totals in own.values()]
    products = [sum(a * b for a, b in zip(first, second, strict=True)) for first, second in ((y, y), (x, y), (x, x))]
    pair = Pair(*(np.array(float(each)) for each in (len(own), sum(y), sum(x), *products)))
    expected = share_of_clusters(pair)
    found = rows["programming"]
    assert found["interval"] == "clustered"
    assert found["low"] == pytest.approx(float(expected.low))
    assert found["high"] == pytest.approx(float(expected.high))
    assert found["low"] < found["share"] < found["high"]
    # without accounts, forty requests seem to tell something else than four accounts do
    engine.command("TRUNCATE TABLE usage_accounts_1d")
    lone = {row["category"]: row for row in run(engine.query, Request("category-share")).rows}["programming"]
    assert lone["interval"] == "lower_bound"
    assert (lone["low"], lone["high"]) != (found["low"], found["high"])


def test_prices_know_accounts_too(engine: Engine) -> None:
    """Squares and products of each account's cost and tokens, added up by hand, give the interval by account."""
    events = [
        Sent(0, "meta/m", "programming", 100 + 9 * place, 7, 50 + place % 7, 20, False, "US") for place in range(40)
    ]
    fill(engine, events)
    engine.command("TRUNCATE TABLE usage_accounts_1d")
    by_request = _price(engine)
    _insert_accounts(engine, [account_row(each, account) for account, each in accounts_of(events)])
    by_account = _price(engine)
    mine = [[each for account, each in accounts_of(events) if account == place] for place in range(4)]
    y, x = ([20.0 * sum(map(UNITS[unit], own)) for own in mine] for unit in ("usd", "tokens"))
    products = [sum(a * b for a, b in zip(*both, strict=True)) for both in ((y, y), (x, y), (x, x))]
    expected = ratio(Pair(*(np.array(each) for each in (4.0, sum(y), sum(x), *products))))
    assert (by_request["interval"], by_account["interval"]) == ("upper_bound", "clustered")
    assert by_account["low"] == pytest.approx(float(expected.low) / 1e3)
    assert by_account["high"] == pytest.approx(float(expected.high) / 1e3)
    assert by_account["low"] < by_account["price_usd_per_1m"] < by_account["high"]
    # half of them on a customer's own key: what accounts paid is not what the price is made of
    fill(engine, [replace(each, byok=place % 2 == 0) for place, each in enumerate(events)])
    assert _price(engine)["interval"] == "upper_bound"


def test_total_lengths_know_accounts_too(engine: Engine) -> None:
    events = [
        Sent(0, "meta/m", "programming", 100 + 9 * place, 7, 5, 20, place % 2 == 0, "US") for place in range(41)
    ]
    fill(engine, events)
    engine.command("TRUNCATE TABLE usage_accounts_1d")
    (by_request,) = run(engine.query, Request("length-by-category")).rows
    _insert_accounts(engine, [account_row(each, account) for account, each in accounts_of(events)])
    (found,) = run(engine.query, Request("length-by-category")).rows
    mine = [[each for account, each in accounts_of(events) if account == place] for place in range(4)]
    y, x = ([20.0 * sum(map(UNITS[unit], own)) for own in mine] for unit in ("tokens", "requests"))
    products = [sum(a * b for a, b in zip(*both, strict=True)) for both in ((y, y), (x, y), (x, x))]
    expected = ratio(Pair(*(np.array(each) for each in (4.0, sum(y), sum(x), *products))))
    assert (by_request["total_interval"], found["total_interval"]) == ("lower_bound", "clustered")
    assert (found["total_low"], found["total_high"]) == pytest.approx((float(expected.low), float(expected.high)))
    # what is not kept by account is as it was
    assert {name for name in found if found[name] != by_request[name]} == {
        "total_low", "total_high", "total_interval",
    }  # fmt: skip


def _price(engine: Engine) -> dict[str, Any]:
    (row,) = run(engine.query, Request("effective-price", by="category")).rows
    return row


def _insert_accounts(engine: Engine, rows: list[dict[str, Any]]) -> None:
    names = ", ".join(rows[0])
    lines = ", ".join(f"('2025-01-01', {', '.join(repr(value) for value in row.values())})" for row in rows)
    engine.command(f"INSERT INTO usage_accounts_1d (received_day, {names}) VALUES {lines}")
