"""Who detects and tells, and that neither a broken store nor a dead receiver ends what works."""

import logging
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import generate_latest

from tokentide.schemas.alert_rules import AlertRules, Notifications, load_rules
from tokentide.streams.detector_timer import DetectorTimer
from tokentide.streams.telemetry import Telemetry

INFRA = Path(__file__).resolve().parents[3] / "infra"


class Broken:
    """A store that answers nothing."""

    asked = 0

    def rows(self, *_: Any) -> Any:
        self.asked += 1
        raise ValueError("no answer")

    query = rows


@pytest.mark.parametrize("leads", [True, False])
async def test_only_the_leader_asks_the_store_and_a_failure_ends_nothing(
    leads: bool, caplog: pytest.LogCaptureFixture
) -> None:
    store, telemetry = Broken(), Telemetry()
    rules = AlertRules(notify=Notifications(stdout=False))
    timer = DetectorTimer(
        store,  # type: ignore[arg-type]
        rules,
        lambda: leads,
        telemetry,
        None,  # type: ignore[arg-type]
        lambda: datetime(2026, 3, 2, tzinfo=UTC),
    )
    with caplog.at_level(logging.WARNING):
        await timer.detect()
        await timer.notify()
    assert (store.asked > 0) is leads
    assert [record.message for record in caplog.records] == (
        ["the shift detector could not run: no answer", "nobody could be told of alerts: no answer"] if leads else []
    )
    # No heartbeat: Prometheus pages.
    assert b"tokentide_detector_heartbeat_timestamp_seconds 0.0" in generate_latest(telemetry.registry)


def test_the_file_of_rules_that_ships_holds_the_defaults() -> None:
    assert load_rules(INFRA / "alerts.yml") == AlertRules()
    assert load_rules(INFRA / "docker" / "alerts.yml").notify.alertmanager == "http://alertmanager:9093"
