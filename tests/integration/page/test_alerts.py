"""The banner: alerts that stand, read from a real store; those that ended are gone."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from tokentide.reports.page.alerts import open_alerts
from tokentide.schemas.alert import AlertClass, AlertEvent, ChangeKind
from tokentide.sinks.clickhouse.alert_rows import record_changes
from tokentide.sinks.clickhouse.migrate import migrate
from tokentide.sinks.clickhouse.opening import open_store
from tokentide.sinks.clickhouse.store import Store

NOON = datetime(2026, 2, 1, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with open_store(f"chdb://{tmp_path_factory.mktemp('alerts') / 'store'}") as opened:
        migrate(opened)
        yield opened


def change(watch: str, kind: ChangeKind, minutes: int, *, of: AlertClass = AlertClass.SHIFT) -> AlertEvent:
    at = NOON + timedelta(minutes=minutes)
    return AlertEvent(
        watch=watch, alert_class=of, kind=kind, at=at, opened_at=NOON, onset=NOON, driver="openai", track="fast",
        window_s=900, baseline=0.2, current=0.1, delta_pp=-10, z=-9, z_open=5, n_eff=900, limit_pp=4,
        driver_change=-0.5, total_change=-0.1, account_share=None, summary=f"{watch} {kind.value}",
    )  # fmt: skip


def test_a_store_no_detector_ever_wrote_has_none(store: Store) -> None:
    assert open_alerts(store.query) == []


def test_what_stands_is_told_with_its_newest_words(store: Store) -> None:
    record_changes(store, [change("author", ChangeKind.OPENED, 0), change("author", ChangeKind.STEPPED, 10)])
    assert open_alerts(store.query) == [
        {
            "alert_id": change("author", ChangeKind.OPENED, 0).alert_id,
            "watch": "author",
            "alert_class": "shift",
            "urgency": "page",
            "summary": "author stepped",
            "opened_at": "2026-02-01T12:00:00Z",
        }
    ]


def test_pages_come_before_tickets_and_what_ended_is_gone(store: Store) -> None:
    record_changes(
        store,
        [
            change("model", ChangeKind.OPENED, 5, of=AlertClass.NEW_MEMBER),
            change("provider", ChangeKind.OPENED, 0),
            change("provider", ChangeKind.CLOSED, 0),
        ],
    )
    assert [(one["watch"], one["urgency"]) for one in open_alerts(store.query)] == [
        ("author", "page"),
        ("model", "ticket"),
    ]
