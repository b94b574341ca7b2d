"""Usage events as they stand in Kafka: one JSON object of the wire contract per line.

Lines are sent as they are, right or wrong: it is the worker that refuses, and its dead letters must see what
it refused. One exception keeps the promise that nothing we send holds a prompt: an event that would be
accepted and has fields or categories the contract does not know is sent without them.
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from tokentide.gateways.files import Line, read_lines
from tokentide.gateways.formats.replay_event import Population, ReplayEvent
from tokentide.schemas import taxonomy
from tokentide.schemas.usage_event import KNOWN, Label, UsageEvent

NAME: Final = "usage-events"
_LABEL_FIELDS: Final = frozenset(Label.model_fields)


def read(path: Path, population: Population) -> Iterator[ReplayEvent]:
    """Yield one message per line that is not blank; `population` is unused: events declare their own."""
    for line in read_lines(path):
        yield _message(line)


def _message(line: Line) -> ReplayEvent:
    try:
        record = json.loads(line.text)
    except (ValueError, RecursionError):
        return ReplayEvent(None, line.text, None)
    if not isinstance(record, dict):
        return ReplayEvent(None, line.text, None)
    text = line.text if _is_known(record) else _without_unknown(line.text)
    return ReplayEvent(_key(record), text, _time(record.get("event_time")))


def _is_known(record: dict[str, Any]) -> bool:
    if not record.keys() <= KNOWN:
        return False
    labels = record.get("labels")
    return not isinstance(labels, list) or all(map(_is_known_label, labels))


def _is_known_label(label: object) -> bool:
    if not isinstance(label, dict) or not label.keys() <= _LABEL_FIELDS:
        return False
    path = label.get("path")
    return isinstance(path, str) and taxonomy.cut(path) == path


def _without_unknown(text: bytes) -> bytes:
    try:
        return UsageEvent.from_message(text).to_message()
    except ValueError:
        return text


def _key(record: dict[str, Any]) -> bytes | None:
    event_id = record.get("event_id")
    return event_id.encode("utf-8", "surrogatepass") if isinstance(event_id, str) else None


def _time(value: object) -> float | None:
    if type(value) is int:
        return value / 1000
    try:
        return datetime.fromisoformat(value).astimezone(UTC).timestamp() if isinstance(value, str) else None
    except (ValueError, OverflowError):
        return None
