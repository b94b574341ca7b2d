"""The catalogue: complete, consistent, reviewed against a second source, and told off by line and column."""

import json
import re
import subprocess
import sys
import time
import zlib
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokentide.schemas.catalogue import Catalogue, Price, list_cost_nano, load
from tokentide.schemas.catalogue.catalogue import TABLE
from tokentide.schemas.errors import UserError

PINNED = (2026_11_21_02, 4165158823)

TODAY = date(2026, 11, 21)
# ISO 3166-1 alpha-2 codes of the countries that laboratories in the table are at home in.
HOMES = {"US", "CN", "FR", "DE", "CA", "IL", "IN", "KR"}
HEADER = (
    "slug,author,name,author_country,open_weights,params_total_b,params_active_b,reasoning,tool_call,"
    "price_prompt_per_1m,price_completion_per_1m,price_cached_per_1m,release_date,valid_from,aliases,source"
)
ROW = "acme/one,acme,One,US,true,70,10,false,true,1,2,0.5,2025-01-02,2025-01-02,one-latest,hand"
DAYS = "2025-01-02,2025-01-02"
LATER = ROW.replace("2025-01-02,one", "2025-02-02,one")


def ms(day: str) -> int:
    return int(datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp() * 1000)


@pytest.fixture
def table(tmp_path: Path) -> Callable[..., Catalogue]:
    def write(*rows: str, header: str = HEADER) -> Catalogue:
        path = tmp_path / "models.csv"
        path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
        return load(path)

    load.cache_clear()
    return write


def test_it_knows_at_least_300_models() -> None:
    assert len(load().models) >= 300


def test_at_least_200_models_are_complete() -> None:
    catalogue = load()
    complete = [
        facts
        for facts in catalogue.models
        if facts.author
        and facts.author_country
        and facts.open_weights is not None
        and facts.release_date
        and catalogue.prices(facts.slug)
    ]
    assert len(complete) >= 200


def test_every_country_is_a_known_home() -> None:
    assert {facts.author_country for facts in load().models} - {None} <= HOMES


def test_one_author_has_one_home() -> None:
    homes: dict[str, set[str | None]] = {}
    for facts in load().models:
        homes.setdefault(facts.author, set()).add(facts.author_country)
    assert [author for author, found in homes.items() if len(found) != 1] == []


def test_active_parameters_never_exceed_all() -> None:
    sizes = [(facts.slug, facts.params_active_b, facts.params_total_b) for facts in load().models]
    known = [(slug, active, total or Decimal(0)) for slug, active, total in sizes if active is not None]
    assert len(known) > 60
    assert [slug for slug, active, total in known if active > total] == []


def test_the_size_in_a_name_is_the_size_in_the_table() -> None:
    """`…-70b…` and `…-235b-a22b…` must say what the columns say; a mixture `8x22b` must not be 22."""
    pattern = re.compile(r"(?<![\dx.ae])(\d+(?:\.\d+)?)b(?:-a(\d+(?:\.\d+)?)b)?(?=[-:.]|$)")
    wrong: list[tuple[str, Decimal | None]] = []
    for facts in load().models:
        found = pattern.search(facts.slug.partition("/")[2])
        if not found or facts.params_total_b is None:
            continue
        total = Decimal(found.group(1))
        if abs(facts.params_total_b - total) > max(Decimal("0.6"), total / 20):
            wrong.append((facts.slug, facts.params_total_b))
        if found.group(2) and facts.params_active_b != Decimal(found.group(2)):
            wrong.append((facts.slug, facts.params_active_b))
    # By their cards, gpt-oss-120b has 116.8 billion (5.1 active), 20b 20.9 (3.6 active), gemma-7b 8.5.
    assert [slug for slug, _ in wrong if "gpt-oss" not in slug and slug != "google/gemma-7b-it"] == []


