"""A simulated market in a store of its own, once per module: the live one ends now, the past one is the study's."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pytest

from tokentide.gateways.replay import Replay
from tokentide.gateways.simulation.simulate import EVENTS, Order, simulate
from tokentide.oneshot import run_once
from tokentide.schemas.alert import AlertClass, AlertEvent, ChangeKind
from tokentide.schemas.alert_columns import ALERT_SCHEMA, alert_row
from tokentide.schemas.settings import load_settings
from tokentide.sinks.clickhouse.opening import open_store
from tokentide.sinks.clickhouse.store import Store


@contextmanager
def _market(order: Order, folder: Path) -> Iterator[Store]:
    simulate(order, folder / "market")
    settings = load_settings(store=f"chdb://{folder / 'store'}", kafka="embedded://", fsync=False)
    events = Replay((folder / "market" / EVENTS,), "usage-events", None).events()
    asyncio.run(run_once(settings, events, lambda done: None))
    with open_store(settings.store) as store:
        yield store


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """Eight weeks up to now, and one alert that stands."""
    order = Order("now", events=20_000, seed=3, anchor=datetime.now(UTC).replace(microsecond=0))
    with _market(order, tmp_path_factory.mktemp("live")) as store:
        store.insert("alert_events", pa.Table.from_pylist([alert_row(_alert())], ALERT_SCHEMA), "test:alert")
        yield store


@pytest.fixture(scope="module")
def past(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """The market of the study's year."""
    with _market(Order("state-of-ai-2025", events=20_000, seed=4), tmp_path_factory.mktemp("past")) as store:
        yield store


def _alert() -> AlertEvent:
    now = datetime.now(UTC).replace(microsecond=0)
    return AlertEvent(
        watch="author",
        alert_class=AlertClass.SHIFT,
        kind=ChangeKind.OPENED,
        at=now,
        opened_at=now,
        onset=now,
        driver="it's/one",
        track="fast",
        window_s=900,
        baseline=0.3,
        current=0.2,
        delta_pp=-10.0,
        z=-9.0,
        z_open=5.0,
        n_eff=900.0,
        limit_pp=3.0,
        driver_change=-0.4,
        total_change=0.0,
        summary="it's/one lost 10 points of all tokens.",
    )
