"""A market that goes on: in order of time, cut at the present, as large and as fast as asked, the same for a seed."""

from datetime import UTC, datetime

import pytest

from tokentide.gateways.simulation.live import LiveMarket, LiveOrder
from tokentide.schemas.usage_event import UsageEvent

NOW = datetime(2026, 2, 18, 15, 30, tzinfo=UTC)
ORDER = LiveOrder(past=6000, rate=0.01, now=NOW)


@pytest.fixture(scope="module")
def market() -> tuple[list[float], list[float], list[bytes]]:
    made = LiveMarket(ORDER)
    past, future = list(made.past()), list(made.future())
    assert all(
        UsageEvent.from_message(one.message).event_id.encode() == one.key for one in (*past[:50], *future[:50])
    )
    return [one.at_s or 0 for one in past], [one.at_s or 0 for one in future], [one.message for one in past]


def test_it_is_cut_at_the_present(market: tuple[list[float], list[float], list[bytes]]) -> None:
    past, future, _ = market
    assert past == sorted(past)
    assert future == sorted(future)
    assert past[-1] <= NOW.timestamp() < future[0]


def test_it_is_as_large_and_as_fast_as_asked(market: tuple[list[float], list[float], list[bytes]]) -> None:
    past, future, _ = market
    assert len(past) == pytest.approx(6000, rel=0.05)
    assert len(future) == pytest.approx(864, rel=0.15)


def test_it_grows_up_to_that_rate(market: tuple[list[float], list[float], list[bytes]]) -> None:
    past, _, _ = market
    ages = [(NOW.timestamp() - at) / 86_400 for at in past]
    weeks = [sum(7 * week <= age < 7 * week + 7 for age in ages) for week in range(8)]
    assert weeks == sorted(weeks, reverse=True)
    assert sum(age < 1 for age in ages) == pytest.approx(864, rel=0.2)


def test_the_same_seed_is_the_same_market(market: tuple[list[float], list[float], list[bytes]]) -> None:
    assert [one.message for one in LiveMarket(ORDER).past()] == market[2]