@pytest.mark.parametrize(("kind", "total", "active"), [("8x7b", "46.7", "12.9"), ("8x22b", "141", "39")])
def test_a_mixture_is_not_the_size_of_one_expert(kind: str, total: str, active: str) -> None:
    """Totals by Mistral's announcements; WizardLM-2 and Nous Hermes 2 are built on these models."""
    sizes = {(f.params_total_b, f.params_active_b) for f in load().models if kind in f.slug}
    assert sizes == {(Decimal(total), Decimal(active))}


def test_no_release_lies_in_the_future_or_before_the_chat_models() -> None:
    days = [(facts.release_date, facts.slug) for facts in load().models if facts.release_date]
    assert max(days)[0] <= TODAY
    assert min(days)[0] >= date(2022, 11, 1)


def test_no_price_is_in_force_before_its_model_exists() -> None:
    catalogue = load()
    early = [
        facts.slug
        for facts in catalogue.models
        if facts.release_date
        and (prices := catalogue.prices(facts.slug))
        and prices[0].valid_from_ms < ms(facts.release_date.isoformat())
    ]
    assert early == []


def test_prices_are_sane() -> None:
    """Dearest known: o1-pro, 150 and 600 USD per million; cached never above prompt; out rarely below in."""
    catalogue = load()
    prices = [(facts.slug, price) for facts in catalogue.models for price in catalogue.prices(facts.slug)]
    assert len(prices) > 400
    assert [slug for slug, price in prices if price.prompt_pico > 150_000_000] == []
    assert [slug for slug, price in prices if price.completion_pico > 600_000_000] == []
    assert [slug for slug, price in prices if (price.cached_pico or 0) > price.prompt_pico] == []
    assert [slug for slug, price in prices if price.completion_pico > 30 * price.prompt_pico] == []
    assert len([slug for slug, price in prices if price.completion_pico < price.prompt_pico]) <= 3


def test_price_zero_means_the_author_charged_nothing() -> None:
    """A free variant is a variant: its 0 must not become the price of the model."""
    catalogue = load()
    free = {facts.slug for facts in catalogue.models for p in catalogue.prices(facts.slug) if not p.prompt_pico}
    assert free <= {
        "google/gemini-2.0-flash-exp",
        "google/gemini-2.0-flash-thinking-exp",
        "google/gemini-2.5-pro-exp-03-25",
        "google/gemini-exp-1114",
        "google/gemini-exp-1206",
    }


def test_no_slug_is_an_alias_of_another() -> None:
    catalogue = load()
    assert [f.slug for f in catalogue.models if catalogue.normalise(f.slug).slug != f.slug] == []


def test_no_alias_belongs_to_two_models() -> None:
    catalogue = load()
    wrong = [
        (alias, facts.slug)
        for facts in catalogue.models
        for alias in facts.aliases
        if catalogue.normalise(alias).slug != facts.slug
    ]
    assert wrong == []


def test_neither_routers_nor_moving_names_are_models() -> None:
    moving = [f.slug for f in load().models if f.slug.endswith("-latest") or "fugu" in f.slug or "router" in f.slug]
    assert moving == ["openai/chatgpt-4o-latest"]  # A model of its own: the one behind ChatGPT.


def test_the_version_changes_with_the_table() -> None:
    """Change models.csv, change VERSION: facts stored under one version must mean one table."""
    assert (load().version, zlib.crc32(TABLE.read_bytes())) == PINNED


def test_it_loads_in_less_than_50_ms() -> None:
    def once() -> float:
        load.cache_clear()
        start = time.process_time()  # not the wall clock: other work shares the cores
        load()
        return time.process_time() - start

    assert min(once() for _ in range(5)) < 0.05


