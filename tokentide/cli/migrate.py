"""`tokentide migrate`: create or upgrade the ClickHouse schema and the topics."""

import asyncio
from typing import TYPE_CHECKING

from tokentide.cli.options import Kafka, Store
from tokentide.schemas.settings import Settings, load_settings

if TYPE_CHECKING:
    from tokentide.streams.brokers.topics import TopicReport


def command(store: Store = None, kafka: Kafka = None) -> None:
    """Create or upgrade the schema of the store and the topics of Kafka; running it again changes nothing."""
    asyncio.run(_migrate(load_settings(store=store, kafka=kafka)))


async def _migrate(settings: Settings) -> None:
    from tokentide import assembly

    assembly.check_settings(settings)
    if settings.kafka_address().embedded:
        with assembly.prepare_store(settings) as store:
            print(f"store {store.address}: schema is current")
        print("embedded:// brings its own topics at every start")
        return
    async with assembly.open_broker(settings) as broker:
        with assembly.prepare_store(settings) as store:
            print(f"store {store.address}: schema is current")
            for report in await assembly.prepare_topics(broker, settings, alerts=True):
                _print_topic(report)
            log = await assembly.settle_epoch(store, broker, settings, rotate=True)
            print(f"epoch {log.epoch}")


def _print_topic(report: "TopicReport") -> None:
    made = "created" if report.created else "exists"
    print(f"topic {report.name}: {made}, {report.partitions} partitions")
    for difference in report.differences:
        print(f"  {difference}")
