"""The wire model alone: every example of tests/examples, what producers may write, and what comes back."""

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from pydantic import ValidationError
from support.messages import FULL, Example, examples, full_message, message

from tokentide.schemas.reasons import Reason
from tokentide.schemas.refusal import EventRefusedError
from tokentide.schemas.usage_event import ALIASES, FIELDS, Label, UsageEvent

REFUSED = examples("refused")
ACCEPTED = examples("accepted")
BY_TIME = {"time_ahead", "time_too_old"}
"""Rules on the record's timestamp, which the model does not know."""


@pytest.mark.parametrize("example", REFUSED, ids=lambda example: example.name)
def test_refused(example: Example) -> None:
    if example.reason in BY_TIME:
        assert UsageEvent.from_message(example.message)
        return
    with pytest.raises(EventRefusedError) as refused:
        UsageEvent.from_message(example.message)
    assert (refused.value.reason, refused.value.field) == (example.reason, example.field)


@pytest.mark.parametrize("example", ACCEPTED, ids=lambda example: example.name)
def test_accepted(example: Example) -> None:
    event = UsageEvent.from_message(example.message)
    for name, value in (example.values or {}).items():
        if name in FIELDS:
            found = getattr(event, name)
            assert (found.isoformat() if name == "event_time" else found) == (value if value != "" else None)


def test_every_reason_of_a_single_message_has_an_example() -> None:
    assert {example.reason for example in REFUSED} == {reason.value for reason in Reason} - {"conflict"}


def test_a_refusal_never_repeats_what_was_sent() -> None:
    for field in FIELDS:
        with pytest.raises(EventRefusedError) as refused:
            UsageEvent.from_message(message(**{field: "?canary of alice?"}))
        assert "canary" not in str(refused.value)


def test_none_is_no_event() -> None:
    with pytest.raises(EventRefusedError, match="not_an_object"):
        UsageEvent.from_message(None)


def test_every_field_survives_the_wire() -> None:
    event = UsageEvent.from_message(full_message())
    assert UsageEvent.from_message(event.to_message()) == event
    assert {name for name in FIELDS if getattr(event, name) is None} == set()
    assert set(json.loads(event.to_message())) == set(FULL)


def test_a_message_is_compact_and_leaves_out_what_is_absent() -> None:
    event = UsageEvent(
        event_id="gen-1",
        event_time=datetime(2026, 1, 1, 1, tzinfo=timezone(timedelta(hours=1))),
        model="m",
        prompt_tokens=1,
        completion_tokens=2,
        cost_usd=Decimal("0.10"),
    )
    assert event.to_message() == (
        b'{"event_id":"gen-1","attempt":1,"schema_version":1,"event_time":"2026-01-01T00:00:00Z","model":"m",'
        b'"prompt_tokens":1,"completion_tokens":2,"cost_usd":"0.1"}'
    )


@pytest.mark.parametrize(
    ("cost", "nano"),
    [(0.1, 100_000_000), (3, 3 * 10**9), (Decimal("0.000000001"), 1), ("1.5", 1_500_000_000), (2.5e-9, 2)],
)
def test_a_producer_may_give_a_cost_in_any_form(cost: object, nano: int) -> None:
    event = _event(cost_usd=cost)
    assert event.cost_usd is not None
    assert event.cost_usd * 10**9 == nano


@pytest.mark.parametrize(
    "wrong",
    [
        {"cost_usd": Decimal("0.0000000001")},
        {"cost_usd": Decimal("NaN")},
        {"cost_usd": float("nan")},
        {"event_time": datetime(2026, 1, 1)},  # noqa: DTZ001
        {"event_time": datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=1)))},
        {"prompt_tokens": "1"},
        {"prompt_tokens": 1.0},
        {"model": b"m"},
        {"cached_tokens": 2},
        {"account_hash": "alice"},
        {"labels": "/News"},
    ],
)
def test_a_producer_hears_of_a_mistake_before_anything_is_sent(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        _event(**wrong)


def test_a_producer_may_use_an_alias_and_labels() -> None:
    event = UsageEvent.model_validate(
        {"event_id": "g", "event_time": 0, "model": "m", "input_tokens": 3, "output_tokens": 4}
        | {"labels": [Label(path="/News/Local News", confidence=1)]}
    )
    assert (event.prompt_tokens, event.completion_tokens) == (3, 4)
    assert event.labels == (Label(path="/News", confidence=1.0),)


def test_aliases_are_those_of_the_contract() -> None:
    assert ALIASES == {
        "input_tokens": "prompt_tokens",
        "output_tokens": "completion_tokens",
        "tokens_prompt": "prompt_tokens",
        "tokens_completion": "completion_tokens",
        "tokens_reasoning": "reasoning_tokens",
        "tokens_cached": "cached_tokens",
        "native_tokens_prompt": "native_prompt_tokens",
        "native_tokens_completion": "native_completion_tokens",
    }


def test_a_gateway_needs_no_columns() -> None:
    heavy = "{'pyarrow', 'numpy', 'msgspec', 'xxhash', 'faust'}"
    modules = "tokentide.schemas.usage_event, tokentide.schemas.dead_letter"
    code = f"import sys, {modules}; print({heavy} & sys.modules.keys())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def _event(**changes: object) -> UsageEvent:
    least: dict[str, object] = {
        "event_id": "g",
        "event_time": datetime(2026, 1, 1, tzinfo=UTC),
        "model": "m",
        "prompt_tokens": 1,
        "completion_tokens": 1,
    }
    return UsageEvent(**{**least, **changes})  # type: ignore[arg-type]
