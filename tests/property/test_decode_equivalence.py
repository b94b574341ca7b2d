"""The fast decoder and the model alone are one: the same messages, values, reasons and fields.

Short form: TOKENTIDE_FUZZ_MESSAGES mutated messages (20,000 by default; the long form sets more) and a few hundred
generated batches. A failure prints the message, which belongs into tests/examples.
"""

import json
import os
import random
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.messages import FULL, MINIMAL, RECORD_MS, clean, message
from support.mutations import mutated

from tokentide.schemas.reasons import Reason
from tokentide.schemas.refusal import EventRefusedError, Refusal
from tokentide.schemas.usage_event import ALIASES, UsageEvent
from tokentide.streams.transforms import decode as decoding
from tokentide.streams.transforms.acceptance import Acceptance
from tokentide.streams.transforms.decode import decode
from tokentide.streams.transforms.event_batch import event_batch
from tokentide.streams.transforms.payload_hash import payload_hash

MESSAGES = int(os.environ.get("TOKENTIDE_FUZZ_MESSAGES", "20000"))
ROUND = 500
AGES = Acceptance(10**15, 10**15)
SPOILS = {Reason.NOT_UTF8, Reason.WRONG_TYPE, Reason.DUPLICATE_KEY}
SPOILER = message(event_id="spoiler", tool_calls="two")


@pytest.fixture(autouse=True)
def _no_safety_net(monkeypatch: pytest.MonkeyPatch) -> None:
    """A column Arrow cannot take is read alone in production; here it fails the test."""
    monkeypatch.setattr(decoding, "SPOILT", ())


def one_by_one(values: Sequence[bytes | None]) -> tuple[list[int], list[UsageEvent], list[Refusal]]:
    rows, events, refusals = [], [], []
    for index, value in enumerate(values):
        try:
            events.append(UsageEvent.from_message(value))
            rows.append(index)
        except EventRefusedError as refused:
            refusals.append(refused.at(index))
    return rows, events, refusals


def assert_equal_paths(values: Sequence[bytes | None]) -> list[Refusal]:
    rows, events, refusals = one_by_one(values)
    found = decode(values, np.full(len(values), RECORD_MS), AGES)
    odd = set(rows) ^ set(found.rows.tolist())
    assert not odd, f"one path accepts what the other refuses: {[values[at] for at in odd]}"
    expected = event_batch(events)
    if found.events.to_pylist() != expected.to_pylist():
        pairs = zip(found.events.to_pylist(), expected.to_pylist(), rows, strict=True)
        raise AssertionError(next(f"{values[at]!r}: {fast} != {slow}" for fast, slow, at in pairs if fast != slow))
    assert found.refusals == refusals
    assert found.events.schema == expected.schema
    found.events.validate(full=True)
    assert payload_hash(found.events).tolist() == payload_hash(expected).tolist()
    return refusals


@pytest.mark.timeout(3600)
def test_mutated_messages() -> None:
    """Batches that parse together (nothing in them spoils a parse), and the same messages with all that does."""
    pool = clean(300, seed=5)
    for seed in range(0, MESSAGES, ROUND):
        draw = random.Random(seed)
        values = [mutated(draw.choice(pool), draw) for _ in range(ROUND)]
        refusals = assert_equal_paths(values)
        spoils = {refusal.index for refusal in refusals if refusal.reason in SPOILS or "5.0" in refusal.detail}
        assert_equal_paths([value for index, value in enumerate(values) if index not in spoils])
        assert_equal_paths([draw.choice([draw.choice(values), draw.choice(pool)]) for _ in range(draw.randrange(4))])


TEXTS = st.sampled_from(
    ["", "a", "a b", "A" * 32, "a" * 64, "a" * 65, "ok", "stop", "miss", "DE", "en", "é", "\x00", "\ud800", "chat"]
) | st.text(max_size=6)  # fmt: skip
NUMBERS = st.sampled_from(
    [0, 1, -1, 50, 255, 256, 599, 65_535, 65_536, 2**31 - 1, 2**31, 2**63, 0.5, 5.0, 1e-4, 1e6, -0.0]
)
TIMES = st.sampled_from(
    ["2025-12-31T23:59:59Z", "2025-12-31T23:59:59.5+01:00", "2025-02-29T00:00:00Z", "2025-12-31", RECORD_MS, -1, 0.5]
)
LABELS = st.lists(
    st.fixed_dictionaries(
        {},
        optional={
            "path": st.sampled_from(["/News", "/News/x", "/x", "", 5, None]),
            "confidence": st.sampled_from([0, 1, 0.5, 1.1, "1", None]),
            "more": st.just([{}]),
        },
    )
    | st.none(),
    max_size=3,
)
ANY = st.none() | st.booleans() | TEXTS | NUMBERS | TIMES | LABELS | st.just({})
COSTS = NUMBERS | st.floats() | st.decimals(0, 10, places=9).map(str) | st.just("1e3")
LIKELY: dict[str, st.SearchStrategy[Any]] = {
    "event_time": TIMES,
    "cost_usd": COSTS,
    "labels": LABELS,
    "sample_rate": NUMBERS | st.floats(0, 1),
}
NAMES = [*FULL, *ALIASES, "unknown"]


@st.composite
def messages(draw: st.DrawFn) -> bytes:
    """Draw the text of an event: right in most fields, odd in a few, spelt in any way."""
    fields = dict(draw(st.sampled_from([MINIMAL, FULL])))
    for name in draw(st.lists(st.sampled_from(NAMES), max_size=4)):
        fields[name] = draw(LIKELY.get(name, ANY) | ANY)
    members = list(fields.items())
    if draw(st.integers(0, 9)) == 0:
        members.append(draw(st.sampled_from(members)))
    gap = draw(st.sampled_from(["", "", " ", "\n", "\r\n\t"]))
    ascii_only = draw(st.booleans())
    parts = [f"{json.dumps(name)}{gap}:{json.dumps(value, ensure_ascii=ascii_only)}" for name, value in members]
    return ("{" + f",{gap}".join(draw(st.permutations(parts))) + "}").encode("utf-8", "surrogatepass")


@settings(max_examples=300, deadline=None)
@given(st.lists(messages(), min_size=1, max_size=4), st.booleans())
def test_generated_messages(values: list[bytes], spoilt: bool) -> None:
    assert_equal_paths([*values, SPOILER] if spoilt else values)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.binary(max_size=30) | st.none() | messages(), max_size=5))
def test_any_bytes(values: list[bytes | None]) -> None:
    assert_equal_paths(values)
