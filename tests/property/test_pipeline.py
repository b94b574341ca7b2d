"""The whole decision of a partition is a function of its log: decode, duplicates, enrichment, grouping together.

A log is drawn of few events, sent again and again, some with other values, some broken. It is settled in one
go and in any batches; with memory kept, or restored from what was accepted, as after a restart.
"""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st
from support.fact_rows import added_up
from support.messages import RECORD_MS, full_message, message
from support.settling import Bench, Record

from tokentide.schemas.rollup_columns import ROLLUP_SCHEMA
from tokentide.streams.transforms.settle import Known

BROKEN = [b"{", b"null", message(model=...), message(prompt_tokens=-1), message(event_time=RECORD_MS * 3), None]
Log = list[bytes | None]


@st.composite
def sent(draw: st.DrawFn) -> bytes | None:
    """Draw a message: one of nine ids with one of two payloads, spelt in one of two ways, or a broken one."""
    if draw(st.integers(0, 9)) == 0:
        return draw(st.sampled_from(BROKEN))
    make = draw(st.sampled_from([message, full_message]))
    changes = {"event_id": f"gen-{draw(st.integers(0, 8))}", "tenant": draw(st.sampled_from(["", "t"])) or ...}
    return make(prompt_tokens=7000, completion_tokens=draw(st.sampled_from([900, 901])), **changes)


LOGS = st.lists(sent(), max_size=40)
CUTS = st.lists(st.integers(1, 39), max_size=6)
WINDOWS = st.sampled_from([2, 3, 5, 1000])


@dataclass
class Told:
    """What became of a log: facts by offset, dead letters by offset, the balance, and rollups added up."""

    facts: dict[int, dict[str, Any]] = field(default_factory=dict)
    dead: dict[int, str] = field(default_factory=dict)
    balance: Counter[str] = field(default_factory=Counter)
    rollups: list[dict[Any, Any]] = field(default_factory=list)

    @property
    def whole(self) -> tuple[Any, ...]:
        return self.facts, self.dead, +self.balance, added_up(self.rollups)


def edges(log: Sequence[object], cuts: Sequence[int]) -> list[tuple[int, int]]:
    return list(pairwise(sorted({0, len(log), *(cut for cut in cuts if cut < len(log))})))


def told(log: Log, cuts: Sequence[int], window: int, *, restarts: bool = False) -> Told:
    """Settle a log in the batches that `cuts` make; `restarts` restores the memory before each from facts."""
    bench, found, batches = Bench(window=window), Told(), []
    for low, high in edges(log, cuts):
        if restarts and batches:
            bench.memory = restored(bench, batches)
        settled = bench.decide([Record(at, log[at], RECORD_MS + at) for at in range(low, high)])
        batches.append(settled.facts)
        found.facts |= {row["offset"]: row | {"batch_start": 0} for row in settled.facts.to_pylist()}
        found.dead |= {letter.offset: letter.reason.value for letter in settled.dead}
        found.rollups.append(model_rows(settled.rollups_of(settled.facts)))
        ledger = settled.ledger
        found.balance.update(stored=ledger.stored, duplicates=ledger.duplicates, dropped=ledger.dropped)
        found.balance.update({reason.value: count for reason, count in ledger.dead.items()})
    return found


def restored(bench: Bench, batches: list[pa.RecordBatch]) -> Known:
    """A new worker's memory: everything accepted before, taken up at once."""
    facts = pa.Table.from_batches(batches).combine_chunks().to_batches()
    memory, clock = bench.blank(), bench.memory.clock_ms
    for batch in facts:
        nothing = bench.settler.settle([], bench.span([Record(bench.start, None)]), memory)
        memory.learn(nothing, batch)
    memory.clock_ms = clock
    return memory


DIMENSIONS = ("gateway", "tenant", "model", "author", "provider", "variant", "byok")


def model_rows(block: pa.RecordBatch) -> dict[Any, Any]:
    """Rows of the model family by key, without what is zero."""
    rows = {}
    for row in block.to_pylist():
        if row.pop("family") == "model":
            key = (row.pop("received_day"), row.pop("bucket"), *(row.pop(name) for name in DIMENSIONS))
            rows[key] = {name: plain for name, value in row.items() if (plain := _plain(name, value))}
    return rows


def _plain(name: str, value: Any) -> Any:
    if isinstance(value, bytes):
        return int.from_bytes(value, "little")
    if isinstance(value, list):
        return dict(value)
    return round(value.timestamp() * 1000) if hasattr(value, "timestamp") else value


@given(LOGS, CUTS, WINDOWS)
@settings(max_examples=60, deadline=None)
def test_batch_boundaries_do_not_matter(log: Log, cuts: list[int], window: int) -> None:
    assert told(log, cuts, window).whole == told(log, [], window).whole


@given(LOGS, CUTS, WINDOWS)
@settings(max_examples=40, deadline=None)
def test_restarts_do_not_matter(log: Log, cuts: list[int], window: int) -> None:
    assert told(log, cuts, window, restarts=True).whole == told(log, [], window).whole


@given(LOGS, st.integers(0, 40), st.integers(1, 4), CUTS, st.booleans())
@settings(max_examples=40, deadline=None)
def test_replaying_a_prefix_any_number_of_times_adds_nothing(
    log: Log, upto: int, times: int, cuts: list[int], restarts: bool
) -> None:
    """Every event of it is a duplicate, every conflict and broken message the dead letter that it was."""
    once = told(log, [], 1000)
    again = told(log + log[:upto] * times, cuts, 1000, restarts=restarts)
    assert again.facts == once.facts
    assert added_up(again.rollups) == added_up(once.rollups)
    dead = sum(offset < upto for offset in once.dead)
    assert len(again.dead) == len(once.dead) + times * dead
    assert again.balance["stored"] == once.balance["stored"]


@given(LOGS.flatmap(lambda log: st.tuples(st.just(log), st.permutations(log))), CUTS)
@settings(max_examples=60, deadline=None)
def test_order_inside_the_window_does_not_matter_for_what_is_counted(both: tuple[Log, Log], cuts: list[int]) -> None:
    """Repeated or not: as many events of each id are stored, and as many messages are duplicates of some kind.

    Which of two payloads of one id comes first decides which one stays, so logs have one payload an id here.
    """
    log, shuffled = ([_one_payload(value) for value in one] for one in both)
    straight, mixed = told(log, [], 1000), told(shuffled, cuts, 1000)
    assert mixed.balance == straight.balance
    assert ids(mixed) == ids(straight)
    assert _without_times(added_up(mixed.rollups)) == _without_times(added_up(straight.rollups))


def _one_payload(value: bytes | None) -> bytes | None:

    if value in BROKEN or value is None:
        return value
    return full_message(event_id=json.loads(value)["event_id"])


def ids(found: Told) -> list[str]:
    return sorted(row["event_id"] for row in found.facts.values())


def _without_times(rollups: dict[Any, dict[str, Any]]) -> dict[Any, dict[str, Any]]:
    return {
        key: {name: value for name, value in row.items() if name != "received_max"} for key, row in rollups.items()
    }


def test_the_model_family_is_what_is_looked_at() -> None:
    """The comparison is not empty: every dimension named here is a column."""
    assert set(DIMENSIONS) <= set(ROLLUP_SCHEMA.names)
    assert len(told([message(), full_message()], [], 10).rollups[0]) == 2
