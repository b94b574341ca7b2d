"""What people are told of an alert: names that do not change, numbers only where they may stand."""

from datetime import UTC, datetime, timedelta

import pytest

from tokentide.schemas.alert import AlertClass, AlertEvent, ChangeKind
from tokentide.schemas.alert_rules import Notifications
from tokentide.sinks.clickhouse.alert_actions import Action, ActionKind
from tokentide.sinks.notify.compose import NAMES, labels_of, notices

AT = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
RULES = Notifications(dashboard="http://grafana/d/x?orgId=1", runbooks="http://docs/runbooks/")


def change(kind: ChangeKind = ChangeKind.OPENED, minutes: int = 0, **fields: object) -> AlertEvent:
    given = {
        "watch": "author",
        "alert_class": AlertClass.SHIFT,
        "kind": kind,
        "at": AT + minutes * MINUTE,
        "opened_at": AT,
        "onset": AT - 10 * MINUTE,
        "driver": "deepseek",
        "track": "fast",
        "window_s": 900,
        "baseline": 0.31,
        "current": 0.12,
        "delta_pp": -19.0,
        "z": -11.0,
        "z_open": 5.0,
        "n_eff": 900.0,
        "limit_pp": 6.5,
        "driver_change": -0.62,
        "total_change": -0.08,
        "summary": "deepseek −62 %, total −8 %",
    }
    return AlertEvent.model_validate(given | fields)


def test_every_class_has_a_name_of_its_own() -> None:
    assert NAMES.keys() == set(AlertClass)
    assert len(set(NAMES.values())) == len(AlertClass)


def test_an_alert_keeps_its_labels_from_opening_to_end_whatever_its_numbers_become() -> None:
    opened = change()
    later = change(ChangeKind.CLOSED, 90, current=0.3, delta_pp=1.0, z=0.4, driver="openai", account_share=0.61)
    (standing,) = notices([opened], [], RULES, AT + MINUTE)
    (ended,) = notices([opened, later], [], RULES, AT + 95 * MINUTE)
    assert standing.labels == ended.labels
    assert (standing.ends_at, ended.ends_at) == (None, later.at)
    assert standing.starts_at == ended.starts_at == AT
    assert not any(sign.isdigit() for label in standing.labels.values() for sign in label)
    assert ended.annotations["one_account"] == "61% of the change"
    assert ended.annotations["delta"] == "+1.0 pp"


def test_annotations_hold_what_a_person_needs() -> None:
    (notice,) = notices([change()], [], RULES, AT)
    assert notice.annotations["baseline"] == "0.31"
    assert notice.annotations["current"] == "0.12"
    assert notice.annotations["z"] == "-11.0 (opens at 5.0)"
    assert notice.annotations["detection_limit"] == "6.5 pp"
    assert notice.annotations["window"] == "15 min"
    assert notice.annotations["driver"] == "deepseek -62%, total -8%"
    assert notice.annotations["runbook_url"] == "http://docs/runbooks/shift.md"
    begin = int((AT - timedelta(hours=6, minutes=10)).timestamp() * 1000)
    assert notice.url == notice.annotations["dashboard_url"]
    assert notice.url.startswith(f"http://grafana/d/x?orgId=1&from={begin}&to=")


def test_a_step_under_an_open_alert_is_told_under_a_name_of_its_own() -> None:
    opened, stepped = change(), change(ChangeKind.STEPPED, 60, delta_pp=-25.0)
    (first,) = notices([opened], [], RULES, AT)
    (second,) = notices([opened, stepped], [], RULES, AT + 60 * MINUTE)
    assert first.labels != second.labels
    assert {**first.labels, "occurrence": "second"} == second.labels
    assert second.starts_at == stepped.at
    assert labels_of(opened, 9)["occurrence"] == "later"


def test_an_end_is_repeated_for_a_quarter_of_an_hour_and_no_longer() -> None:
    changes = [change(), change(ChangeKind.ACCEPTED, 30)]
    assert len(notices(changes, [], RULES, AT + 45 * MINUTE)) == 1
    assert notices(changes, [], RULES, AT + 46 * MINUTE) == []


@pytest.mark.parametrize(("watch", "told"), [("author", 0), ("*", 0), ("provider", 1)])
def test_a_silence_holds_for_its_watch_until_its_end(watch: str, told: int) -> None:
    silence = Action(ActionKind.SILENCE, watch, "", AT, AT + 10 * MINUTE, "me", "")
    assert len(notices([change()], [silence], RULES, AT + 9 * MINUTE)) == told
    assert len(notices([change()], [silence], RULES, AT + 10 * MINUTE)) == 1


def test_who_acknowledged_is_told_with_the_alert() -> None:
    ack = Action(ActionKind.ACK, "author", change().alert_id, AT, AT, "ann", "looking")
    other = Action(ActionKind.ACK, "author", "another", AT, AT, "bob", "")
    (notice,) = notices([change()], [ack, other], RULES, AT)
    assert notice.annotations["acknowledged"] == "by ann at 2026-03-02T12:00Z looking"


def test_changes_whose_opening_is_not_known_are_left_out() -> None:
    assert notices([change(ChangeKind.CLOSED, 5)], [], RULES, AT + 5 * MINUTE) == []
