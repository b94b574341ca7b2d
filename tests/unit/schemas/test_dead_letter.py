"""Dead letters: what each mode keeps, and that nothing a column could not hold ever comes out."""

import base64
import hashlib
import json
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.messages import clean, examples, full_message, message
from support.mutations import mutated

from tokentide.schemas.dead_letter import MAX_KEPT_BYTES, DeadLetter
from tokentide.schemas.position import Partition
from tokentide.schemas.reasons import Reason
from tokentide.schemas.redaction import redact
from tokentide.schemas.refusal import Refusal

CANARY = "canary in the coal mine"


def letter(value: bytes | None, mode: str = "redacted") -> DeadLetter:
    refusal = Refusal(3, Reason.OUT_OF_RANGE, "status", "not one of them")
    where = Partition("cluster-1", "usage.events.v1", 2)
    return DeadLetter.of(
        value, refusal=refusal, partition=where, offset=77, timestamp_ms=1_767_225_600_000, mode=mode
    )


def test_a_letter_says_why_and_where() -> None:
    value = message(status="fine")
    told = json.loads(letter(value).to_message())
    payload = told.pop("payload")
    assert told == {
        "reason": "out_of_range",
        "field": "status",
        "detail": "not one of them",
        "epoch": "cluster-1",
        "topic": "usage.events.v1",
        "partition": 2,
        "offset": 77,
        "timestamp_ms": 1_767_225_600_000,
        "size_bytes": len(value),
        "sha256": hashlib.sha256(value).hexdigest(),
        "mode": "redacted",
    }
    assert payload == {**json.loads(value), "status": "<string:4>"}


def test_its_key_is_the_position() -> None:
    assert letter(b"{}").key == b"cluster-1:usage.events.v1:2:77"
    assert letter(b"{}").identity == "cluster-1:usage.events.v1:2:77"


@pytest.mark.parametrize("mode", ["redacted", "bytes", "hash"])
@pytest.mark.parametrize("value", [None, b"", b"\xff\x00", message(), full_message()])
def test_a_letter_survives_the_wire(value: bytes | None, mode: str) -> None:
    assert DeadLetter.from_message(letter(value, mode).to_message()) == letter(value, mode)


def test_bytes_keeps_all_and_hash_nothing() -> None:
    value = b"\xff" + CANARY.encode()
    assert base64.b64decode(str(letter(value, "bytes").payload)) == value
    assert CANARY.encode() not in letter(value, "hash").to_message()
    assert letter(value, "hash").payload is None


def test_bytes_too_large_for_a_record_are_not_kept() -> None:
    huge = letter(b"x" * (MAX_KEPT_BYTES + 1), "bytes")
    assert (huge.mode, huge.payload) == ("hash", None)
    assert len(huge.to_message()) < 1000


def test_legal_values_of_known_fields_stay_and_others_go() -> None:
    value = full_message(
        status=CANARY,
        account_hash="alice@example.org",
        prompt_tokens="many",
        tokens_cached=CANARY,
        input_tokens=12,
        cost_usd=-1,
        labels=[{"path": f"/News/{CANARY}", "confidence": 1, "why": CANARY}],
        tenant=None,
        prompt=CANARY,
        messages=[{"content": CANARY}],
        temperature=0.75,
        **{CANARY: 1, "x" * 33: True},
    )
    kept = redact(value)
    assert (kept["model"], kept["latency_ms"], kept["input_tokens"], kept["tenant"]) == (
        "anthropic/claude-3.7-sonnet",
        8431,
        12,
        None,
    )
    assert kept["status"] == f"<string:{len(CANARY)}>"
    assert kept["account_hash"] == "<string:17>"
    assert kept["prompt_tokens"] == "<string:4>"
    assert kept["tokens_cached"] == f"<string:{len(CANARY)}>"
    assert kept["cost_usd"] == "<number:2>"
    assert kept["labels"] == [{"path": "/News", "confidence": 1.0}]
    assert (kept["prompt"], kept["messages"], kept["temperature"]) == ("<string:23>", "<array:1>", "<number:4>")
    assert [name for name in kept if name.startswith("<name")] == ["<name 4:23>", "<name 5:33>"]
    assert "canary" not in json.dumps(kept)
    assert "alice" not in json.dumps(kept)


def test_what_is_no_object_shows_its_size_only() -> None:
    assert redact(b"[" * 9) == {"<unreadable>": "<bytes:9>"}
    assert redact(None) == {"<unreadable>": "<null:4>"}


def test_a_letter_stays_small_whatever_came() -> None:
    value = json.dumps({f"k{nth}": nth for nth in range(4000)}).encode()
    assert redact(value)["<more>"] == f"<fields:{4000 - 64}>"
    assert len(letter(value).to_message()) < 4000


@pytest.mark.parametrize("example", examples("refused"), ids=lambda example: example.name)
def test_every_refused_example_makes_a_letter(example: Any) -> None:
    told = letter(example.message).to_message()
    assert b"alice" not in told.lower()
    assert b"secret" not in told


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=300, deadline=None)
@given(
    st.dictionaries(st.sampled_from(["model", "labels", "cost_usd", "event_time", "x", "stream"]) | st.text(), JSON)
)
def test_redaction_never_raises_and_is_json(fields: dict[str, Any]) -> None:
    letter(json.dumps(fields).encode()).to_message()


@settings(max_examples=200, deadline=None)
@given(st.randoms(use_true_random=False))
def test_a_mark_put_anywhere_never_comes_out(draw: random.Random) -> None:
    """`?` is in no legal value, so nothing that holds it may be kept."""
    raw = mutated(clean(1, draw.randrange(1000))[0], draw)
    at = draw.randrange(len(raw) + 1)
    marked = raw[:at] + b"?zq?" + raw[at:]
    assert b"?zq?" not in letter(marked).to_message()