def test_it_needs_the_base_install_only() -> None:
    code = (
        "import sys, json; from tokentide.schemas.catalogue import load; load().normalise('gpt-4o');"
        "print(json.dumps([m for m in ('pyarrow', 'numpy', 'msgspec', 'faust') if m in sys.modules]))"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert json.loads(found.stdout) == []


def test_it_is_read_once() -> None:
    assert load() is load()


def test_the_price_in_force_at_event_time_applies(table: Callable[..., Catalogue]) -> None:
    later = ROW.replace("1,2,0.5,2025-01-02,2025-01-02", "0.25,0.75,,2025-01-02,2025-03-01")
    catalogue = table(ROW, later)
    first = Price(ms("2025-01-02"), 1_000_000, 2_000_000, 500_000)
    second = Price(ms("2025-03-01"), 250_000, 750_000, None)
    assert catalogue.prices("acme/one") == (first, second)
    assert catalogue.price("acme/one", ms("2025-01-02") - 1) is None
    assert catalogue.price("acme/one", ms("2025-01-02")) == first
    assert catalogue.price("acme/one", ms("2025-03-01") - 1) == first
    assert catalogue.price("acme/one", ms("2025-03-01")) == second
    assert catalogue.price("acme/other", ms("2025-03-01")) is None


def test_a_free_variant_costs_nothing_and_a_fine_tune_is_unpriced() -> None:
    at = ms("2025-06-01")
    free, tuned = load().price("deepseek/deepseek-r1", at, "free"), load().price("openai/gpt-4o", at, "ft")
    assert free is not None
    assert list_cost_nano(free, 1000, 1000, 10) == 0
    assert tuned is None


def test_known_price_changes() -> None:
    """As announced: o3 fell by 80 % on 2025-06-10; DeepSeek's discount ended with 2025-02-08."""
    catalogue = load()

    def prompt(slug: str, day: str) -> int | None:
        price = catalogue.price(slug, ms(day))
        return price.prompt_pico if price else None

    assert (prompt("openai/o3", "2025-06-09"), prompt("openai/o3", "2025-06-10")) == (10_000_000, 2_000_000)
    assert (prompt("openai/gpt-4o", "2024-06-01"), prompt("openai/gpt-4o", "2025-06-01")) == (
        5_000_000,
        2_500_000,
    )
    v3 = "deepseek/deepseek-chat"
    assert (prompt(v3, "2025-02-08"), prompt(v3, "2025-02-09"), prompt(v3, "2024-12-25")) == (
        140_000,
        270_000,
        None,
    )


def test_list_cost_by_hand() -> None:
    """1,000 prompt tokens of which 400 cached at 3 / 0.3, and 500 completion at 15 USD per million."""
    price = Price(0, 3_000_000, 15_000_000, 300_000)
    # 600 * 3e-6 + 400 * 0.3e-6 + 500 * 15e-6 = 0.0018 + 0.00012 + 0.0075 = 0.00942 USD
    assert list_cost_nano(price, 1000, 500, 400) == 9_420_000


def test_cached_tokens_cost_the_prompt_price_where_no_discount_is_published() -> None:
    price = Price(0, 3_000_000, 15_000_000, None)
    assert list_cost_nano(price, 1000, 0, 400) == list_cost_nano(price, 1000, 0, 0) == 3_000_000


@pytest.mark.parametrize(("tokens", "nano"), [(1, 1), (2, 1), (3, 2), (499, 250), (0, 0)])
def test_half_a_nano_dollar_is_rounded_up_once(tokens: int, nano: int) -> None:
    assert list_cost_nano(Price(0, 500, 0, None), tokens, 0) == nano


counts = st.integers(0, 2**31 - 1)
picos = st.integers(0, 2_000_000_000)


@given(counts, counts, st.floats(0, 1), picos, picos, st.none() | picos)
def test_list_cost_is_exact_and_fits_64_bits(
    prompt: int,
    completion: int,
    share: float,
    prompt_pico: int,
    completion_pico: int,
    cached_pico: int | None,
) -> None:
    cached = int(prompt * share)
    price = Price(0, prompt_pico, completion_pico, cached_pico)
    rate = prompt_pico if cached_pico is None else cached_pico
    exact = (prompt - cached) * prompt_pico + cached * rate + completion * completion_pico
    assert exact < 2**63
    assert 2 * abs(1000 * list_cost_nano(price, prompt, completion, cached) - exact) <= 1000


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (ROW.replace(",US,", ",usa,"), "line 2 column author_country (acme/one)"),
        (ROW.replace(",true,70", ",yes,70"), "line 2 column open_weights (acme/one)"),
        (ROW.replace("70,10", "seventy,10"), "line 2 column params_total_b (acme/one)"),
        (ROW.replace("70,10", "70,71"), "params_active_b: must not exceed"),
        (ROW.replace("70,10", "70,NaN"), "line 2 column params_active_b (acme/one)"),
        (ROW.replace("1,2,0.5", "-1,2,0.5"), "line 2 column price_prompt_per_1m (acme/one)"),
        (ROW.replace("1,2,0.5", "1,2001,0.5"), "line 2 column price_completion_per_1m (acme/one)"),
        (ROW.replace("1,2,0.5", "1,2.0000001,0.5"), "line 2 column price_completion_per_1m (acme/one)"),
        (ROW.replace("1,2,0.5", "1,,0.5"), "price_completion_per_1m: must be given together"),
        (ROW.replace("1,2,0.5", "1,2,1.5"), "price_cached_per_1m: must not exceed"),
        (
            ROW.replace("2025-01-02,2025-01-02", "2025-1-2,2025-01-02"),
            "line 2 column release_date (acme/one)",
        ),
        (
            ROW.replace("2025-01-02,2025-01-02", "2025-01-02,2025-02-30"),
            "line 2 column valid_from (acme/one)",
        ),
        (ROW.replace("2025-01-02,2025-01-02", "2025-01-02,"), "valid_from: must be given together"),
        (ROW.replace("one-latest", "one latest"), "line 2 column aliases (acme/one)"),
        (ROW.replace("acme/one,", "one,"), "line 2 column slug (one)"),
        (ROW.replace("/one,acme,", "/one,other,"), "author: must be the part of slug"),
        (ROW.replace(",hand", ","), "line 2 column source (acme/one)"),
        (ROW.replace(",hand", ",hand,more"), "line 2: 17 cells instead of 16"),
    ],
)
def test_a_fault_names_its_line_and_column(table: Callable[..., Catalogue], row: str, told: str) -> None:
    with pytest.raises(UserError) as caught:
        table(row)
    assert told in str(caught.value)
    assert "models.csv line 2" in str(caught.value)


