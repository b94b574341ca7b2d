"""A change of an alert: its names, its forms, its columns."""

from datetime import UTC, datetime, timedelta

import pyarrow as pa

from tokentide.schemas.alert import URGENCY, AlertClass, AlertEvent, ChangeKind, Urgency
from tokentide.schemas.alert_columns import ALERT_COLUMNS, ALERT_SCHEMA, alert_row

AT = datetime(2026, 3, 1, 12, 5, tzinfo=UTC)


def event(**changes: object) -> AlertEvent:
    given: dict[str, object] = {
        "watch": "author",
        "alert_class": AlertClass.SHIFT,
        "kind": ChangeKind.OPENED,
        "at": AT,
        "opened_at": AT,
        "onset": AT - timedelta(minutes=15),
        "driver": "deepseek",
        "track": "fast",
        "window_s": 900,
        "baseline": 0.31,
        "current": 0.124,
        "delta_pp": -18.6,
        "z": -9.0,
        "z_open": 5.3,
        "n_eff": 4_000.0,
        "limit_pp": 4.2,
        "driver_change": -0.62,
        "total_change": -0.08,
        "summary": "shift",
    }
    return AlertEvent.model_validate(given | changes)


def test_all_changes_of_an_alert_have_its_name_and_each_its_own() -> None:
    opened, closed = event(), event(kind=ChangeKind.CLOSED, at=AT + timedelta(hours=1), driver="other")
    assert opened.alert_id == closed.alert_id
    assert opened.change_id != closed.change_id
    assert event(opened_at=AT - timedelta(minutes=5)).alert_id != opened.alert_id
    assert event(watch="model").alert_id != opened.alert_id


def test_a_message_holds_the_whole_event() -> None:
    for one in (event(), event(account_share=0.7)):
        assert AlertEvent.from_message(one.to_message()) == one


def test_every_class_has_its_urgency() -> None:
    assert set(URGENCY) == set(AlertClass)
    assert {kind for kind in AlertClass if kind.urgency is Urgency.PAGE} == {
        AlertClass.SHIFT,
        AlertClass.OUTAGE,
        AlertClass.VOLUME_DROP,
        AlertClass.NO_DATA,
    }


def test_a_row_fits_the_columns_derived_from_the_model() -> None:
    table = pa.Table.from_pylist([alert_row(event()), alert_row(event(account_share=0.5))], ALERT_SCHEMA)
    table.validate(full=True)
    assert [column.name for column in ALERT_COLUMNS] == table.column_names
    assert table.column("account_share").to_pylist() == [None, 0.5]
    assert table.column("urgency").to_pylist() == ["page", "page"]
    assert next(each for each in ALERT_COLUMNS if each.name == "at").clickhouse == "DateTime64(3, 'UTC')"
