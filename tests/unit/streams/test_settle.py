"""Settling a batch: every message is accounted for, and facts that an earlier writer stored stand."""

import json
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pytest

from tokentide.schemas.position import Partition, Span
from tokentide.schemas.settings import load_settings
from tokentide.streams.transforms.caps import DimensionCaps
from tokentide.streams.transforms.deduplicate import DuplicateWindow
from tokentide.streams.transforms.settle import Known, Settled
from tokentide.streams.worker import settler_of

T0 = 1_767_225_600_000
HERE = Partition("epoch", "usage", 0)


@dataclass
class Kept:
    offset: int
    value: bytes | None
    timestamp: int = T0


def event(event_id: str, **changes: Any) -> bytes:
    fields = {
        "event_id": event_id,
        "event_time": T0 - 1000,
        "model": "openai/gpt-4o",
        "prompt_tokens": 10,
        "completion_tokens": 5,
    }
    return json.dumps(fields | changes).encode()


def known(window: int = 1000) -> Known:
    return Known(DuplicateWindow(window), DimensionCaps())


def settle(messages: list[bytes | None], memory: Known, start: int = 0) -> Settled:
    records = [Kept(start + at, value) for at, value in enumerate(messages)]
    return settler_of(load_settings()).settle(records, Span(HERE, start, start + len(records)), memory)


def ledger_of(settled: Settled, facts: pa.RecordBatch | pa.Table) -> dict[str, Any]:
    return next(row for row in settled.rollups_of(facts).to_pylist() if row["family"] == "batch")


MIXED = [event("a"), b"{", event("a"), event("a", prompt_tokens=11), None, event("b")]


def test_every_message_is_stored_a_duplicate_or_a_dead_letter() -> None:
    settled = settle(MIXED, known())
    row = ledger_of(settled, settled.facts)

    assert settled.facts.column("offset").to_pylist() == [0, 5]
    assert [(letter.offset, letter.reason) for letter in settled.dead] == [
        (1, "not_an_object"),
        (4, "not_an_object"),
        (3, "conflict"),
    ]
    assert (row["received"], row["stored"], row["duplicates"], row["conflicts"], row["dropped"]) == (6, 2, 1, 1, 0)
    assert dict(row["dead"]) == {"conflict": 1, "not_an_object": 2}


def test_deciding_changes_nothing_and_decides_the_same_again() -> None:
    memory = known()

    first, second = settle(MIXED, memory), settle(MIXED, memory)

    assert first.facts.equals(second.facts)
    assert first.dead == second.dead


def test_a_written_batch_is_remembered() -> None:
    memory = known()
    settled = settle(MIXED, memory)
    memory.learn(settled, settled.facts)

    again = settle([event("a"), event("b", prompt_tokens=99)], memory, start=6)

    assert again.facts.num_rows == 0
    assert (again.ledger.duplicates, again.ledger.conflicts) == (1, 1)


def test_broker_time_never_runs_backwards() -> None:
    memory = known()
    memory.clock_ms = T0 + 5000

    settled = settle([event("a")], memory)

    assert settled.facts.column("received_at").cast(pa.int64()).to_pylist() == [T0 + 5000]
    assert settled.ledger.append_time_max == T0 + 5000


@pytest.mark.parametrize(("stored", "duplicates", "conflicts"), [([0, 3, 5], 1, 0), ([0, 2, 5], 0, 1), ([0], 2, 1)])
def test_the_facts_of_an_earlier_writer_stand_and_the_balance_holds(
    stored: list[int], duplicates: int, conflicts: int
) -> None:
    """It had another window: what we call a conflict or a duplicate it stored, or the other way round."""
    settled = settle(MIXED, known())
    everything = settle([event(name) for name in "abcdef"], known()).facts
    facts = everything.filter(pa.array([offset in stored for offset in range(6)]))

    row = ledger_of(settled, facts)

    assert (row["stored"], row["duplicates"], row["conflicts"]) == (len(stored), duplicates, conflicts)
    assert row["received"] == row["stored"] + row["duplicates"] + sum(dict(row["dead"]).values())
