"""Aider analytics: the event log of an LLM client, NDJSON; each `message_send` is one request.

- The record has no id; two identical lines of one file are two requests (see Identity).
- `cost` 0 means free, local or unpriced, the log does not say which: it becomes null, except where the
  model's name ends in `:free`, which says it. No sum changes. Aider computes costs from price lists:
  cost_source `computed`.
- `user_id` does not leave: an HMAC under a key published here would hide nobody, and there is no secret key
  that two people replaying the same file share. account_hash stays null.
- `main_model` is the route, not the author (`openrouter/…`); it is kept as written. Times have one-second
  resolution.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from tokentide.gateways.files import Line
from tokentide.gateways.formats.encode import encode
from tokentide.gateways.formats.identity import Identity
from tokentide.gateways.formats.records import canonical, read_records, whole
from tokentide.gateways.formats.replay_event import Population, ReplayEvent

NAME: Final = "aider-analytics"
_REQUEST: Final = "message_send"
_NANO: Final = Decimal("1e-9")
_YEAR_9999_S: Final = 253_402_300_799


def read(path: Path, population: Population) -> Iterator[ReplayEvent]:
    """Yield one event per `message_send`; other kinds of events are no requests and are passed over.

    Raises:
        UserError: a `message_send` lacks a field it needs; names file and line.
    """
    identity = Identity(NAME, population)
    for line, record in read_records(path):
        if record.get("event") == _REQUEST:
            yield _event(line, record, identity, population)


def _event(line: Line, record: dict[str, Any], identity: Identity, population: Population) -> ReplayEvent:
    facts = record.get("properties")
    if not isinstance(facts, dict):
        raise line.fault("properties is not a JSON object.")
    cost = _cost(line, facts)
    fields = {
        "event_id": identity.name(canonical(record)),
        "gateway": population.gateway,
        "app": "aider",
        "model": facts.get("main_model"),
        "prompt_tokens": whole(line, facts, "prompt_tokens"),
        "completion_tokens": whole(line, facts, "completion_tokens"),
        "total_tokens": whole(line, facts, "total_tokens"),
        "cost_usd": cost,
        "cost_source": None if cost is None else "computed",
    }
    return encode(line, _time(line, record), fields)


def _cost(line: Line, facts: dict[str, Any]) -> str | None:
    cost = facts.get("cost")
    if cost is None or (cost == 0 and not str(facts.get("main_model")).endswith(":free")):
        return None
    if type(cost) not in (int, float) or not 0 <= cost < 1e6:
        raise line.fault("cost is not an amount of US dollars.")
    return f"{Decimal(repr(cost)).quantize(_NANO):f}"


def _time(line: Line, record: dict[str, Any]) -> datetime:
    seconds = whole(line, record, "time")
    if seconds > _YEAR_9999_S:
        raise line.fault("time is not in unix seconds.")
    return datetime.fromtimestamp(seconds, UTC)
