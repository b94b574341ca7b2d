"""`tokentide publish FILE…`: replay traces to a real Kafka."""

import asyncio
from datetime import UTC
from typing import Annotated

import typer

from tokentide.cli.options import Files, FormatName, Gateway, Kafka, Start, parse_instant
from tokentide.cli.progress import Progress
from tokentide.gateways import UsageProducer
from tokentide.gateways.formats import DEFAULT_START
from tokentide.gateways.replay import Hooks, Replay, publish
from tokentide.schemas.errors import UsageError
from tokentide.schemas.settings import Settings, load_settings


def command(
    files: Files,
    format_name: FormatName = "usage-events",
    speed: Annotated[str, typer.Option(help="recorded, a factor such as 60, or max")] = "max",
    gateway: Gateway = None,
    start: Start = None,
    kafka: Kafka = None,
) -> None:
    """Replay traces to Kafka; the same file again is duplicates, not new traffic."""
    settings = load_settings(kafka=kafka)
    if settings.kafka_address().embedded:
        raise UsageError("embedded:// lives inside one process: name a Kafka with --kafka, or use `tokentide run`")
    begin = parse_instant("--start", start) or DEFAULT_START.astimezone(UTC)
    asyncio.run(_publish(settings, Replay(tuple(files), format_name, gateway, begin, merged=True), speed))


async def _publish(settings: Settings, replay: Replay, speed: str) -> None:
    with Progress("published") as progress:
        async with UsageProducer(settings.kafka_address(), topic=settings.topic) as producer:
            done = await publish(replay, producer, speed=speed, hooks=Hooks(progress=progress.show))
    rate = done.events / done.seconds if done.seconds else 0.0
    print(f"published {done.events:,} events, {done.bytes:,} bytes in {done.seconds:.1f} s ({rate:,.0f}/s)")
