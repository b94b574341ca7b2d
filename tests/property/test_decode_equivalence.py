"""The fast decoder and the model alone are one: the same messages, values, reasons and fields.

Short form: TOKENTIDE_FUZZ_MESSAGES mutated messages (20,000 by default; the long form sets 1,000,000) and a few
hundred generated batches. A failure prints the message, which belongs into tests/examples.
"""

import json
import os
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.messages import FULL, MINIMAL, RECORD_MS, clean, message
from support.mutations import KINDS, Mutant, mutant

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
GROWTH_MOST = 256 * 2**20
"""Bytes of memory the process may gain over the first round, which has warmed everything up."""
AGES = Acceptance(10**15, 10**15)
SPOILS = {Reason.NOT_UTF8, Reason.WRONG_TYPE, Reason.DUPLICATE_KEY}
SPOILER = message(event_id="spoiler", tool_calls="two")
DECODED_REASONS = set(Reason) - {Reason.TIME_AHEAD, Reason.TIME_TOO_OLD, Reason.CONFLICT}


@pytest.fixture(autouse=True)
def _no_safety_net(monkeypatch: pytest.MonkeyPatch) -> None:
    """A column Arrow cannot take is read alone in production; here it fails the test."""
    monkeypatch.setattr(decoding, "SPOILT", ())


@dataclass
class Alone:
    """What the model, message by message, makes of a sequence."""

    rows: list[int] = field(default_factory=list)
    events: list[UsageEvent] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)

    @classmethod
    def of(cls, values: Sequence[bytes | None]) -> "Alone":
        alone = cls()
        for index, value in enumerate(values):
            try:
                alone.events.append(UsageEvent.from_message(value))
                alone.rows.append(index)
            except EventRefusedError as refused:
                alone.refusals.append(refused.at(index))
        return alone

    def only(self, kept: Sequence[int]) -> "Alone":
        """Say the same of the messages at these places."""
        places = {index: place for place, index in enumerate(kept)}
        pairs = [(places[row], event) for row, event in zip(self.rows, self.events, strict=True) if row in places]
        refusals = [
            replace(refusal, index=places[refusal.index]) for refusal in self.refusals if refusal.index in places
        ]
        return Alone([row for row, _ in pairs], [event for _, event in pairs], refusals)


def assert_equal_paths(values: Sequence[bytes | None], alone: Alone | None = None) -> Alone:
    alone = alone or Alone.of(values)
    found = decode(values, np.full(len(values), RECORD_MS), AGES)
    odd = set(alone.rows) ^ set(found.rows.tolist())
    assert not odd, f"one path accepts what the other refuses: {[values[at] for at in odd]}"
    expected = event_batch(alone.events)
    fast, slow = found.events.to_pylist(), expected.to_pylist()
    if fast != slow:
        pairs = zip(fast, slow, alone.rows, strict=True)
        raise AssertionError(next(f"{values[at]!r}: {one} != {other}" for one, other, at in pairs if one != other))
    assert found.refusals == alone.refusals
    assert found.events.schema == expected.schema
    found.events.validate(full=True)
    assert payload_hash(found.events).tolist() == payload_hash(expected).tolist()
    return alone


class Tally:
    """What a fuzz has met: mutants by class, what became of their messages, and how much memory it took."""

    def __init__(self) -> None:
        self.made: Counter[str] = Counter()
        self.accepted: Counter[str] = Counter()
        self.reasons: Counter[str] = Counter()
        self.messages = 0
        self.held: list[int] = []

    def take(self, mutants: Sequence[Mutant], alone: Alone) -> None:
        kinds = [each.kinds for each in mutants for _ in each.values]
        self.messages += len(kinds)
        for each in mutants:
            self.made.update(each.kinds)
        for row in alone.rows:
            self.accepted.update(kinds[row])
        self.reasons.update(refusal.reason.value for refusal in alone.refusals)
        self.held.append(resident_bytes())

    @property
    def grown(self) -> int:
        return max(self.held) - self.held[0]

    def text(self) -> str:
        """Say it in lines."""
        lines = [f"{self.messages} messages, {self.reasons.total()} refused, {self.grown >> 20} MiB gained at most"]
        lines += [f"  {kind}: {count} mutants, {self.accepted[kind]} accepted" for kind, count in self.made.items()]
        return "\n".join([*lines, "  " + ", ".join(f"{reason} {n}" for reason, n in self.reasons.most_common())])


def resident_bytes() -> int:
    """Memory of this process now; 0 where the system does not say."""
    pages = Path("/proc/self/statm")
    return int(pages.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") if pages.exists() else 0


@pytest.mark.timeout(3 * 3600)
def test_mutated_messages() -> None:
    """Batches that parse together (nothing in them spoils a parse), and the same messages with all that does."""
    pool, tally = clean(300, seed=5), Tally()
    seed = 0
    while tally.messages < MESSAGES:
        draw = random.Random(seed)
        mutants = [mutant(draw.choice(pool), draw) for _ in range(ROUND)]
        tally.take(mutants, assert_a_round(mutants, pool, draw))
        seed += 1
    print(tally.text())  # noqa: T201
    assert set(tally.made) == KINDS, f"never made: {KINDS - set(tally.made)}"
    assert all(tally.made[kind] > seed * ROUND // 50 for kind in KINDS - {"10 MB"}), tally.text()
    assert all(tally.accepted[kind] for kind in KINDS - {"10 MB", "split"}), tally.text()
    assert set(tally.reasons) >= DECODED_REASONS
    assert tally.grown < GROWTH_MOST, tally.text()


def assert_a_round(mutants: Sequence[Mutant], pool: Sequence[bytes], draw: random.Random) -> Alone:
    """Hold the paths together over mutants, over those of them that parse together, and over few at a time."""
    values = [value for each in mutants for value in each.values]
    alone = assert_equal_paths(values)
    spoils = {refusal.index for refusal in alone.refusals if refusal.reason in SPOILS or "5.0" in refusal.detail}
    kept = [index for index in range(len(values)) if index not in spoils]
    assert_equal_paths([values[index] for index in kept], alone.only(kept))
    assert_equal_paths([draw.choice([draw.choice(values), draw.choice(pool)]) for _ in range(draw.randrange(4))])
    return alone


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
