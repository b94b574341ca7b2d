"""A question as the oracle's file words it, put to the registry."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from tokentide.reports.request import Request

_PLAIN = ("by", "unit", "bucket", "top", "options")
_TIMES = {"from": "start", "to": "end", "at": "at"}


def request(metric: str, ask: Mapping[str, Any]) -> Request:
    """Return the same question; one that the registry has no words for is an error."""
    unknown = ask.keys() - {*_PLAIN, *_TIMES, "filter"}
    assert not unknown, f"{metric}: the oracle asks by {sorted(unknown)}"
    words = {name: ask[name] for name in _PLAIN if name in ask}
    words |= {name: datetime.fromisoformat(ask[word]) for word, name in _TIMES.items() if word in ask}
    return Request(metric, **words, filters=ask.get("filter", {}))
