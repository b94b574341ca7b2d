"""A made-up alert that tries the way to the people on call: it opens and ends at once."""

from datetime import datetime

from tokentide.sinks.notify.notice import Notice


def trial(now: datetime) -> list[Notice]:
    """Return a ticket that says it is a test, and its end."""
    labels = {"alertname": "UsageAlertTest", "service": "tokentide", "severity": "ticket", "class": "test"}
    told = {"summary": "test: alerts of Tokentide arrive here; nothing happened"}
    return [Notice(labels, told, now, None, "", "test"), Notice(labels, told, now, now, "", "test")]
