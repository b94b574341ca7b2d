"""Metrics over calendar buckets equal an event-by-event oracle."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from integration.reports import oracle
from integration.reports.engine import Engine
from integration.reports.oracle import Event

from tokentide.reports import Request, run

BUCKETS = ("10s", "1m", "1h", "1d", "1w", "all")
UNITS = ("tokens", "requests", "usd")
# across the turn of the year, so that ISO weeks and calendar years disagree
START = int(datetime(2024, 12, 26, 7, tzinfo=UTC).timestamp())


def fill(engine: Engine, events: list[Event]) -> None:
    engine.fill("usage_model_10s", oracle.rollup(events, 10))
    engine.fill("usage_model_1h", oracle.rollup(events, 3600))


@pytest.fixture(scope="module")
def events(engine: Engine) -> list[Event]:
    made = oracle.random_events(seed=20_241, count=1500, start=START, span=12 * 86400)
    fill(engine, made)
    return made


def everything(event: Event) -> str:
    return ""


def group_of(dimension: str | None) -> Callable[[Event], str]:
    return everything if dimension is None else lambda event: event.dims[dimension]


@pytest.mark.parametrize("bucket", BUCKETS)
@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("top", [1, 3, 100])
def test_token_share_equals_the_oracle(engine: Engine, events: list[Event], bucket: str, unit: str, top: int) -> None:
    request = Request("token-share-by-author", unit=unit, bucket=bucket, top=top)
    rows = run(engine.query, request).rows
    group = oracle.top_groups(events, "author", unit, top)
    expected = oracle.composition(oracle.by_bucket(events, bucket, group), unit)
    assert oracle.differences(expected, rows, "author") == []


@pytest.mark.parametrize("dimension", oracle.DIMENSIONS)
@pytest.mark.parametrize("bucket", ["1d", "all"])
def test_every_dimension_of_every_metric_equals_the_oracle(
    engine: Engine, events: list[Event], dimension: str, bucket: str
) -> None:
    cells = oracle.by_bucket(events, bucket, group_of(dimension))
    expected = {
        "token-share-by-author": oracle.composition(cells, "tokens"),
        "tool-call-rate": oracle.tool_calls(cells, "requests"),
        "tool-call-token-share": oracle.tool_calls(cells, "tokens"),
        "sequence-length": oracle.lengths(cells),
    }
    for metric, answers in expected.items():
        rows = run(engine.query, Request(metric, by=dimension, bucket=bucket, top=100)).rows
        assert oracle.differences(answers, rows, dimension) == [], metric


@pytest.mark.parametrize("bucket", BUCKETS)
@pytest.mark.parametrize("dimension", [None, "model", "author"])
def test_tool_calls_equal_the_oracle(engine: Engine, events: list[Event], bucket: str, dimension: str | None) -> None:
    cells = oracle.by_bucket(events, bucket, group_of(dimension))
    for unit in UNITS:
        for metric in ("tool-call-rate", "tool-call-token-share"):
            rows = run(engine.query, Request(metric, by=dimension, unit=unit, bucket=bucket)).rows
            assert oracle.differences(oracle.tool_calls(cells, unit), rows, dimension) == [], (unit, metric)
            if metric == "tool-call-rate":
                assert all(row["rate"] == row["request_share"] for row in rows)


@pytest.mark.parametrize("bucket", BUCKETS)
@pytest.mark.parametrize("dimension", [None, "model", "author"])
def test_lengths_equal_the_oracle(engine: Engine, events: list[Event], bucket: str, dimension: str | None) -> None:
    rows = run(engine.query, Request("sequence-length", by=dimension, bucket=bucket)).rows
    cells = oracle.by_bucket(events, bucket, group_of(dimension))
    assert oracle.differences(oracle.lengths(cells), rows, dimension) == []


def test_folded_groups_keep_rates_and_quantiles_right(engine: Engine, events: list[Event]) -> None:
    """`other` is recomputed from sums and histograms, never averaged from the groups in it."""
    group = oracle.top_groups(events, "model", "tokens", 2)
    cells = oracle.by_bucket(events, "1d", group)
    lengths = run(engine.query, Request("sequence-length", by="model", bucket="1d", top=2)).rows
    assert oracle.differences(oracle.lengths(cells), lengths, "model") == []
    shares = run(engine.query, Request("tool-call-token-share", by="model", bucket="1d", top=2)).rows
    assert oracle.differences(oracle.tool_calls(cells, "tokens"), shares, "model") == []


@pytest.mark.parametrize("unit", UNITS)
def test_shares_of_a_bucket_sum_to_one_with_other_last(engine: Engine, events: list[Event], unit: str) -> None:
    request = Request("token-share-by-author", by="model", unit=unit, bucket="1d", top=3)
    rows = run(engine.query, request).rows
    for bucket in {row["bucket"] for row in rows}:
        of_bucket = [row for row in rows if row["bucket"] == bucket]
        assert sum(row["share"] or 0 for row in of_bucket) == pytest.approx(1, abs=1e-12)
        assert "other" not in [row["model"] for row in of_bucket[:-1]]


def test_a_value_capped_to_other_never_takes_a_place_in_the_top(engine: Engine) -> None:
    """Upstream, values over the dimension cap are already `other`: they join the remainder."""
    made = oracle.random_events(seed=5, count=200, start=START, span=3600)
    big = [event for event in made if event.dims["author"] == "other"]
    fill(engine, made + big * 50)
    try:
        rows = run(engine.query, Request("token-share-by-author", unit="requests", top=2)).rows
        assert [row["author"] for row in rows][-1] == "other"
        assert len(rows) == 3
        assert rows[-1]["share"] > max(row["share"] for row in rows[:-1])
    finally:
        fill(engine, oracle.random_events(seed=20_241, count=1500, start=START, span=12 * 86400))


@pytest.mark.parametrize("bucket", ["1m", "1h", "1w", "all"])
def test_bounds_and_filters_restrict_the_population(engine: Engine, events: list[Event], bucket: str) -> None:
    """Bounds off the hour read the 10-second level; a filter restricts both sides of a share."""
    start, end = START + 86400 + 1230, START + 6 * 86400 + 50
    kept = [
        event
        for event in events
        if start <= event.at < end and event.dims["tenant"] == "acme" and event.dims["provider"] in ("azure", "")
    ]
    request = Request(
        "token-share-by-author",
        bucket=bucket,
        start=datetime.fromtimestamp(start, UTC),
        end=datetime.fromtimestamp(end, UTC),
        filters={"tenant": "acme", "provider": ("azure", "")},
    )
    answer = run(engine.query, request)
    expected = oracle.composition(oracle.by_bucket(kept, bucket, group_of("author")), "tokens")
    assert oracle.differences(expected, answer.rows, "author") == []
    assert "tenant = acme" in answer.population
    assert answer.level == "10-second rollups"


def test_rows_are_flat_json_with_utc_buckets(engine: Engine, events: list[Event]) -> None:
    for metric in ("token-share-by-author", "tool-call-rate", "tool-call-token-share", "sequence-length"):
        for bucket in BUCKETS:
            answer = run(engine.query, Request(metric, by="author", bucket=bucket))
            for row in answer.rows:
                assert tuple(row) == answer.columns
                assert ("bucket" in row) == (bucket != "all")
                assert row.get("bucket", "Z").endswith("Z")
                words = ("bucket", "author", "as_of", "status")
                numbers = [value for name, value in row.items() if name not in words]
                assert all(value is None or type(value) in (int, float) for value in numbers)


def test_as_of_is_the_newest_received_time(engine: Engine, events: list[Event]) -> None:
    newest = max(event.received for event in events)
    stamp = run(engine.query, Request("tool-call-rate")).as_of
    assert stamp is not None
    assert datetime.fromisoformat(stamp).timestamp() == newest
