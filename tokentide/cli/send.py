"""`tokentide send`: publish one event and say what became of it."""

import asyncio
import json
import sys
import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tokentide.cli.options import Kafka, Store
from tokentide.schemas.errors import UsageError, UserError
from tokentide.schemas.settings import Settings, load_settings

if TYPE_CHECKING:
    from tokentide.gateways.delivery import Position
    from tokentide.outcome import Outcome
    from tokentide.schemas.usage_event import UsageEvent


def command(
    model: Annotated[str, typer.Option(help="author/model, or any name of it")],
    prompt_tokens: Annotated[int, typer.Option(help="prompt tokens, cached ones included")],
    completion_tokens: Annotated[int, typer.Option(help="completion tokens, reasoning ones included")],
    gateway: Annotated[str, typer.Option(help="who publishes")] = "cli",
    event_id: Annotated[str | None, typer.Option(help="id; sending it again is a duplicate")] = None,
    event_time: Annotated[str | None, typer.Option(help="RFC 3339 or unix ms; default now")] = None,
    field: Annotated[list[str] | None, typer.Option("--field", help="any other field, as name=value")] = None,
    kafka: Kafka = None,
    store: Store = None,
    wait: Annotated[float, typer.Option(help="seconds to wait for the row, if the store is clickhouse://")] = 10.0,
) -> None:
    """Publish one event, print accepted or refused and the row it became."""
    settings = load_settings(kafka=kafka, store=store)
    given: dict[str, Any] = {
        "event_id": event_id or str(uuid.uuid4()),
        "event_time": _time(event_time),
        "gateway": gateway,
        "model": model,
        "prompt_tokens": prompt_tokens,
        "completion_tokens": completion_tokens,
        **_fields(field or []),
    }
    asyncio.run(_send(settings, given, wait))


async def _send(settings: Settings, given: dict[str, Any], wait_s: float) -> None:
    from tokentide.gateways import UsageProducer

    address = settings.kafka_address()
    if address.embedded:
        raise UsageError("embedded:// lives inside one process: name a Kafka with --kafka kafka://host:9092")
    event = _checked(given)
    sent_ms = int(datetime.now(UTC).timestamp() * 1000)
    async with UsageProducer(address, topic=settings.topic) as producer:
        position = await (await producer.send(event))
    print(f"accepted: {event.event_id} at {position.topic}/{position.partition} offset {position.offset}")
    print(f"model {event.model}: {_counted_as(event.model)}")
    if settings.store.startswith("clickhouse") and wait_s > 0:
        await _tell_outcome(settings, position, event.event_id, sent_ms, wait_s)


def _checked(given: dict[str, Any]) -> "UsageEvent":
    from tokentide.schemas.refusal import EventRefusedError
    from tokentide.schemas.usage_event import UsageEvent

    try:
        return UsageEvent.from_message(json.dumps(given).encode())
    except EventRefusedError as error:
        raise UserError(f"refused before sending: {error}") from None


def _counted_as(model: str) -> str:
    from tokentide.schemas.catalogue import load

    name = load().normalise(model)
    variant = f", variant {name.variant}" if name.variant else ""
    unknown = "" if name.known else "; the catalogue does not know it"
    return f"counts as {name.slug} by {name.author}{variant}{unknown}"


async def _tell_outcome(settings: Settings, position: "Position", event_id: str, sent_ms: int, wait_s: float) -> None:
    """Print what a worker made of the message; Kafka has it, so a store that cannot be asked is no failure."""
    from tokentide.outcome import Sent, await_outcome
    from tokentide.sinks.clickhouse.opening import open_store

    try:
        store = open_store(settings.store, readonly=True)
    except UserError as error:
        print(f"The row cannot be shown: {error}", file=sys.stderr)
        return
    with store:
        sent = Sent(position, event_id, sent_ms)
        outcome = await await_outcome(store, settings.kafka_address(), settings.dead_topic, sent, wait_s)
    print_outcome(outcome, wait_s)


def print_outcome(outcome: "Outcome", wait_s: float) -> None:
    """Print the row or the dead letter.

    Raises:
        UserError: the message was refused.
    """
    letter = outcome.letter
    if letter is not None:
        print(letter.to_message().decode())
        field = f" ({letter.field})" if letter.field else ""
        raise UserError(f"refused: {letter.reason}{field}: {letter.detail}.")
    if outcome.verdict == "pending":
        print(f"No worker has settled it within {wait_s:g} s.", file=sys.stderr)
        return
    print(f"{outcome.verdict}: {json.dumps(_told(outcome.row or {}), default=str)}")


def _told(row: dict[str, Any]) -> dict[str, Any]:
    """Return what a row says: neither what is absent nor what is empty."""
    return {name: value for name, value in row.items() if value not in (None, "", [])}


def _time(text: str | None) -> str | int:
    if text is None:
        return datetime.now(UTC).isoformat()
    return int(text) if text.isdecimal() else text


def _fields(given: list[str]) -> dict[str, Any]:
    """Read name=value; a value that is JSON (a number, true, a list) is taken as that, else as text."""
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
