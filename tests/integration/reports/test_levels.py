"""Which level answers: nothing is read that could lack part of the traffic, and empty is an answer."""

from datetime import UTC, datetime

import pytest
from integration.reports import oracle
from integration.reports.engine import Engine

from tokentide.reports import Request, render, run
from tokentide.schemas.errors import UsageError

START = int(datetime(2026, 5, 4, tzinfo=UTC).timestamp())
METRICS = ("token-share-by-author", "tool-call-rate", "tool-call-token-share", "sequence-length")


def empty(engine: Engine) -> None:
    engine.fill("usage_model_10s", [])
    engine.fill("usage_model_1h", [])


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("bucket", ["10s", "1m", "1h", "1d", "1w", "all"])
def test_an_empty_store_gives_no_rows(engine: Engine, metric: str, bucket: str) -> None:
    empty(engine)
    answer = run(engine.query, Request(metric, bucket=bucket))
    assert answer.rows == []
    assert answer.as_of is None
    assert render(answer, "json") == "[]"
    assert "no events" in render(answer, "table")


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("window", ["15m", "7d"])
def test_an_empty_store_gives_no_windows(engine: Engine, metric: str, window: str) -> None:
    empty(engine)
    assert run(engine.query, Request(metric, window=window, every="1m")).rows == []


def test_a_population_without_events_gives_no_rows(engine: Engine) -> None:
    events = oracle.random_events(1, 50, START, 3600)
    engine.fill("usage_model_10s", oracle.rollup(events, 10))
    engine.fill("usage_model_1h", oracle.rollup(events, 3600))
    for grid in ({"bucket": "1d"}, {"window": "2h"}):
        assert run(engine.query, Request("tool-call-rate", filters={"tenant": "nobody"}, **grid)).rows == []
        later = datetime.fromtimestamp(START + 10**7, UTC)
        assert run(engine.query, Request("tool-call-rate", start=later, **grid)).rows == []
        earlier = datetime.fromtimestamp(START - 10**7, UTC)
        assert run(engine.query, Request("tool-call-rate", end=earlier, **grid)).rows == []


def test_rows_of_one_bucket_in_several_received_days_are_summed(engine: Engine) -> None:
    events = oracle.random_events(9, 300, START, 600)
    assert len({event.received // 86400 for event in events}) == 3
    engine.fill("usage_model_10s", oracle.rollup(events, 10))
    engine.fill("usage_model_1h", oracle.rollup(events, 3600))
    (row,) = run(engine.query, Request("tool-call-rate", bucket="1h")).rows
    assert row["n"] == 300
    (row,) = run(engine.query, Request("tool-call-rate", bucket="all")).rows
    assert row["n"] == 300


@pytest.mark.parametrize("bucket", ["10s", "1m"])
def test_fine_buckets_of_expired_days_are_refused_not_shortened(engine: Engine, bucket: str) -> None:
    events = oracle.random_events(9, 300, START, 600)
    late = [row for row in oracle.rollup(events, 10) if row["received_day"] > START]
    engine.fill("usage_model_10s", late)
    engine.fill("usage_model_1h", oracle.rollup(events, 3600))
    for start in (None, datetime.fromtimestamp(START, UTC)):
        with pytest.raises(UsageError, match="have expired.*--bucket 1h"):
            run(engine.query, Request("tool-call-rate", bucket=bucket, start=start))
    assert run(engine.query, Request("tool-call-rate", bucket="1h")).rows[0]["n"] == 300


@pytest.mark.parametrize("bucket", ["10s", "1m"])
def test_without_from_the_fine_buckets_still_complete_are_given(engine: Engine, bucket: str) -> None:
    """An old store answers for the days it still holds, and says since when."""
    events = oracle.random_events(9, 600, START, 10 * 86_400)
    cut = START + 5 * 86_400
    engine.fill("usage_model_10s", [row for row in oracle.rollup(events, 10) if row["received_day"] >= cut])
    engine.fill("usage_model_1h", oracle.rollup(events, 3600))
    found = run(engine.query, Request("tool-call-rate", bucket=bucket))
    since = max(event.at for event in events if event.received < cut) // 3600 * 3600 + 3600
    kept = [event for event in events if event.at >= since]
    expected = oracle.tool_calls(oracle.by_bucket(kept, bucket, lambda event: ""), "requests")
    assert oracle.differences(expected, found.rows, None) == []
    assert len(kept) > 100
    assert "only since" in found.notes[0]
    assert "only since" in render(found, "table")


def test_a_bound_off_the_hour_needs_the_fine_level(engine: Engine) -> None:
    events = oracle.random_events(9, 300, START, 600)
    engine.fill("usage_model_10s", [])
    engine.fill("usage_model_1h", oracle.rollup(events, 3600))
    off = datetime.fromtimestamp(START + 60, UTC)
    with pytest.raises(UsageError, match="on full hours"):
        run(engine.query, Request("tool-call-rate", start=off))
    on = datetime.fromtimestamp(START, UTC)
    assert run(engine.query, Request("tool-call-rate", start=on)).rows[0]["n"] == 300


def test_too_many_windows_are_refused(engine: Engine) -> None:
    events = oracle.random_events(9, 300, START, 600)
    engine.fill("usage_model_10s", oracle.rollup(events, 10))
    engine.fill("usage_model_1h", oracle.rollup(events, 3600))
    early = datetime(1990, 1, 1, tzinfo=UTC)
    with pytest.raises(UsageError, match="larger --every"):
        run(engine.query, Request("tool-call-rate", window="15m", every="10s", start=early))
