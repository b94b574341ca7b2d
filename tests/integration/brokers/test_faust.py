"""The pinned Faust consumes from every broker we run on."""

from support.faust_app import consume
from support.providers import Broker
from support.records import publish


async def test_a_plain_faust_app_reads_every_record_of_every_partition(broker: Broker) -> None:
    topic = broker.topic(partitions=3)
    values = [[b"%d-%d" % (partition, number) for number in range(200)] for partition in range(3)]
    for partition in range(3):
        await publish(broker, topic, values[partition], partition, compression_type="zstd")
    await consume(broker.address, topic, set().union(*values), broker.name("app"))
