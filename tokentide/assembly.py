"""Put the rooms together: broker, topics, epoch, store. The one place that knows them all."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from tokentide.schemas.alert_rules import AlertRules, load_rules
from tokentide.schemas.errors import UsageError, UserError
from tokentide.schemas.kafka_address import KafkaAddress
from tokentide.schemas.metrics_address import parse_metrics_address
from tokentide.schemas.settings import Settings
from tokentide.sinks.clickhouse.address import parse_address as parse_store
from tokentide.sinks.clickhouse.epochs import (
    Topic,
    TopicLog,
    begin_epoch,
    current_epoch,
    ledger_ends,
    was_recreated,
)
from tokentide.sinks.clickhouse.layout import Layout
from tokentide.sinks.clickhouse.migrate import migrate
from tokentide.sinks.clickhouse.opening import open_store
from tokentide.sinks.clickhouse.store import Store
from tokentide.sinks.notify.outbox import channels_of
from tokentide.streams.brokers.admin import cluster_id
from tokentide.streams.brokers.embedded import EmbeddedBroker
from tokentide.streams.brokers.offsets import end_offsets
from tokentide.streams.brokers.topics import TopicReport, TopicSpec, ensure_topics, partition_count


@dataclass(frozen=True, slots=True)
class Broker:
    """A reachable Kafka: where it is and which cluster."""

    address: KafkaAddress
    cluster_id: str
    embedded: bool


def topic_specs(settings: Settings) -> list[TopicSpec]:
    """Return what the topics of events and of dead letters should be."""
    events = TopicSpec(
        settings.topic, settings.partitions, settings.replication, settings.retention, settings.compression
    )
    dead = TopicSpec(
        settings.dead_topic,
        settings.partitions,
        settings.replication,
        settings.dead_retention,
        settings.compression,
    )
    return [events, dead]


def alerts_spec(settings: Settings) -> TopicSpec:
    """Return what the topic of alerts should be: few records, kept as long as dead letters."""
    return TopicSpec(settings.alerts_topic, 1, settings.replication, settings.dead_retention, settings.compression)


def alert_rules(settings: Settings) -> AlertRules | None:
    """Return the rules of alerts, or None where they are off.

    Raises:
        UsageError: the file cannot be read or holds faults.
    """
    if settings.alerts == "off":
        return None
    rules = load_rules(Path(settings.alerts) if settings.alerts else None)
    channels_of(rules.notify)
    return rules


def faults_of(settings: Settings) -> list[str]:
    """Return what only the rooms can tell is wrong: both addresses and the certificate file."""
    faults = []
    for name, check in (
        ("TOKENTIDE_KAFKA (--kafka): ", lambda: settings.kafka_address().client_options()),
        ("", lambda: parse_store(settings.store)),
        ("TOKENTIDE_ALERTS: ", lambda: alert_rules(settings)),
        ("", lambda: settings.metrics_address and parse_metrics_address(settings.metrics_address)),
    ):
        try:
            check()
        except UserError as error:
            faults.append(f"{name}{error}")
    return faults


def check_settings(settings: Settings) -> None:
    """Refuse settings with `faults_of`.

    Raises:
        UsageError: names the settings; all faults at once.
    """
    if faults := faults_of(settings):
        raise UsageError("\n".join(faults))


@contextlib.asynccontextmanager
async def open_broker(settings: Settings) -> AsyncIterator[Broker]:
    """Reach Kafka, or start the embedded broker with our topics, for as long as the block runs."""
    address = settings.kafka_address()
    if not address.embedded:
        yield Broker(address, await cluster_id(address), embedded=False)
        return
    with EmbeddedBroker() as mock:
        for spec in (*topic_specs(settings), alerts_spec(settings)):
            mock.create_topic(spec.name, spec.partitions)
        yield Broker(mock.address, mock.cluster_id, embedded=True)


async def prepare_topics(broker: Broker, settings: Settings, *, alerts: bool = False) -> list[TopicReport]:
    """Create the topics that are missing, that of alerts too if asked; the embedded broker has them."""
    specs = [*topic_specs(settings), *([alerts_spec(settings)] if alerts else [])]
    return [] if broker.embedded else await ensure_topics(broker.address, specs)


async def inspect_topics(broker: Broker, settings: Settings) -> list[TopicReport]:
    """Return how our topics are, without changing anything.

    Raises:
        UserError: one does not exist.
    """
    for name in (settings.topic, settings.dead_topic):
        if await partition_count(broker.address, name) is None:
            raise UserError(f"Kafka at {broker.address} has no topic {name}: run `tokentide migrate` first.")
    return await ensure_topics(broker.address, topic_specs(settings))


def prepare_store(settings: Settings) -> Store:
    """Open the store and bring its schema up to date; the caller closes it."""
    store = open_store(settings.store, fsync=settings.fsync)
    try:
        migrate(store, Layout(settings.replicated, settings.cluster, settings.facts_retention))
    except BaseException:
        store.close()
        raise
    return store


async def settle_epoch(store: Store, broker: Broker, settings: Settings, *, rotate: bool) -> TopicLog:
    """Return the log of the topic, beginning an epoch for a topic the store has not met.

    Args:
        store: migrated.
        broker: where the topic is.
        settings: its name.
        rotate: begin a new epoch if the log is shorter than what was settled from it (`migrate`).
    """
    ends = await end_offsets(broker.address, settings.topic)
    topic = Topic(broker.cluster_id, settings.topic, len(ends))
    return TopicLog(await asyncio.to_thread(_epoch_of, store, topic, ends, rotate), topic.partitions)


def _epoch_of(store: Store, topic: Topic, ends: Mapping[int, int], rotate: bool) -> str:
    epoch = current_epoch(store, topic)
    if epoch is None or (rotate and was_recreated(ledger_ends(store, epoch, topic.name), ends)):
        epoch = begin_epoch(store, topic)
    return epoch
