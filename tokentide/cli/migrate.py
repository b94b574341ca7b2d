"""`tokentide migrate`: create or upgrade the ClickHouse schema and the topics."""

import asyncio

from tokentide.cli.options import Kafka, Store
from tokentide.schemas.settings import Settings, load_settings


def command(store: Store = None, kafka: Kafka = None) -> None:
    """Create or upgrade the schema of the store and the topics of Kafka; running it again changes nothing."""
    asyncio.run(_migrate(load_settings(store=store, kafka=kafka)))


async def _migrate(settings: Settings) -> None:
    from tokentide import assembly

    assembly.check_settings(settings)
    with assembly.prepare_store(settings) as store:
        print(f"store {store.address}: schema is current")
        if assembly.address_of(settings).embedded:
            print("embedded:// brings its own topics at every start")
            return
        async with assembly.open_broker(settings) as broker:
            for report in await assembly.prepare_topics(broker, settings):
                made = "created" if report.created else "exists"
                print(f"topic {report.name}: {made}, {report.partitions} partitions")
                for difference in report.differences:
                    print(f"  {difference}")
            log = await assembly.settle_epoch(store, broker, settings, rotate=True)
            print(f"epoch {log.epoch}")
