"""The same event sent by another client library, written another way, is the same event."""

import json
from collections.abc import Mapping
from typing import Any

from confluent_kafka import Producer
from support.messages import FULL, full_message
from support.pipeline import Pipeline, events

ALIASES = {
    "prompt_tokens": "input_tokens",
    "completion_tokens": "output_tokens",
    "reasoning_tokens": "tokens_reasoning",
    "cached_tokens": "tokens_cached",
    "native_prompt_tokens": "native_tokens_prompt",
}


def written_otherwise(event: dict[str, Any]) -> bytes:
    """The same facts: other order, other names, other spelling of times, numbers and letters, more room."""
    renamed = {ALIASES.get(name, name): value for name, value in reversed(event.items())}
    renamed |= {"event_time": "2026-01-01T00:59:58.123456+01:00", "cost_usd": "0.028443"}
    text = json.dumps(renamed, indent=3).replace("anthropic", "\\u0061nthropic")
    return f"\r\n\t{text} \n".encode()


def send(pipeline: Pipeline, messages: Mapping[str, bytes | None]) -> None:
    """Publish with librdkafka, keyed as the Java client and ours do."""
    producer = Producer({"bootstrap.servers": pipeline.broker.bootstrap, "partitioner": "murmur2_random"})
    for key, message in messages.items():
        producer.produce(pipeline.settings.topic, message, key=key)
    assert producer.flush(30) == 0


def test_an_event_of_another_client_is_a_duplicate_and_another_payload_a_conflict(pipeline: Pipeline) -> None:
    names = [f"gen-{number}" for number in range(40)]
    first = pipeline.settle(events([full_message(event_id=name) for name in names]))
    assert first.stored == 40

    send(pipeline, {name: written_otherwise(FULL | {"event_id": name}) for name in names})
    again = pipeline.settle([])
    assert (again.received, again.duplicates, again.conflicts, again.stored) == (40, 40, 0, 0)

    changed = {name: written_otherwise(FULL | {"event_id": name, "ttft_ms": 613}) for name in names}
    send(pipeline, {**changed, "a record without a value": None})
    other = pipeline.settle([])
    assert (other.received, other.duplicates, other.conflicts, other.stored) == (41, 0, 40, 0)
    assert other.by_reason == {"conflict": 40, "not_an_object": 1}

    audit = pipeline.audit()
    assert audit["holds"], audit["faults"]
    assert audit["misplaced_keys"] == 0
    assert pipeline.rows("SELECT uniqExact(ttft_ms) AS kinds, max(ttft_ms) AS ttft FROM usage_events") == [
        {"kinds": 1, "ttft": 612}
    ]
