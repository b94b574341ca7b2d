"""Every metric of the registry, computed through broker, worker and store, equals the simulator's own count."""

import pytest
from integration.market.known import WITHOUT_ORACLE, check
from integration.market.market import Market

from tokentide.reports.registry import METRICS

COUNTED = [name for name in METRICS if name not in WITHOUT_ORACLE]


def test_every_event_is_stored_once(small: Market) -> None:
    balance = small.balance

    assert (balance.received, balance.stored) == (20_000, 20_000)
    assert (balance.duplicates, balance.dead_letters, balance.dropped) == (0, 0, 0)


@pytest.mark.parametrize("metric", COUNTED)
def test_the_metric_equals_the_oracle(small: Market, metric: str) -> None:
    check(small.answers, metric)


def test_the_list_of_metrics_without_an_oracle_is_short_and_true(small: Market) -> None:
    assert WITHOUT_ORACLE.keys() <= METRICS.keys()
    assert not WITHOUT_ORACLE.keys() & small.answers.oracle.keys()
    assert all(WITHOUT_ORACLE.values())
