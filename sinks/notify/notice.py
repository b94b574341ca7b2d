"""What is sent of one alert: its identity, what a person reads, and since when and until when it stands."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Notice:
    """An alert as it stands now.

    Attributes:
        labels: who it is, and nothing that changes while it stands: no numbers, no times, no accounts.
        annotations: what a person reads; the newest wins.
        starts_at: when it opened.
        ends_at: when it closed; None while it stands.
        url: the dashboard over the time in question.
        news: the state change that this notice tells for the first time, or '' when it is only repeated.
    """

    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    starts_at: datetime
    ends_at: datetime | None
    url: str
    news: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return the object that webhook and standard output give."""
        return {
            "status": "firing" if self.ends_at is None else "resolved",
            "news": self.news,
            "labels": dict(self.labels),
            "annotations": dict(self.annotations),
            "startsAt": rfc3339(self.starts_at),
            "endsAt": None if self.ends_at is None else rfc3339(self.ends_at),
            "generatorURL": self.url,
        }


def rfc3339(moment: datetime) -> str:
    """Return a UTC time as Alertmanager reads and writes it."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def as_bytes(content: Any) -> bytes:
    """Return content as compact JSON."""
    return json.dumps(content, separators=(",", ":"), ensure_ascii=False).encode()
