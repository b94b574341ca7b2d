"""A question is checked before the store is asked; the answer to a wrong one lists the right ones."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from tokentide.reports import Request
from tokentide.reports.formulas import Unit
from tokentide.reports.periods import ALL_S, Calendar, Rolling, ceil_to, floor_to, instant, iso
from tokentide.reports.request import resolve
from tokentide.schemas.errors import UsageError

SHARE = "token-share-by-author"


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        (Request("nope"), [SHARE, "tool-call-rate", "sequence-length"]),
        (Request(SHARE, by="country"), ["'country'", "gateway", "tenant", "model", "author", "provider"]),
        (Request(SHARE, filters={"country": "FR"}), ["'country'", "gateway", "tenant", "model"]),
        (Request(SHARE, unit="eur"), ["'eur'", "tokens", "requests", "usd"]),
        (Request("sequence-length", unit="usd"), ["'usd'", "tokens"]),
        (Request(SHARE, bucket="5m"), ["'5m'", "10s", "1m", "1h", "1d", "1w", "all"]),
        (Request(SHARE, window="3h"), ["'3h'", "15m", "2h", "24h", "7d"]),
        (Request(SHARE, window="15m", every="1h"), ["'1h'", "15m"]),
        (Request(SHARE, window="15m", every="15s"), ["'15s'", "multiple of 10s"]),
        (Request(SHARE, window="15m", every="0s"), ["'0s'", "multiple of 10s"]),
        (Request(SHARE, window="15m", every="often"), ["'often'", "10s, 1m"]),
        (Request(SHARE, every="1m"), ["--window", "15m", "7d"]),
        (Request(SHARE, bucket="1h", window="15m"), ["--bucket", "--window"]),
        (Request(SHARE, top=0), ["--top"]),
        (
            Request(SHARE, start=datetime(2026, 1, 2, tzinfo=UTC), end=datetime(2026, 1, 1, tzinfo=UTC)),
            ["--to", "--from"],
        ),
        (
            Request(SHARE, start=datetime(2026, 1, 1, tzinfo=UTC), end=datetime(2026, 1, 1, tzinfo=UTC)),
            ["--to", "--from"],
        ),
        (Request(SHARE, start=datetime(2026, 1, 1, 0, 0, 5, tzinfo=UTC)), ["--from", "10 seconds"]),
        (Request(SHARE, end=datetime(1969, 1, 1, tzinfo=UTC)), ["--to", "1970"]),
    ],
)
def test_a_wrong_question_is_told_what_is_legal(request_: Request, words: list[str]) -> None:
    with pytest.raises(UsageError) as caught:
        resolve(request_)
    assert [word for word in words if word not in str(caught.value)] == []
    assert caught.value.exit_code == 2


def test_defaults_are_one_bucket_of_everything_in_the_metric_s_own_unit() -> None:
    share = resolve(Request(SHARE))
    assert (share.by, share.unit, share.grid, share.top) == ("author", Unit.TOKENS, Calendar(ALL_S), 20)
    rate = resolve(Request("tool-call-rate"))
    assert (rate.by, rate.unit, rate.top) == (None, Unit.REQUESTS, None)
    assert resolve(Request(SHARE, window="24h")).grid == Rolling(86_400, 60)
    assert resolve(Request(SHARE, window="2h", every="7m")).grid == Rolling(7200, 420)


def test_a_time_without_an_offset_is_utc() -> None:
    assert instant("2025-11-03") == datetime(2025, 11, 3, tzinfo=UTC)
    assert instant("2025-11-03T14:00:00Z") == datetime(2025, 11, 3, 14, tzinfo=UTC)
    assert instant("2025-11-03T14:00:00+02:00") == datetime(2025, 11, 3, 12, tzinfo=UTC)
    with pytest.raises(UsageError, match="'last week' is not a time"):
        instant("last week")
    east = datetime(2025, 11, 3, 2, tzinfo=timezone(timedelta(hours=2)))
    assert resolve(Request(SHARE, start=east)).start_s == datetime(2025, 11, 3, tzinfo=UTC).timestamp()


def test_one_window_may_be_asked_for() -> None:
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    found = resolve(Request(SHARE, window="24h", start=moment, end=moment))
    assert found.start_s == found.end_s == moment.timestamp()


def test_times_round_to_steps_and_print_in_utc() -> None:
    assert (floor_to(119, 60), ceil_to(119, 60), ceil_to(120, 60)) == (60, 120, 120)
    assert iso(0) == "1970-01-01T00:00:00Z"
    assert iso(1.5, "milliseconds") == "1970-01-01T00:00:01.500Z"
