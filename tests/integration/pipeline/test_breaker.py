"""Refusals that are no accident stop their partition: loudly, and with everything after them left in Kafka."""

import asyncio
from collections.abc import Callable
from datetime import timedelta

import pytest
from support.messages import clean
from support.pipeline import Pipeline, events

from tokentide.schemas.errors import UserError
from tokentide.streams.brokers.offsets import committed_offsets


def garbage(count: int) -> list[bytes]:
    """Messages that are no events."""
    return [b"not an event, number %d" % number for number in range(count)]


def test_more_than_100_refusals_in_a_row_stop_the_partition_and_leave_the_rest(
    make_pipeline: Callable[..., Pipeline], caplog: pytest.LogCaptureFixture
) -> None:
    pipeline = make_pipeline(partitions=1, batch_rows=500, linger=timedelta(seconds=20))
    good = clean(1_300)

    with pytest.raises(UserError, match="partition 0.*more than 100 messages in a row"):
        pipeline.settle(events([*good[:300], *garbage(200), *good[300:]], key=b"one partition"))

    assert "STOPPED" in caplog.text
    settings = pipeline.settings
    committed = asyncio.run(committed_offsets(pipeline.broker.address, settings.group, settings.topic))
    assert committed[0].offset <= 500
    ledger = "SELECT max(batch_end) AS settled, sum(stored) AS stored FROM usage_batches"
    assert pipeline.rows(ledger) == [{"settled": 500, "stored": 300}]
    assert len(pipeline.kept(settings.dead_topic)) == 200

    mended = pipeline.settle([], breaker_in_row=0)

    assert (mended.received, mended.stored, mended.dead_letters) == (1_000, 1_000, 0)
    assert pipeline.audit()["holds"]


@pytest.mark.broker("embedded")
def test_100_refusals_in_a_row_stop_nothing(make_pipeline: Callable[..., Pipeline]) -> None:
    pipeline = make_pipeline(partitions=1)
    good = clean(20)

    balance = pipeline.settle(events([*good[:10], *garbage(100), *good[10:]], key=b"one partition"))

    assert (balance.stored, balance.dead_letters, balance.in_flight) == (20, 100, 0)


@pytest.mark.broker("embedded")
def test_a_log_that_ends_in_refusals_is_no_success(make_pipeline: Callable[..., Pipeline]) -> None:
    pipeline = make_pipeline(partitions=1)

    with pytest.raises(UserError, match="partition 0.*more than 100 messages in a row"):
        pipeline.settle(events(garbage(101), key=b"one partition"))
