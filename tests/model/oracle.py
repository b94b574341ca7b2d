"""What must be stored, computed from the log alone, and where the store differs."""

from collections import Counter
from typing import TYPE_CHECKING

from model.log import LEAD_MAX, Log
from model.store import LEVELS, Fact, Store

if TYPE_CHECKING:
    from model.world import World


class Violation(AssertionError):  # noqa: N818  (it is what the model looks for)
    """The protocol was broken."""


def check(world: "World") -> None:
    """Compare the store with the log.

    Raises:
        Violation: naming the first difference.
    """
    store, log = world.store, world.log
    facts = store.facts()
    offsets = [fact.offset for fact in facts]
    if len(set(offsets)) != len(offsets):
        raise Violation(f"stored twice: {[offset for offset, n in Counter(offsets).items() if n > 1]}")
    _check_ledger(store, world.first_start or 0, log.end)
    _check_facts(store, log, facts, world)
    for level, width in LEVELS.items():
        expected: Counter[tuple[int, int]] = Counter()
        for fact in facts:
            expected[fact.day, fact.bucket // width] += 1000 + fact.payload
        if store.level(level) != expected:
            raise Violation(f"level {level} is {dict(store.level(level))}, facts say {dict(expected)}")


def _check_ledger(store: Store, start: int, end: int) -> None:
    ledger = store.ledger()
    at = ledger[0].start if ledger else end
    if at > start:
        raise Violation(f"the ledger begins at {at}, the first worker at {start}")
    for row in ledger:
        if row.start != at:
            raise Violation(f"spans are not contiguous: {row} follows {at}")
        at = row.end
        counts = (row.stored, row.duplicates, row.dead, row.dropped)
        if min(counts) < 0 or sum(counts) != row.end - row.start:
            raise Violation(f"{row} does not balance")
    if at != end:
        raise Violation(f"the ledger ends at {at}, the log at {end}")


def _check_facts(store: Store, log: Log, facts: list[Fact], world: "World") -> None:
    """Walk the log: a record is stored exactly when it is acceptable and new by the window rule.

    A batch is judged by the window it was planned with, whoever finishes it. A record that retention deleted
    may have been read in time or not; what several writers of a batch then judged by different knowledge
    balances, but may be counted as a duplicate instead of a conflict; and where the first writer died between
    the two days of a batch and retention took its beginning, the second cannot know it.
    """
    stored = {fact.offset: fact for fact in facts}
    newest: dict[int, Fact] = {}
    numbers: dict[int, int] = {}
    number = 0
    for row in store.ledger():
        duplicates = dead = gone = absent = 0
        window = world.windows[row.start, row.end]
        alike = log.deleted.isdisjoint(range(row.start, row.end))
        for offset in range(row.start, row.end):
            record, fact = log.ever.get(offset), stored.get(offset)
            if record is None:
                absent += 1
                _require(fact is None, f"{offset} was never in the log, but is stored")
                continue
            refused = record.event_time - record.timestamp > LEAD_MAX
            last = newest.get(record.event)
            age = number - numbers[record.event] if last is not None else None
            may_be_gone = offset in log.deleted
            if fact is not None:
                _require(not refused, f"{offset} had to be refused")
                unseen = last is not None and last.batch_start == row.start and last.offset in log.deleted
                is_new = age is None or age > window or unseen
                _require(is_new, f"{offset} repeats an event {age} acceptances before")
                same = (fact.event, fact.payload, fact.day, fact.bucket, fact.batch_start)
                expected = (record.event, record.payload, record.day, record.bucket, row.start)
                _require(same == expected, f"{offset} is stored as {fact}")
                newest[record.event], numbers[record.event] = fact, number
                number += 1
                continue
            is_repeat = age is not None and age <= window
            _require(refused or is_repeat or may_be_gone, f"{offset} is lost")
            if may_be_gone:
                gone += 1
            elif refused or last is None or last.payload != record.payload:
                dead += 1
            else:
                duplicates += 1
        _require(
            row.stored == sum(row.start <= offset < row.end for offset in stored), f"{row} counts what is not stored"
        )
        if alike:
            _require(duplicates <= row.duplicates <= duplicates + gone, f"{row}: {duplicates} duplicates (+{gone})")
            _require(dead <= row.dead <= dead + gone, f"{row}: {dead} dead letters (+{gone})")
        both = duplicates + dead
        _require(both <= row.duplicates + row.dead <= both + gone, f"{row}: {both} duplicates and dead (+{gone})")
        _require(absent <= row.dropped <= absent + gone, f"{row}: {absent} dropped (+{gone})")


def _require(holds: bool, otherwise: str) -> None:
    if not holds:
        raise Violation(otherwise)
