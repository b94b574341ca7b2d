"""The least confirmed append time of the logs that are alive decides what is final."""

from datetime import UTC, datetime, timedelta

import pytest

from tokentide.sinks.clickhouse.finality import Finality, Status, revised_at
from tokentide.sinks.clickhouse.unsealed import why_unsealed
from tokentide.sinks.clickhouse.watermarks import PartitionMark, live_of, logs_of, watermark_of

NOW = datetime(2026, 3, 5, 12, tzinfo=UTC)
S, MIN, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(days=1)


def mark(
    number: int | None,
    behind: timedelta | None,
    *,
    cluster: str = "k",
    made: timedelta = 30 * DAY,
    silent: timedelta = S,
) -> PartitionMark:
    """A partition of a log of two that is `behind` now, of a log met `made` ago and `silent` since."""
    confirmed = None if behind is None else NOW - behind
    return PartitionMark("t", cluster, f"{cluster}.{made}", 2, NOW - made, number, confirmed, NOW - silent)


def both(behind: timedelta, **log: timedelta | str) -> list[PartitionMark]:
    return [mark(0, behind, **log), mark(1, behind + S, **log)]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("marks", "behind"),
    [
        (both(MIN), MIN + S),
        ([mark(0, MIN)], None),  # nothing is known of partition 1
        ([mark(None, None)], None),
        ([*both(MIN), mark(None, None, cluster="new", made=S)], None),  # a second cluster with all its past to come
        ([*both(MIN), *both(2 * MIN, cluster="new", made=DAY)], 2 * MIN + S),
        (both(9 * DAY, silent=9 * DAY), 9 * DAY + S),  # the only log never ends by itself
        ([*both(9 * DAY, silent=9 * DAY), *both(MIN, cluster="new", made=DAY)], MIN + S),  # moved to another cluster
        ([*both(9 * DAY, silent=DAY), *both(MIN, cluster="new", made=DAY)], 9 * DAY + S),
        ([*both(9 * DAY), *both(MIN, made=DAY)], MIN + S),  # recreated on its cluster
        (
            [*both(MIN), *both(DAY, cluster="embedded-1", made=DAY, silent=DAY)],
            MIN + S,
        ),  # a one-shot run of yesterday
        ([*both(MIN), *both(5 * MIN, cluster="embedded-1", made=MIN)], 5 * MIN + S),  # one that runs
        ([*both(MIN), mark(None, None, cluster="embedded-1", made=9 * MIN)][:2], MIN + S),
        (both(DAY, cluster="embedded-1", made=DAY, silent=DAY), timedelta()),  # nothing can come any more
    ],
)
def test_the_slowest_partition_of_the_live_logs_decides(marks: list[PartitionMark], behind: timedelta | None) -> None:
    found = watermark_of(marks, NOW)
    assert found == (None if behind is None else NOW - behind)


def test_a_store_that_has_met_no_log_knows_nothing() -> None:
    assert watermark_of([], NOW) is None
    assert Finality(None).status(NOW - DAY) is Status.PROVISIONAL


def test_a_bucket_is_final_two_minutes_after_its_end_and_revised_by_what_comes_later() -> None:
    until = Finality(NOW)
    assert until.status(NOW - 2 * MIN) is Status.FINAL
    assert until.status(NOW - 2 * MIN + S) is Status.PROVISIONAL
    end = NOW - DAY
    assert revised_at(end, end + 2 * MIN - S) is None
    assert revised_at(end, end + 2 * MIN) == end + 2 * MIN
    assert revised_at(end - 140 * DAY, NOW) == NOW


@pytest.mark.parametrize(
    ("marks", "said"),
    [
        ([mark(1, MIN)], "partition 0 of t (epoch k.30 days, 0:00:00) was never observed; let a worker"),
        ([mark(None, None)], "partitions 0, 1 of t (epoch k.30 days, 0:00:00) were never observed"),
        ([*both(MIN), mark(0, MIN, cluster="new", made=DAY)], "partition 1 of t (epoch new.1 day, 0:00:00) was"),
        (
            [mark(0, 3 * DAY), mark(1, MIN)],
            "partition 0 of t (epoch k.30 days, 0:00:00) is settled up to 2026-03-02T12:00:00Z, "
            "and it must be up to 2026-03-05T00:10:00Z; run this again",
        ),
        ([], "the store has met no topic; run `tokentide migrate`"),
    ],
)
def test_a_day_that_is_not_sealed_names_the_partition_that_holds_it_back(
    marks: list[PartitionMark], said: str
) -> None:
    sentence = why_unsealed(live_of(logs_of(marks), NOW), watermark_of(marks, NOW), (NOW - DAY).date())
    assert said in sentence


def test_a_day_of_ended_logs_waits_for_its_end_alone() -> None:
    assert why_unsealed([], NOW, NOW.date()).startswith("everything is settled up to 2026-03-05T12:00:00Z")
