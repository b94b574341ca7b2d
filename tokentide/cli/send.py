"""`tokentide send`: publish one event and say what became of it."""

import asyncio
import uuid
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from tokentide.cli.options import Kafka
from tokentide.schemas.errors import UsageError
from tokentide.schemas.settings import Settings, load_settings


def command(
    model: Annotated[str, typer.Option(help="author/model, or any name of it")],
    prompt_tokens: Annotated[int, typer.Option(help="prompt tokens, cached ones included")],
    completion_tokens: Annotated[int, typer.Option(help="completion tokens, reasoning ones included")],
    gateway: Annotated[str, typer.Option(help="who publishes")] = "cli",
    event_id: Annotated[str | None, typer.Option(help="id; sending it again is a duplicate")] = None,
    event_time: Annotated[str | None, typer.Option(help="RFC 3339 or unix ms; default now")] = None,
    field: Annotated[list[str] | None, typer.Option("--field", help="any other field, as name=value")] = None,
    kafka: Kafka = None,
) -> None:
    """Publish one event, print accepted or refused and the row it became."""
    settings = load_settings(kafka=kafka)
    given: dict[str, Any] = {
        "event_id": event_id or str(uuid.uuid4()),
        "event_time": _time(event_time),
        "gateway": gateway,
        "model": model,
        "prompt_tokens": prompt_tokens,
        "completion_tokens": completion_tokens,
        **_fields(field or []),
    }
    asyncio.run(_send(settings, given))


async def _send(settings: Settings, given: dict[str, Any]) -> None:
    from tokentide.gateways import UsageProducer
    from tokentide.schemas.refusal import EventRefusedError

    message = _encode(given)
    try:
        from tokentide.schemas.usage_event import UsageEvent

        event = UsageEvent.from_message(message)
    except EventRefusedError as error:
        raise UsageError(f"refused before sending: {error}") from None
    if settings.kafka.startswith("embedded"):
        raise UsageError("embedded:// lives inside one process: name a Kafka with --kafka kafka://host:9092")
    async with UsageProducer(settings.kafka, topic=settings.topic) as producer:
        position = await (await producer.send(event))
    print(f"accepted: {event.event_id} at {position.topic}/{position.partition} offset {position.offset}")
    print(event.to_message().decode())


def _encode(given: dict[str, Any]) -> bytes:
    import json

    return json.dumps(given).encode()


def _time(text: str | None) -> str | int:
    if text is None:
        return datetime.now(UTC).isoformat()
    return int(text) if text.isdecimal() else text


def _fields(given: list[str]) -> dict[str, Any]:
    """Read name=value; a value that is JSON (a number, true, a list) is taken as that, else as text."""
    import json

    fields: dict[str, Any] = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals:
            raise UsageError(f"--field is {text!r}; write name=value")
        try:
            fields[name] = json.loads(value)
        except ValueError:
            fields[name] = value
    return fields
