"""Sample traffic must be valid, repeatable and look like a market."""

import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import islice

from tokentide.gateways.sample import Sample, bench_events, sample_events
from tokentide.schemas.usage_event import UsageEvent

SAMPLE = Sample(4_000, seed=3)


def test_every_event_is_accepted_and_keyed_by_its_id() -> None:
    for event in [*sample_events(SAMPLE), *bench_events(SAMPLE)]:
        assert UsageEvent.from_message(event.message).event_id.encode() == event.key


def test_the_same_seed_is_the_same_traffic_and_another_is_not() -> None:
    assert list(sample_events(SAMPLE)) == list(sample_events(SAMPLE))
    other = {event.key for event in sample_events(Sample(4_000, seed=4))}
    assert not other & {event.key for event in sample_events(SAMPLE)}


def test_ids_are_distinct() -> None:
    assert len({event.key for event in sample_events(Sample(40_000))}) == 40_000


def test_a_bench_event_has_30_fields_and_739_bytes() -> None:
    for event in bench_events(SAMPLE):
        assert (len(event.message), len(json.loads(event.message))) == (739, 30)


def test_times_fill_the_span_in_order() -> None:
    start = datetime(2026, 3, 1, tzinfo=UTC)
    events = list(sample_events(Sample(1_000, start=start, span=timedelta(seconds=500))))
    times = [UsageEvent.from_message(event.message).event_time.timestamp() for event in events]
    assert times == sorted(times) == [event.at_s for event in events]
    assert (times[0], times[-1]) == (start.timestamp(), start.timestamp() + 499.5)


def test_a_longer_sample_at_the_same_rate_begins_with_the_shorter_one() -> None:
    longer = sample_events(Sample(8_000, seed=3, span=2 * SAMPLE.span))
    assert list(islice(longer, 4_000)) == list(sample_events(SAMPLE))


def test_it_is_a_market() -> None:
    events = [UsageEvent.from_message(event.message) for event in sample_events(Sample(20_000))]
    assert len({event.model for event in events}) == 25
    assert len({event.model.split("/")[0] for event in events}) == 11
    assert len({event.tenant for event in events}) >= 5
    assert len({event.gateway for event in events}) == 3
    finish = Counter(event.finish_reason for event in events)
    assert 0.1 < finish["tool_calls"] / len(events) < 0.35
    assert all((event.tool_calls or 0) > 0 for event in events if event.finish_reason == "tool_calls")
    assert 0.01 < sum(event.status != "ok" for event in events) / len(events) < 0.03
    assert all(event.cost_usd is None for event in events if event.status != "ok")
    assert all((event.ttft_ms is not None) == (event.stream is True) for event in events)
    assert sum(event.reasoning_tokens or 0 for event in events) > 0 < sum(e.cached_tokens or 0 for e in events)
    assert any(event.labels for event in events)
