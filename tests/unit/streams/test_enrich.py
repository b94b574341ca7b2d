"""Facts: where an event stood, its dimensions as used, its list price, and what is worth knowing about it."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tokentide.schemas.catalogue.catalogue import Catalogue, load
from tokentide.schemas.columns import FACT_SCHEMA
from tokentide.schemas.position import Partition, Span
from tokentide.schemas.usage_event import UsageEvent
from tokentide.streams.transforms.caps import DimensionCaps
from tokentide.streams.transforms.enrich import Where, enrich
from tokentide.streams.transforms.event_batch import event_batch
from tokentide.streams.transforms.group import group

HEADER = (
    "slug,author,name,author_country,open_weights,params_total_b,params_active_b,reasoning,tool_call,"
    "price_prompt_per_1m,price_completion_per_1m,price_cached_per_1m,release_date,valid_from,aliases,source\n"
)
MODELS = (
    "acme/wave,acme,Wave,,,,,,,1.5,6.000001,0.15,2025-01-01,2025-01-01,wave|wave-latest,test\n"
    "acme/wave,acme,Wave,,,,,,,1,4,,2025-01-01,2025-06-01,wave|wave-latest,test\n"
    "acme/plain,acme,Plain,,,,,,,2,8,,2025-01-01,2025-01-01,,test\n"
    "moon/secret,moon,Secret,,,,,,,,,,,,,test\n"
)
MAY = datetime(2025, 5, 31, 23, 59, 59, 999_999, UTC)
JUNE = datetime(2025, 6, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    path = tmp_path_factory.mktemp("catalogue") / "models.csv"
    path.write_text(HEADER + MODELS)
    return load(path)


@dataclass
class Desk:
    """Enriches events as one batch that begins at offset 100."""

    catalogue: Catalogue
    caps: DimensionCaps

    def facts(self, *changes: dict[str, Any]) -> list[dict[str, Any]]:
        events = event_batch([event(f"e{place}", **each) for place, each in enumerate(changes)])
        rows = len(changes)
        facts = enrich(
            events,
            Where(Span(Partition("cluster.1", "usage.events.v1", 3), 100, 200), 7),
            np.arange(100, 100 + rows, dtype=np.uint64),
            np.full(rows, 1_750_000_000_000, np.int64),
            np.arange(rows, dtype=np.uint64),
            self.catalogue,
            self.caps.trial(),
        )
        facts.validate(full=True)
        assert facts.schema.equals(FACT_SCHEMA)
        return facts.to_pylist()


@pytest.fixture
def desk(catalogue: Catalogue) -> Desk:
    return Desk(catalogue, DimensionCaps())


def event(event_id: str, **changes: Any) -> UsageEvent:
    plain: dict[str, Any] = {
        "event_id": event_id,
        "event_time": JUNE,
        "model": "acme/wave",
        "prompt_tokens": 1000,
        "completion_tokens": 10,
    }
    return UsageEvent(**(plain | changes))


def test_a_fact_says_where_it_stood_and_who_decided(desk: Desk) -> None:
    _, second = desk.facts({}, {})
    expected = {
        "epoch": "cluster.1",
        "topic": "usage.events.v1",
        "partition": 3,
        "offset": 101,
        "batch_start": 100,
        "payload_hash": 1,
        "rules": 7,
        "catalogue": desk.catalogue.version,
        "received_at": datetime(2025, 6, 15, 15, 6, 40, tzinfo=UTC),
        "event_id": "e1",
    }
    assert {name: second[name] for name in expected} == expected


def test_no_events_give_no_facts(desk: Desk) -> None:
    assert desk.facts() == []


def test_what_was_sent_is_kept_beside_what_is_used(desk: Desk) -> None:
    (fact,) = desk.facts({"model": "openrouter/acme/wave:free", "gateway": "g1", "tenant": "t1"})
    assert fact["model"] == "openrouter/acme/wave:free"
    used = {name: fact[f"used_{name}"] for name in ("gateway", "tenant", "model", "author", "variant")}
    assert used == {
        "gateway": "g1",
        "tenant": "t1",
        "model": "acme/wave",
        "author": "acme",
        "variant": "free",
    }


def test_the_event_s_own_variant_goes_before_the_one_in_its_name(desk: Desk) -> None:
    facts = desk.facts({"model": "acme/wave:free", "variant": "thinking"}, {"variant": "free"}, {})
    assert [fact["used_variant"] for fact in facts] == ["thinking", "free", ""]


def test_own_keys_are_yes_no_or_not_said(desk: Desk) -> None:
    facts = desk.facts({"is_byok": True}, {"is_byok": False}, {})
    assert [fact["used_byok"] for fact in facts] == ["yes", "no", ""]


def test_the_list_price_in_force_at_event_time_applies(desk: Desk) -> None:
    """1,000 prompt and 10 completion tokens: at 1.5 / 6.000001 USD per million, from June at 1 / 4."""
    before, after = desk.facts({"event_time": MAY}, {"event_time": JUNE})
    assert before["list_cost_nano"] == 1_500_000 + 60_000
    assert after["list_cost_nano"] == 1_000_000 + 40_000


def test_cached_tokens_cost_the_cached_price_or_the_prompt_price_where_none_is_known(desk: Desk) -> None:
    with_price, without = desk.facts(
        {"event_time": MAY, "cached_tokens": 400}, {"event_time": JUNE, "cached_tokens": 400}
    )
    assert with_price["list_cost_nano"] == 600 * 1_500 + 400 * 150 + 60_000
    assert without["list_cost_nano"] == 1_000_000 + 40_000


def test_an_unknown_price_is_unknown_and_a_free_one_is_zero(desk: Desk) -> None:
    facts = desk.facts(
        {"model": "moon/secret"},
        {"model": "nobody/new"},
        {"event_time": datetime(2024, 12, 31, tzinfo=UTC)},
        {"model": "acme/wave:free"},
    )
    assert [fact["list_cost_nano"] for fact in facts] == [None, None, None, 0]


TOKENS = st.integers(0, 2**31 - 1) | st.integers(0, 5000)
HOURS = st.integers(-4000, 8000)


@given(st.lists(st.tuples(st.sampled_from(["acme/wave", "acme/plain"]), HOURS, TOKENS, TOKENS, TOKENS), max_size=8))
@settings(max_examples=100, deadline=None)
def test_list_costs_are_those_worked_out_in_decimals(
    catalogue: Catalogue, calls: list[tuple[str, int, int, int, int]]
) -> None:
    events, expected = [], []
    for model, hours, prompt, completion, cached in calls:
        at, cached = datetime(2025, 1, 1, tzinfo=UTC) + timedelta(hours=hours), min(cached, prompt)
        tokens = {"prompt_tokens": prompt, "completion_tokens": completion, "cached_tokens": cached}
        events.append({"model": model, "event_time": at, **tokens})
        expected.append(in_decimals(model, at, prompt, completion, cached))
    facts = Desk(catalogue, DimensionCaps()).facts(*events)
    assert [fact["list_cost_nano"] for fact in facts] == expected


def in_decimals(model: str, at: datetime, prompt: int, completion: int, cached: int) -> int | None:
    """Return nano-USD by the prices of the file, typed again."""
    if at < datetime(2025, 1, 1, tzinfo=UTC):
        return None
    prices = ("1", "4", "1") if at >= JUNE else ("1.5", "6.000001", "0.15")
    per_million = [Decimal(text) for text in (("2", "8", "2") if model == "acme/plain" else prices)]
    amounts = (prompt - cached, completion, cached)
    usd = sum(amount * price for amount, price in zip(amounts, per_million, strict=True)) / Decimal(10**6)
    return int((usd * 10**9).quantize(Decimal(1), ROUND_HALF_UP))


def test_flags_say_what_is_kept_but_odd(desk: Desk) -> None:
    facts = desk.facts(
        {"cost_usd": Decimal("0.1"), "total_tokens": 1010},
        {"cost_usd": Decimal("0.1"), "total_tokens": 1011},
        {"cost_usd": Decimal("0.1"), "model": "nobody/new"},
        {},
    )
    assert [fact["flags"] for fact in facts] == [0, 1, 2, 4]


def test_a_capped_dimension_is_other_and_flagged_and_the_raw_value_stays(catalogue: Catalogue) -> None:
    desk = Desk(catalogue, DimensionCaps(1))
    first, second = desk.facts({"tenant": "a"}, {"tenant": "b"})
    assert (first["used_tenant"], second["used_tenant"]) == ("a", "other")
    assert second["tenant"] == "b"
    assert (first["flags"] & 8, second["flags"] & 8) == (0, 8)


def test_facts_group_into_rollups_by_what_is_used(desk: Desk, catalogue: Catalogue) -> None:
    events = event_batch([event("a"), event("b", model="openrouter/acme/wave"), event("c", model="wave")])
    facts = enrich(
        events,
        Where(Span(Partition("e", "t", 0), 0, 3), 1),
        np.arange(3, dtype=np.uint64),
        np.full(3, 1_750_000_000_000),
        np.zeros(3, np.uint64),
        catalogue,
        desk.caps.trial(),
    )
    row, _ = group(facts).to_pylist()
    assert row["family"] == "model"
    assert (row["model"], row["author"], row["attempts"], row["prompt_tokens"]) == (
        "acme/wave",
        "acme",
        3,
        3000,
    )
    assert row["list_cost_nano"] == 3 * 1_040_000


def test_a_country_is_used_as_iso_knows_it_and_what_is_none_is_flagged(desk: Desk) -> None:
    facts = desk.facts({"billing_country": "UK"}, {"billing_country": "ZZ"}, {"billing_country": "US"}, {})
    assert [fact["used_country"] for fact in facts] == ["GB", "unknown", "US", ""]
    assert [fact["billing_country"] for fact in facts] == ["UK", "ZZ", "US", ""]
    assert [bool(fact["flags"] & 16) for fact in facts] == [False, True, False, False]


def test_languages_beyond_the_cap_are_other(catalogue: Catalogue) -> None:
    first, second = Desk(catalogue, DimensionCaps(1)).facts({"language": "en"}, {"language": "xx"})
    assert (first["used_language"], second["used_language"], second["language"]) == ("en", "other", "xx")
    assert second["flags"] & 8


def test_an_event_that_was_looked_at_without_result_is_unclassified(desk: Desk) -> None:
    science = {"path": "/Science", "confidence": 0.5}
    unsure = {"path": "/Science", "confidence": 0.49}
    facts = desk.facts({"labels": [science]}, {"labels": [unsure]}, {"sample_rate": 0.05}, {})
    assert [fact["used_category"] for fact in facts] == ["science", "unclassified", "unclassified", ""]
