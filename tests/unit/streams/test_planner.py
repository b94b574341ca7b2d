"""The planner: where to start, what to plan, and when a hole in the log is believed."""

from dataclasses import dataclass

import pytest

from tokentide.streams.plan import Commit, Plan, Versions, parse_commit
from tokentide.streams.planner import (
    LedgerBehindError,
    Limits,
    LogRange,
    Planner,
    PositionLostError,
    SeekBack,
    choose_start,
)

LIMITS = Limits(rows=3, bytes=1000, linger_s=0.25)
VERSIONS = Versions(1, 1)


@dataclass
class Kept:
    offset: int
    value: bytes | None = b"x"
    timestamp: int = 0


def records(*offsets: int) -> list[Kept]:
    return [Kept(offset) for offset in offsets]


def planner(start: int = 0, plan: Plan | None = None, begin: int = 0) -> Planner:
    return Planner.assigned(Commit(start, "e", plan), LogRange(begin, 1000), LIMITS)


def plan(start: int, end: int) -> Plan:
    return Plan(start, end, VERSIONS, "boot", 9)


def test_batches_that_are_not_full_keep_their_distance() -> None:
    p = Planner.assigned(Commit(0, "e"), LogRange(0, 99), Limits(rows=3, bytes=1000, linger_s=0.25, spacing_s=1.0))
    p.begin(10.0)
    p.collect(records(0), 0, 0, now=10.1)

    assert p.due_in(10.5) == pytest.approx(0.5), "a second after the last batch began"
    assert p.due_in(11.0) == 0.0

    p.collect(records(1, 2), 1, 0, now=10.6)

    assert p.due_in(10.6) == 0.0, "a full batch waits for nothing"


def test_after_a_silence_a_batch_waits_for_the_linger_alone() -> None:
    p = Planner.assigned(Commit(0, "e"), LogRange(0, 99), Limits(rows=3, bytes=1000, linger_s=0.25, spacing_s=1.0))
    p.begin(10.0)
    p.collect(records(0), 0, 0, now=20.0)

    assert p.due_in(20.0) == pytest.approx(0.25)


def test_a_commit_survives_its_metadata() -> None:
    commit = Commit(7, "e", Plan(7, 19, Versions(2, 3), "b", 9))

    assert parse_commit(7, commit.metadata()) == commit


@pytest.mark.parametrize("kept", [Commit(7, "e", by_hand=True), Commit(7, "e", Plan(7, 9, VERSIONS, "b", 9), True)])
def test_an_operators_choice_is_remembered_until_a_batch_is_written(kept: Commit) -> None:
    assert parse_commit(7, kept.metadata()) == kept

    p = Planner.assigned(kept, LogRange(0, 99), LIMITS)
    p.collect(records(7, 8), 7, 0, now=0.0)
    if p.plan is None:
        p.planned(p.propose(VERSIONS, "b", 9))
    assert p.commit_of(p.plan).by_hand

    p.written()

    assert not p.commit_of(None).by_hand


def test_a_ledger_behind_what_was_written_is_no_place_to_go_on() -> None:
    p = planner()
    p.require_ledger(None)
    p.collect(records(0, 1, 2), 0, 0, now=0.0)
    p.planned(p.propose(VERSIONS, "boot", 9))
    p.written()

    p.require_ledger(3)
    with pytest.raises(LedgerBehindError, match="ends at None, but batches up to 3"):
        p.require_ledger(None)


@pytest.mark.parametrize("metadata", ["", "x", "[]", "{}", '{"end": 3}', '{"epoch":"e","end":"x"}'])
def test_foreign_metadata_carries_no_plan(metadata: str) -> None:
    assert parse_commit(7, metadata).plan is None


@pytest.mark.parametrize(
    ("commit", "ledger", "log", "expected"),
    [
        (None, None, LogRange(0, 9), Commit(0, "e")),
        (None, None, LogRange(4, 9), Commit(4, "e")),
        (None, 6, LogRange(0, 9), Commit(6, "e")),
        (Commit(5, "e"), 5, LogRange(0, 9), Commit(5, "e")),
        (Commit(5, "e", plan(5, 8)), 5, LogRange(0, 9), Commit(5, "e", plan(5, 8))),
        (Commit(0, "e", plan(0, 8)), None, LogRange(0, 9), Commit(0, "e", plan(0, 8))),
        # the ledger row is in, the confirming commit is not: the plan is finished under its token
        (Commit(5, "e", plan(5, 8)), 8, LogRange(0, 9), Commit(8, "e", plan(5, 8))),
        # the ledger is behind (power loss) or the store is new: what it lacks is read again
        (Commit(8, "e"), 5, LogRange(0, 9), Commit(5, "e")),
        (Commit(8, "e", plan(8, 9)), 5, LogRange(0, 9), Commit(5, "e")),
        (Commit(8, "e"), None, LogRange(2, 9), Commit(2, "e")),
        # somebody reset the group's offsets by hand
        (Commit(2, "", by_hand=True), 5, LogRange(0, 9), Commit(5, "e")),
        (Commit(3, "", by_hand=True), None, LogRange(0, 9), Commit(3, "e", by_hand=True)),
        # and no batch has been recorded since: their choice stands
        (
            Commit(3, "e", plan(3, 8), by_hand=True),
            None,
            LogRange(0, 9),
            Commit(3, "e", plan(3, 8), by_hand=True),
        ),
        # commits of another incarnation of the topic say nothing
        (Commit(500, "old", plan(500, 600)), None, LogRange(0, 9), Commit(0, "e")),
    ],
)
def test_where_to_start(commit: Commit | None, ledger: int | None, log: LogRange, expected: Commit) -> None:
    assert choose_start("e", commit, ledger, log) == expected


