"""The part of `tokentide demo` that shows a shift being caught: what was done to the traffic, what was told of it."""

from datetime import datetime, timedelta
from time import monotonic
from typing import Final

from tokentide.cli.reading import open_existing
from tokentide.gateways.sample import Loss
from tokentide.schemas.alert import AlertEvent
from tokentide.schemas.alert_rules import AlertRules
from tokentide.schemas.settings import Settings
from tokentide.sinks.clickhouse.alert_rows import LimitRow, read_limits
from tokentide.streams.detector import Detected, Detector

_WATCHED: Final = ("author", "provider", "total_volume")
_WINDOWS: Final = {900: "15 minutes", 3_600: "1 hour", 7_200: "2 hours", 21_600: "6 hours", 86_400: "24 hours"}


def show_alerts(settings: Settings, loss: Loss, until: datetime) -> None:
    """Let the shift detector judge the last day of the sample traffic, and say in words what it told.

    Args:
        settings: the store.
        loss: what was done to the traffic.
        until: its end; later there is nothing, which would be an alert of its own.
    """
    began = monotonic()
    with open_existing(settings.store) as store:
        detected = Detector(store, _rules()).run(int(until.timestamp()))
        limits = read_limits(store)
    for sentence in sentences(loss, detected, limits, monotonic() - began):
        print(sentence, flush=True)


def sentences(loss: Loss, detected: Detected, limits: list[LimitRow], seconds: float) -> list[str]:
    """Return what is printed, line by line."""
    lost = f"{loss.author} loses {1 - loss.left:.0%} of its traffic at {_at(loss.at)}"
    limit = next((each for each in limits if each.judged and each.member == loss.author), None)
    lines = [f"\nAlerts: in the sample traffic {lost}; the detector is not told"]
    if limit is not None:
        lines.append(f"  {limit.watch} {limit.member}: smallest shift it can catch {_smallest(limit)}")
    told = [change for change in detected.changes if not change.kind.ends]
    lines += [_told(change) for change in told]
    first = next((change for change in told if loss.author in change.driver), None)
    caught = f"caught {_hours(first.at - loss.at)} after it began" if first else "NOT caught within the sample"
    return [*lines, f"  {caught}; {detected.ticks:,} decisions in {seconds:.1f} s"]


def _rules() -> AlertRules:
    rules = AlertRules()
    watch = {name: each.model_copy(update={"enabled": name in _WATCHED}) for name, each in rules.watch.items()}
    return rules.model_copy(update={"watch": watch})


def _told(change: AlertEvent) -> str:
    return f"  {_at(change.at)} {change.urgency.value.upper()} {change.summary}"


def _smallest(limit: LimitRow) -> str:
    return f"{limit.limit_pp:.1f} points in {_WINDOWS.get(limit.window_s, f'{limit.window_s} s')}"


def _at(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%MZ}"


def _hours(span: timedelta) -> str:
    minutes = int(span.total_seconds()) // 60
    return f"{minutes // 60} h {minutes % 60} min"
