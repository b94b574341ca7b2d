"""Small markets drawn by hypothesis answer whatever is asked as SQL over their raw events does.

Messages are decided and written as a worker does it, into one store; each market has gateways of its own.
"""

from collections.abc import Callable, Iterator
from itertools import count
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from integration.recount.asked import Asked
from integration.recount.market import market
from integration.recount.questions import BUCKETS, choices, disagreements
from integration.recount.raw import Recount
from integration.recount.second import METRICS
from support.settling import Bench

from tokentide.reports.registry import METRICS as REGISTRY
from tokentide.sinks.clickhouse.migrate import migrate
from tokentide.sinks.clickhouse.opening import open_store
from tokentide.sinks.clickhouse.writer import Writer

Disagreements = Callable[[Random, int, list[Asked]], list[str]]
FILTERABLE = [metric for metric in METRICS if "gateway" in REGISTRY[metric].restrictions]
NUMBERS = count()


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Disagreements]:
    """Writes a market, asks of it, and returns where the two implementations differ."""
    recount, bench = Recount(), Bench()
    with open_store(f"chdb://{tmp_path_factory.mktemp('markets') / 'store'}") as store:
        migrate(store)
        writer = Writer(store)

        def ask(chance: Random, size: int, questions: list[Asked]) -> list[str]:
            name = f"market-{next(NUMBERS)}"
            messages = market(chance, size, (name,), name)
            bench.write(writer, bench.records(messages))
            recount.take(messages)
            only = {"gateway": name}
            return [each for asked in questions for each in disagreements(store, recount, asked, only)]

        yield ask
    recount.close()


@st.composite
def asked(draw: st.DrawFn) -> Asked:
    """Draw a question: a metric, and what it lets one choose."""
    entry = REGISTRY[draw(st.sampled_from(FILTERABLE))]
    bucket = draw(st.sampled_from(["1m", *BUCKETS])) if "bucket" in entry.grids else "all"
    unit = draw(st.sampled_from([str(unit) for unit in entry.units if str(unit) != "accounts"]))
    others = [name for name in DIMENSIONS if name in choices(entry.id)]
    by = draw(st.none() | st.sampled_from(others)) if others else None
    top = draw(st.none() | st.integers(1, 4)) if entry.top is not None else None
    return Asked(entry.id, bucket, by=by, unit=unit, top=top)


DIMENSIONS = (
    "tenant", "model", "author", "provider", "variant", "byok", "source", "open", "size_class", "active_size_class",
    "reasoning", "release_quarter", "release_order", "category", "bucket_category", "sub_tag", "billing_country",
    "language", "continent",
)  # fmt: skip
CHANCES = st.randoms(use_true_random=False)
SIZES = st.integers(1, 25)


def test_a_category_that_is_nobodys_first_label_takes_no_place(found: Disagreements) -> None:
    """Of equal volume (no cost) and first by name, it pushed one with requests out of the top three."""
    assert found(Random(0), 16, [Asked("oss-category-mix", "1m", unit="usd", top=3)]) == []  # noqa: S311


@given(CHANCES, SIZES, st.lists(asked(), min_size=3, max_size=3))
@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
def test_a_small_market_is_answered_alike(
    found: Disagreements, chance: Random, size: int, questions: list[Asked]
) -> None:
    assert found(chance, size, questions) == []


@pytest.mark.long
@given(CHANCES, SIZES, st.lists(asked(), min_size=3, max_size=3))
@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
def test_many_small_markets_are_answered_alike(
    found: Disagreements, chance: Random, size: int, questions: list[Asked]
) -> None:
    assert found(chance, size, questions) == []
