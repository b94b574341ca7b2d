"""Rolling windows equal a brute-force count of events for every window and step."""

from datetime import UTC, datetime

import pytest
from integration.reports import oracle
from integration.reports.engine import Engine
from integration.reports.oracle import Event

from tokentide.reports import Request, run
from tokentide.schemas.errors import UsageError

START = int(datetime(2026, 3, 28, 22, 17, 40, tzinfo=UTC).timestamp())
SECONDS = {"15m": 900, "2h": 7200, "24h": 86400, "7d": 604800}
STEPS = {"10s": 10, "1m": 60, "70s": 70, "7m": 420, "15m": 900, "1h": 3600, "5h": 18000, "1d": 86400}


def fill(engine: Engine, events: list[Event]) -> None:
    engine.fill("usage_model_10s", oracle.rollup(events, 10))
    engine.fill("usage_model_1h", oracle.rollup(events, 3600))


def made(span: int) -> list[Event]:
    return oracle.random_events(seed=span, count=400, start=START, span=span)


def ends(events: list[Event], every: int) -> range:
    """Every multiple of the step from the first event to the first one past the last event."""
    first = min(event.at for event in events)
    last = max(event.at for event in events)
    last_bucket_end = last - last % 10 + 10
    return range(-(-(first - first % 10 + 1) // every) * every, last_bucket_end + every, every)


CASES = [
    ("15m", "10s", 1800, "tokens"),
    ("15m", "1m", 7200, "requests"),
    ("15m", "70s", 7200, "usd"),
    ("15m", "7m", 40_000, "tokens"),
    ("15m", "15m", 90_000, "requests"),
    ("2h", "1m", 20_000, "usd"),
    ("2h", "7m", 90_000, "tokens"),
    ("2h", "1h", 400_000, "requests"),
    ("24h", "15m", 200_000, "usd"),
    ("24h", "1h", 400_000, "tokens"),
    ("24h", "5h", 400_000, "requests"),
    ("7d", "1h", 900_000, "usd"),
    ("7d", "1d", 2_000_000, "tokens"),
]


def expected_cells(events: list[Event], window: str, every: str, dimension: str) -> oracle.Cells:
    every_s = STEPS[every]
    last = max(event.at for event in events)
    top = -(-(last - last % 10 + 10) // every_s) * every_s
    kept = [end for end in ends(events, every_s) if end <= top]
    return oracle.by_window(events, kept, SECONDS[window], lambda event: event.dims[dimension])


def first_end(events: list[Event]) -> datetime:
    """The first window end that has an event; without it only the last windows are given."""
    return datetime.fromtimestamp(min(event.at for event in events) // 10 * 10 + 10, UTC)


@pytest.mark.parametrize(("window", "every", "span", "unit"), CASES)
def test_windows_equal_brute_force(engine: Engine, window: str, every: str, span: int, unit: str) -> None:
    events = made(span)
    fill(engine, events)
    cells = expected_cells(events, window, every, "author")
    asked = {"by": "author", "window": window, "every": every, "start": first_end(events)}
    found = run(engine.query, Request("token-share-by-author", unit=unit, **asked))
    assert oracle.differences(oracle.composition(cells, unit), found.rows, "author") == []
    assert found.level == "10-second rollups"
    rows = run(engine.query, Request("tool-call-token-share", unit=unit, **asked)).rows
    assert oracle.differences(oracle.tool_calls(cells, unit), rows, "author") == []
    rows = run(engine.query, Request("sequence-length", **asked)).rows
    assert oracle.differences(oracle.lengths(cells), rows, "author") == []


def test_top_groups_are_those_of_the_whole_period(engine: Engine) -> None:
    events = made(7200)
    fill(engine, events)
    group = oracle.top_groups(events, "model", "tokens", 3)
    bounds = ends(events, 60)
    last = max(event.at for event in events)
    kept = [end for end in bounds if end < last + 10 + 60]
    cells = oracle.by_window(events, kept, 900, group)
    found = run(engine.query, Request("token-share-by-author", by="model", window="15m", every="1m", top=3))
    wanted = oracle.composition(cells, "tokens")
    times = {oracle.seconds(row) for row in found.rows}
    assert oracle.differences({k: v for k, v in wanted.items() if k[0] in times}, found.rows, "model") == []
    for time in times:
        shares = [row["share"] for row in found.rows if oracle.seconds(row) == time]
        assert sum(shares) == pytest.approx(1, abs=1e-12)


def test_bounds_choose_the_window_ends_and_windows_reach_before_them(engine: Engine) -> None:
    events = made(20_000)
    fill(engine, events)
    low, high = START + 5000 - START % 60, START + 9000 - START % 60
    request = Request(
        "sequence-length",
        window="2h",
        start=datetime.fromtimestamp(low - low % 10, UTC),
        end=datetime.fromtimestamp(high - high % 10, UTC),
    )
    inside = [end for end in range(0, high + 1, 60) if end >= low]
    cells = oracle.by_window(events, inside, 7200, lambda event: "")
    found = run(engine.query, request).rows
    assert oracle.differences(oracle.lengths(cells), found, None) == []
    assert len(found) == len(inside)
    assert oracle.seconds(found[0]) == inside[0]
    start = datetime.fromisoformat(found[0]["window_start"]).timestamp()
    assert oracle.seconds(found[0]) - start == 7200


@pytest.mark.parametrize("window", list(SECONDS))
def test_a_window_holds_its_first_bucket_and_not_the_one_at_its_end(engine: Engine, window: str) -> None:
    end = START - START % 60 + 60
    offsets = {"before": -SECONDS[window] - 1, "first": -SECONDS[window], "last": -1, "after": 0}
    dims = dict.fromkeys(oracle.DIMENSIONS, "")
    events = [
        Event(end + offset, end, dims | {"author": name}, True, 1, 0, "stop", None)
        for name, offset in offsets.items()
    ]
    fill(engine, events)
    moment = datetime.fromtimestamp(end, UTC)
    rows = run(engine.query, Request("token-share-by-author", window=window, start=moment, end=moment)).rows
    assert {row["author"] for row in rows} == {"first", "last"}
    assert {row["share"] for row in rows} == {0.5}


def test_a_silent_stretch_gives_no_window(engine: Engine) -> None:
    early = made(600)
    late = [
        Event(
            event.at + 86400,
            event.received + 86400,
            event.dims,
            event.first_attempt,
            event.prompt,
            event.completion,
            event.finish,
            event.cost,
        )
        for event in early
    ]
    fill(engine, early + late)
    cells = expected_cells(early + late, "15m", "1m", "author")
    asked = Request("token-share-by-author", window="15m", start=first_end(early))
    rows = run(engine.query, asked).rows
    assert oracle.differences(oracle.composition(cells, "tokens"), rows, "author") == []
    assert len({row["bucket"] for row in rows}) < 100


def expire(engine: Engine, events: list[Event], before: int) -> None:
    """Drop the received days before a time from the 10-second level, as its TTL does."""
    fill(engine, events)
    rows = [row for row in oracle.rollup(events, 10) if row["received_day"] >= before]
    engine.fill("usage_model_10s", rows)


@pytest.mark.parametrize("keep_some", [True, False])
@pytest.mark.parametrize("window", ["2h", "24h", "7d"])
def test_expired_fine_buckets_are_answered_by_whole_hours(engine: Engine, window: str, keep_some: bool) -> None:
    """24h and 7d windows stay right after the 10-second level has expired, and the answer says so."""
    events = made(900_000)
    middle = START + 450_000 if keep_some else START + 10_000_000
    expire(engine, events, middle - middle % 86400)
    found = run(engine.query, Request("token-share-by-author", window=window, every="1h"))
    cells = oracle.by_window(
        events,
        [oracle.seconds(row) for row in found.rows],
        SECONDS[window],
        lambda event: event.dims["author"],
    )
    assert oracle.differences(oracle.composition(cells, "tokens"), found.rows, "author") == []
    assert found.level == "hourly rollups"
    assert len({row["bucket"] for row in found.rows}) >= 900_000 // 3600 * 0.3


STEP_MAX = 5400
STEPS_OFF_THE_HOUR = [("15m", "1m"), ("24h", "1m"), ("7d", "90m")]


@pytest.mark.parametrize(("window", "every"), STEPS_OFF_THE_HOUR)
def test_asked_for_windows_that_hours_cannot_replace_are_refused(engine: Engine, window: str, every: str) -> None:
    events = made(2_000_000)
    expire(engine, events, START + 450_000)
    start = datetime.fromtimestamp(START, UTC)
    with pytest.raises(UsageError, match="have expired.*--every 1h"):
        run(engine.query, Request("tool-call-rate", window=window, every=every, start=start))


@pytest.mark.parametrize(
    ("window", "every", "span", "kept_from"),
    [
        ("2h", "50m", 900_000, 450_000),
        ("24h", "50m", 900_000, 450_000),
        ("7d", "90m", 2_000_000, 1_000_000),
    ],
)
def test_without_from_the_windows_that_are_complete_are_given(
    engine: Engine, window: str, every: str, span: int, kept_from: int
) -> None:
    """An old store answers for the days it still holds, and says since when."""
    events = made(span)
    cut = (START + kept_from) // 86_400 * 86_400
    expire(engine, events, cut)
    found = run(engine.query, Request("tool-call-rate", window=window, every=every))
    times = [oracle.seconds(row) for row in found.rows]
    cells = oracle.by_window(events, times, SECONDS[window], lambda event: "")
    assert oracle.differences(oracle.tool_calls(cells, "requests"), found.rows, None) == []
    assert found.level == "10-second rollups"
    assert [note for note in found.notes if "expired" in note]
    gone = max(event.at for event in events if event.received < cut)
    assert gone < min(times) - SECONDS[window] < gone + 3600 + 2 * STEP_MAX


def test_recent_windows_are_answered_though_older_days_have_expired(engine: Engine) -> None:
    """Only the asked period must be complete in the 10-second level."""
    events = made(900_000)
    cut = START + 300_000
    expire(engine, events, cut - cut % 86400)
    start = max(event.at for event in events if event.received - event.received % 86400 < cut) + 86400
    begin = datetime.fromtimestamp(start - start % 60, UTC)
    found = run(engine.query, Request("tool-call-rate", window="15m", start=begin))
    assert found.level == "10-second rollups"
    cells = oracle.by_window(events, [oracle.seconds(row) for row in found.rows], 900, lambda event: "")
    assert oracle.differences(oracle.tool_calls(cells, "requests"), found.rows, None) == []


def test_a_window_that_begins_among_expired_buckets_is_refused(engine: Engine) -> None:
    """The period asked for is complete, but its first windows reach back before it."""
    events = made(900_000)
    cut = (START + 450_000) // 86_400 * 86_400
    expire(engine, events, cut)
    gone = max(event.at for event in events if event.received < cut)
    after = datetime.fromtimestamp(gone - gone % 3600 + 3600, UTC)
    with pytest.raises(UsageError, match="have expired"):
        run(engine.query, Request("tool-call-rate", window="2h", every="1m", start=after))


def test_long_periods_give_the_latest_windows_and_say_so(engine: Engine) -> None:
    events = made(2_000_000)
    fill(engine, events)
    found = run(engine.query, Request("tool-call-rate", window="24h", every="1m"))
    assert any("last 240" in note for note in found.notes)
    times = [oracle.seconds(row) for row in found.rows]
    assert max(times) >= max(event.at for event in events)
    assert max(times) - min(times) <= 239 * 60
    cells = oracle.by_window(events, times, 86400, lambda event: "")
    assert oracle.differences(oracle.tool_calls(cells, "requests"), found.rows, None) == []
