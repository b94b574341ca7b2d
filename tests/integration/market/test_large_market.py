"""The long form: two million events and more on the JVM's Kafka where it is there, all and a twentieth classified."""

import os
from pathlib import Path

import pytest
from integration.market.known import WITHOUT_ORACLE, check
from integration.market.market import market
from localkafka import jars
from localkafka.errors import ToolMissingError
from support.providers import EMBEDDED, JVM, Providers

from tokentide.gateways.simulation.simulate import Order
from tokentide.reports.registry import METRICS

EVENTS = int(os.environ.get("TOKENTIDE_MARKET_EVENTS", "2000000"))


def provider() -> str:
    """The JVM's Kafka where Java and Maven are there, else the embedded broker."""
    try:
        jars.java()
        jars.maven()
    except ToolMissingError:
        return EMBEDDED
    return JVM


@pytest.mark.long
@pytest.mark.parametrize("label_rate", [1.0, 0.05])
def test_every_metric_of_a_large_market_equals_the_oracle(
    broker_providers: Providers, tmp_path: Path, label_rate: float
) -> None:
    broker, order = broker_providers.get(provider()), Order("state-of-ai-2025", EVENTS, 1, label_rate)
    names = {what: broker.name(f"market-{label_rate}-{what}") for what in ("topic", "dead_topic", "group")}
    with market(order, tmp_path, broker.url, **names) as opened:
        assert (opened.balance.received, opened.balance.stored) == (EVENTS, EVENTS)
        for metric in METRICS.keys() - WITHOUT_ORACLE.keys():
            check(opened.answers, metric)
