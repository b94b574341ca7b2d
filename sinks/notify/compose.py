"""Changes of alerts as notices: labels that name, annotations that tell, and which of them are told now."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlencode

from tokentide.schemas.alert import AlertClass, AlertEvent, ChangeKind
from tokentide.schemas.alert_rules import Notifications
from tokentide.sinks.clickhouse.alert_actions import Action, ActionKind
from tokentide.sinks.notify.notice import Notice

TOLD_FOR: Final = timedelta(minutes=15)
"""How long the end of an alert is repeated: whoever missed it once hears it again."""
FRESH: Final = timedelta(hours=1)
"""What was decided on cells older than this is nobody's page any more."""

NAMES: Final[Mapping[AlertClass, str]] = {
    AlertClass.SHIFT: "UsageShareShift",
    AlertClass.OUTAGE: "UsageMemberOutage",
    AlertClass.VOLUME_DROP: "UsageVolumeDrop",
    AlertClass.NO_DATA: "UsageNoData",
    AlertClass.NEW_MEMBER: "UsageNewMember",
    AlertClass.PROMOTION: "UsagePromotion",
    AlertClass.SLOW_DRIFT: "UsageSlowDrift",
    AlertClass.WHALE: "UsageWhale",
}
"""The `alertname` of each class, which routes and silences go by."""

_OCCURRENCES: Final = ("first", "second", "third", "later")
_BEFORE: Final = timedelta(hours=6)
_AFTER: Final = timedelta(hours=1)
_WINDOWS: Final = {900: "15 min", 3_600: "1 h", 7_200: "2 h", 21_600: "6 h", 86_400: "24 h"}


def notices(
    changes: Sequence[AlertEvent], actions: Sequence[Action], rules: Notifications, now: datetime
) -> list[Notice]:
    """Return what stands, and what ended lately, as it is told now.

    Args:
        changes: of the last days, oldest first.
        actions: what people said; a silence leaves its watch out.
    """
    composed = [
        compose(own, actions, rules) for own in histories(changes) if not silenced(own[0].watch, actions, now)
    ]
    return [notice for notice in composed if notice.ends_at is None or now - notice.ends_at <= TOLD_FOR]


def histories(changes: Iterable[AlertEvent]) -> list[list[AlertEvent]]:
    """Return the changes of each alert, oldest first, each beginning with the one that last told people anew."""
    by_alert: dict[str, list[AlertEvent]] = {}
    for change in sorted(changes, key=lambda each: (each.at, each.kind.ends)):
        by_alert.setdefault(change.alert_id, []).append(change)
    return [each for each in by_alert.values() if each[0].kind is ChangeKind.OPENED]


def compose(own: Sequence[AlertEvent], actions: Sequence[Action], rules: Notifications) -> Notice:
    """Return an alert as it stands after its last change.

    A second step under the open alert has a name of its own, else nobody would be told of it.
    """
    steps = [change for change in own if not change.kind.ends]
    last, named = own[-1], steps[-1]
    ends_at = last.at if last.kind.ends else None
    url = dashboard_url(rules, own[0], ends_at or last.at)
    return Notice(
        labels=labels_of(named, len(steps)),
        annotations=annotations_of(last, url, rules) | _heard(last.alert_id, actions),
        starts_at=named.at,
        ends_at=ends_at,
        url=url,
        news=last.change_id,
    )


def labels_of(change: AlertEvent, nth: int = 1) -> dict[str, str]:
    """Return who an alert is: no number, no time and no account may be among it.

    Args:
        change: the opening, or the step that is told.
        nth: which telling of the same alert this is.
    """
    return {
        "alertname": NAMES[change.alert_class],
        "service": "tokentide",
        "severity": change.urgency.value,
        "class": change.alert_class.value,
        "watch": change.watch,
        "member": change.driver,
        "direction": change.direction,
        "occurrence": _OCCURRENCES[min(nth, len(_OCCURRENCES)) - 1],
    }


def annotations_of(change: AlertEvent, url: str, rules: Notifications) -> dict[str, str]:
    """Return what a person reads of an alert: the numbers of its last change, and where to go on."""
    told = {
        "summary": change.summary,
        "state": change.kind.value,
        "baseline": f"{change.baseline:.4g}",
        "current": f"{change.current:.4g}",
        "delta": f"{change.delta_pp:+.1f} pp",
        "z": f"{change.z:.1f} (opens at {change.z_open:.1f})",
        "n_eff": f"{change.n_eff:.0f}",
        "detection_limit": f"{change.limit_pp:.1f} pp",
        "window": _WINDOWS.get(change.window_s, f"{change.window_s} s"),
        "onset": f"{change.onset:%Y-%m-%dT%H:%MZ}",
        "driver": f"{change.driver or 'all'} {change.driver_change:+.0%}, total {change.total_change:+.0%}",
        "runbook_url": runbook_url(rules, change.alert_class),
        "dashboard_url": url,
    }
    if change.account_share is not None:
        told["one_account"] = f"{change.account_share:.0%} of the change"
    return {name: text for name, text in told.items() if text}


def runbook_url(rules: Notifications, kind: AlertClass) -> str:
    """Return where the runbook of a class is."""
    page = f"{kind.value.replace('_', '-')}.md"
    return f"{rules.runbooks.rstrip('/')}/{page}" if rules.runbooks else f"docs/runbooks/{page}"


def dashboard_url(rules: Notifications, opened: AlertEvent, until: datetime) -> str:
    """Return the dashboard over the time of an alert, six hours before it and an hour after; '' without one."""
    if not rules.dashboard:
        return ""
    span = {"from": _ms(opened.onset - _BEFORE), "to": _ms(until + _AFTER), "var-watch": opened.watch}
    joint = "&" if "?" in rules.dashboard else "?"
    return f"{rules.dashboard}{joint}{urlencode(span)}"


def silenced(watch: str, actions: Iterable[Action], now: datetime) -> bool:
    """Tell whether nobody is to hear of a watch now."""
    return any(action.silences(watch, now) for action in actions)


def _heard(alert_id: str, actions: Iterable[Action]) -> dict[str, str]:
    acks = [each for each in actions if each.kind is not ActionKind.SILENCE and each.alert_id == alert_id]
    return (
        {"acknowledged": f"by {acks[-1].who} at {acks[-1].at:%Y-%m-%dT%H:%MZ} {acks[-1].note}".rstrip()}
        if acks
        else {}
    )


def _ms(moment: datetime) -> str:
    return str(int(moment.timestamp() * 1000))
