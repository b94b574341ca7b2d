"""From the facts a trace states to the message that is sent, through the model that decides what may be."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from tokentide.gateways.files import Line
from tokentide.gateways.formats.replay_event import ReplayEvent
from tokentide.schemas.refusal import EventRefusedError
from tokentide.schemas.usage_event import UsageEvent


def encode(line: Line, at: datetime, fields: Mapping[str, Any]) -> ReplayEvent:
    """Return the message for `fields` (None = the trace does not say) of an event completed at `at` (aware).

    Raises:
        UserError: the facts are no usage event; names file, line and field.
    """
    stated = {name: value for name, value in fields.items() if value is not None}
    stated["event_time"] = at.isoformat()
    try:
        event = UsageEvent.from_message(json.dumps(stated).encode())
    except EventRefusedError as error:
        raise line.fault(f"{error.field} is refused ({error.reason.value}).") from None
    return ReplayEvent(event.event_id.encode(), event.to_message(), at.timestamp())
