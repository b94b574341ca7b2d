"""What a test found at one tick, and how it is told."""

from dataclasses import dataclass
from datetime import UTC, datetime

from tokentide.schemas.alert import AlertClass, AlertEvent, ChangeKind
from tokentide.schemas.alert_rules import Kind, Watch
from tokentide.streams.detection.classify import Verdict
from tokentide.streams.detection.driver import Driver
from tokentide.streams.detection.state import Alert
from tokentide.streams.detection.view import Scores

_MANIFOLD = 20.0
_WORDS = {900: "15 min", 3_600: "1 h", 7_200: "2 h", 21_600: "6 h", 86_400: "24 h"}
_KIND_WORDS = {
    ChangeKind.OPENED: "",
    ChangeKind.STEPPED: " again",
    ChangeKind.CLOSED: " is back at its baseline",
    ChangeKind.ACCEPTED: " stands, and is the new level",
    ChangeKind.EXPIRED: " was open for as long as an alert may be",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """Evidence for one change of an alert."""

    verdict: Verdict
    driver: Driver
    track: str
    onset: int
    scores: Scores
    at: int
    member: int
    """Which series of `scores` is told."""


def told(watch: Watch, kind: ChangeKind, alert: Alert, now: int, found: Finding) -> AlertEvent:
    """Return the event of a change."""
    scores, row = found.scores, (found.at, found.member)
    return AlertEvent(
        watch=watch.name,
        alert_class=alert.alert_class,
        kind=kind,
        at=moment(now),
        opened_at=moment(alert.opened_at),
        onset=moment(alert.onset),
        driver=alert.driver,
        track=alert.track,
        window_s=scores.window_s,
        baseline=float(scores.expected[row]),
        current=float(scores.current[row]),
        delta_pp=float(scores.points[row]),
        z=float(scores.z[row]),
        z_open=float(scores.z_open[found.member]),
        n_eff=float(scores.size[found.at]),
        limit_pp=float(scores.limit_pp[found.member]),
        driver_change=found.driver.change,
        total_change=found.driver.total_change,
        account_share=found.verdict.account_share,
        summary=_sentence(watch, kind, alert, found),
    )


def moment(second: int) -> datetime:
    """Return a UTC time."""
    return datetime.fromtimestamp(second, UTC)


def _sentence(watch: Watch, kind: ChangeKind, alert: Alert, found: Finding) -> str:
    scores, row = found.scores, (found.at, found.member)
    window = _WORDS[scores.window_s]
    what = f"{watch.name} {alert.driver}".strip()
    if kind.ends:
        what += _KIND_WORDS[kind]
    if scores.logit:
        change = f"{scores.expected[row]:.1%} to {scores.current[row]:.1%} ({scores.points[row]:+.1f} pp) in {window}"
    else:
        change = f"{scores.points[row]:+.0f} % in {window}"
    moved = f"total {found.driver.total_change:+.0%}"
    if alert.driver and watch.kind is not Kind.MEAN:
        own = f"{found.driver.change:+.0%}" if found.driver.change < _MANIFOLD else "from next to nothing"
        moved = f"{alert.driver} {own}, {moved}"
    return f"{_CLASS_WORDS[alert.alert_class]}{'' if kind.ends else _KIND_WORDS[kind]}: {what}: {change}; {moved}"


_CLASS_WORDS = {
    AlertClass.SHIFT: "shift",
    AlertClass.OUTAGE: "outage",
    AlertClass.VOLUME_DROP: "volume drop",
    AlertClass.NO_DATA: "no data",
    AlertClass.NEW_MEMBER: "new member",
    AlertClass.PROMOTION: "promotion",
    AlertClass.SLOW_DRIFT: "slow drift",
    AlertClass.WHALE: "one account",
}