def test_a_wrong_header_is_refused(table: Callable[..., Catalogue]) -> None:
    with pytest.raises(UserError, match="line 1: the columns must be slug,author"):
        table(ROW, header="slug,author")


@pytest.mark.parametrize(
    ("second", "told"),
    [
        (ROW, "column valid_from: rows of acme/one must ascend"),
        (
            ROW.replace(",70,10", ",71,10").replace(",2025-01-02,one", ",2025-02-02,one"),
            "column params_total_b",
        ),
    ],
)
def test_rows_of_one_model_must_agree(table: Callable[..., Catalogue], second: str, told: str) -> None:
    with pytest.raises(UserError, match=told):
        table(ROW, second)


def test_rows_of_one_model_must_stand_together(table: Callable[..., Catalogue]) -> None:
    with pytest.raises(UserError, match="rows of acme/one must stand together"):
        table(ROW, ROW.replace("acme/one", "acme/two").replace("one-latest", ""), ROW)


def test_a_name_of_two_models_is_refused(table: Callable[..., Catalogue]) -> None:
    with pytest.raises(UserError, match="one-latest"):
        table(ROW, ROW.replace("acme/one", "acme/two"))


def test_a_missing_file_is_told_in_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="models.csv: cannot be read"):
        load(tmp_path / "models.csv")
