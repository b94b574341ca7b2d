"""Begin the clock at the fetch that brings the first records, of plain Faust and of our worker alike."""

from typing import Any

from faust.transport.drivers.aiokafka import AIOKafkaConsumerThread

from bench.meter import Meter, Moment


def begin_at_first_fetch(meter: Meter) -> None:
    """Watch the call by which Faust's consumer thread takes records from aiokafka."""
    fetch = AIOKafkaConsumerThread._fetch_records

    async def watched(self: Any, *args: Any, **options: Any) -> Any:
        asked_at = Moment.now()
        records = await fetch(self, *args, **options)
        if records:
            meter.begin(asked_at)
        return records

    AIOKafkaConsumerThread._fetch_records = watched  # type: ignore[method-assign]