@pytest.mark.parametrize(("commit", "ledger"), [(None, 10), (Commit(4, "e", plan(4, 10)), 4)])
def test_a_log_shorter_than_what_was_confirmed_stops_with_the_command(commit: Commit | None, ledger: int) -> None:
    with pytest.raises(PositionLostError, match="tokentide migrate"):
        choose_start("e", commit, ledger, LogRange(0, 9))


def test_a_batch_is_due_after_the_linger_or_when_full() -> None:
    p = planner()
    p.collect(records(0), 0, 0, now=10.0)

    assert p.due_in(10.1) == pytest.approx(0.15)
    assert p.due_in(10.25) == 0.0

    p.collect(records(1, 2), 1, 0, now=10.1)

    assert p.due_in(10.1) == 0.0


def test_nothing_buffered_is_never_due() -> None:
    assert planner().due_in(99.0) is None


def test_a_plan_takes_as_many_records_as_fit_and_leaves_the_rest() -> None:
    p = planner()
    p.collect(records(0, 1, 2, 3), 0, 0, now=0.0)

    p.planned(p.propose(VERSIONS, "boot", 9))

    assert p.in_flight == Plan(0, 3, VERSIONS, "boot", 9)
    assert [r.offset for r in p.records_of(p.in_flight)] == [0, 1, 2]

    p.written()

    assert (p.start, p.plan) == (3, None)
    assert [r.offset for r in p.buffer] == [3]


def test_one_record_larger_than_a_batch_is_still_planned() -> None:
    p = planner()
    p.collect([Kept(0, b"x" * 5000), Kept(1)], 0, 0, now=0.0)

    assert p.propose(VERSIONS, "boot", 9).end == 1


def test_an_inherited_plan_waits_for_its_last_record_and_is_used_exactly() -> None:
    p = planner(start=0, plan=plan(0, 5))
    p.collect(records(0, 1, 2), 0, 0, now=0.0)

    assert p.due_in(99.0) is None

    p.collect(records(3, 4, 5, 6), 3, 0, now=0.0)

    assert p.due_in(0.0) == 0.0
    assert [r.offset for r in p.records_of(p.in_flight)] == [0, 1, 2, 3, 4]

    p.written()

    assert [r.offset for r in p.buffer] == [5, 6]


def test_records_delivered_twice_are_taken_once() -> None:
    p = planner()
    p.collect(records(0, 1), 0, 0, now=0.0)
    p.collect(records(0, 1, 2), 0, 0, now=0.0)

    assert [r.offset for r in p.buffer] == [0, 1, 2]


def test_a_fetch_asked_from_too_late_proves_no_hole() -> None:
    """However often: each of those before it may have been lost on its way."""
    p = planner()

    assert p.collect(records(4), asked=4, seeks=2, now=0.0) == SeekBack(0)
    assert p.collect(records(4), asked=4, seeks=2, now=0.0) is None, "asked already"

    p.sought_at(3)

    assert p.collect(records(4), asked=4, seeks=2, now=0.0) is None, "fetched before the seek"
    assert p.collect(records(4), asked=4, seeks=3, now=0.0) == SeekBack(0), "the first after the seek was lost"


def test_a_fetch_asked_from_what_is_wanted_proves_the_hole_it_begins_after() -> None:
    p = planner()

    assert p.collect(records(4, 5), asked=0, seeks=0, now=0.0) is None
    assert [r.offset for r in p.buffer] == [4, 5]
    assert p.propose(VERSIONS, "boot", 9) == Plan(0, 6, VERSIONS, "boot", 9)


def test_what_was_deleted_meanwhile_is_not_waited_for() -> None:
    p = planner()
    assert p.collect(records(4), asked=4, seeks=0, now=0.0) == SeekBack(0)

    p.skip_deleted(LogRange(3, 9))

    assert p.seeks() == SeekBack(3)
    assert p.collect(records(4), asked=3, seeks=1, now=0.0) is None
    assert p.propose(VERSIONS, "boot", 9) == Plan(0, 5, VERSIONS, "boot", 9)


def test_a_fetch_that_fills_the_hole_is_taken() -> None:
    p = planner()
    p.collect(records(4), asked=4, seeks=0, now=0.0)
    p.sought_at(1)
    p.collect(records(0, 1, 2, 3, 4), asked=0, seeks=1, now=0.0)

    assert [r.offset for r in p.buffer] == [0, 1, 2, 3, 4]


def test_a_hole_inside_a_fetch_is_part_of_the_batch() -> None:
    p = planner(begin=2)
    p.collect(records(2, 3, 7), 2, 0, now=0.0)

    assert p.propose(VERSIONS, "boot", 9) == Plan(0, 8, VERSIONS, "boot", 9)


def test_an_inherited_plan_the_log_no_longer_has_is_due_at_once() -> None:
    p = planner(start=0, plan=plan(0, 5), begin=8)

    assert p.due_in(0.0) == 0.0
    assert p.records_of(p.in_flight) == []
