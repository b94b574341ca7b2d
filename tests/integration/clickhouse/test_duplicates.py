"""The same event again: soon or hours later, the same or with other values, with a crash in between, or too late.

Broker time is given, so hours pass at once; the store is the real engine.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest
from support.messages import full_message
from support.settling import HERE, Bench, Record, plain
from support.stored_facts import DAY_MS, TODAY_MS, Folder, assert_whole
from typer.testing import CliRunner

from tokentide.cli.app import app
from tokentide.schemas.position import Span
from tokentide.sinks.clickhouse.audit import audit
from tokentide.sinks.clickhouse.writer import Writer
from tokentide.streams.transforms.settle import Known

SECOND, MINUTE, HOUR = 1000, 60_000, 3_600_000
BEGIN_MS = TODAY_MS - 6 * HOUR


@dataclass
class Day:
    """One partition over a day of broker time, each batch settled by a worker that may just have started."""

    folder: Folder
    window: int = 1000
    end: int = 0

    def __post_init__(self) -> None:
        self.store = self.folder.open()
        self.facts: list[dict[str, Any]] = []

    def records(self, at_ms: int, *values: bytes) -> list[Record]:
        return [Record(offset, value, BEGIN_MS + at_ms) for offset, value in enumerate(values, self.end)]

    def recalled(self, bench: Bench, start: int) -> Known:
        """What a worker that has just started knows: read from facts."""
        memory, writer = bench.blank(), Writer(self.store)
        memory.window.restore(*writer.restore_window(HERE, start, self.window))
        memory.clock_ms = writer.last_append_ms(HERE, start)
        return memory

    def settle(self, at_ms: int, *values: bytes) -> dict[str, int]:
        """Settle messages that Kafka took at one moment; return the balance of their batch."""
        bench = Bench(window=self.window, start=self.end)
        bench.memory = self.recalled(bench, self.end)
        settled, stored = bench.write(Writer(self.store), self.records(at_ms, *values))
        self.facts += plain(stored)
        self.end = bench.start
        ledger = settled.ledger
        return {"stored": ledger.stored, "duplicates": ledger.duplicates, "conflicts": ledger.conflicts}

    def reopen_after_crash(self) -> None:
        self.store = self.folder.reopen_after_crash()


def event(name: str, **changes: Any) -> bytes:
    return full_message(event_id=name, event_time=BEGIN_MS, **changes)


NEW = {"stored": 1, "duplicates": 0, "conflicts": 0}
AGAIN = {"stored": 0, "duplicates": 1, "conflicts": 0}
OTHER = {"stored": 0, "duplicates": 0, "conflicts": 1}


@pytest.mark.parametrize("later_ms", [SECOND, 5 * MINUTE, 5 * HOUR, 30 * HOUR])
def test_an_event_sent_again_is_told_however_late(folder: Folder, later_ms: int) -> None:
    day = Day(folder)
    assert day.settle(0, event("a")) == NEW
    assert day.settle(later_ms, event("a")) == AGAIN
    assert day.settle(later_ms + 1, event("a", prompt_tokens=6000)) == OTHER
    assert day.settle(later_ms + 2, event("b")) == NEW
    assert_whole(day.store, day.facts)


def test_a_chain_just_inside_the_window_is_never_stored_again_and_renews_nothing(folder: Folder) -> None:
    """Each repetition is the last that the first acceptance still tells; one event more, and it is new."""
    day = Day(folder, window=5)
    assert day.settle(0, event("a")) == NEW
    for nth in range(3):
        assert day.settle(nth * HOUR, event(f"filler-{nth}")) == NEW
        assert day.settle(nth * HOUR + 1, event("a")) == AGAIN
    assert day.settle(4 * HOUR, event("filler-3"), event("a")) == {"stored": 1, "duplicates": 1, "conflicts": 0}
    assert day.settle(4 * HOUR + 1, event("filler-4"), event("a")) == {"stored": 2, "duplicates": 0, "conflicts": 0}


def test_beyond_the_window_it_is_counted_by_the_audit_and_removed_by_a_rebuild(folder: Folder) -> None:
    day = Day(folder, window=3)
    day.settle(0, event("a"), event("b"))
    day.settle(1, *(event(f"filler-{nth}") for nth in range(3)))
    assert day.settle(2, event("a")) == NEW
    report = audit(day.store)
    assert (report.duplicates_beyond_horizon, report.faults) == (1, ())
    folder.close()

    today = (BEGIN_MS + 2) // DAY_MS
    days = ["--from", _date(today), "--to", _date(today + 1)]
    done = CliRunner().invoke(app, ["rebuild", *days, "--store", folder.url])
    assert done.exit_code == 0, done.output

    store = folder.open()
    report = audit(store)
    assert (report.duplicates_beyond_horizon, report.faults) == (0, ())
    assert_whole(store, day.facts[:-1])


def _date(day: int) -> str:
    return str(date(1970, 1, 1) + timedelta(days=day))


@pytest.mark.parametrize("reached", ["before facts", "between facts and rollups", "after rollups"])
def test_a_kill_with_duplicates_in_flight_counts_each_event_once(folder: Folder, reached: str) -> None:
    """The batch repeats an earlier one, itself, and contradicts both; the next worker finishes it."""
    day = Day(folder)
    day.settle(0, event("a"), event("b"))
    values = [event("a"), event("c"), event("c"), event("b", prompt_tokens=6000), event("d"), event("c", attempt=2)]
    bench = Bench(window=day.window, start=day.end)
    bench.memory = day.recalled(bench, day.end)
    records = day.records(HOUR, *values)
    span = Span(HERE, day.end, day.end + len(values))
    settled, writer = bench.settler.settle(records, span, bench.memory), Writer(day.store)
    if reached != "before facts":
        writer.write_facts(settled.facts, span, day.store.boot)
    if reached == "after rollups":
        writer.write_rollups(settled.rollups_of(settled.facts), span, day.store.boot)
    day.reopen_after_crash()

    if not Writer(day.store).has_ledger(span):
        balance = day.settle(HOUR, *values)
        assert balance == {"stored": 2, "duplicates": 2, "conflicts": 2}
    else:
        day.facts += plain(Writer(day.store).facts_of(span))
    assert_whole(day.store, day.facts)
    assert [row["event_id"] for row in day.facts] == ["a", "b", "c", "d"]
    assert audit(day.store).faults == ()
    day.end = span.end
    assert day.settle(2 * HOUR, event("d")) == AGAIN
