"""Where stored levels differ from facts, and batches from their ledger rows, slice by slice.

A 10 s level is compared with facts, a 1 h level with the 10 s level of its family, as `rebuild` makes it; what
differs then, and where 10 s has expired, with facts. What differs is looked at again at once, because a batch
may have come between the two sides of the comparison.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import date
from typing import Final

from tokentide.sinks.clickhouse.audit_cells import limited_rows
from tokentide.sinks.clickhouse.audit_slices import HOUR_S, Hour, Slice, within
from tokentide.sinks.clickhouse.audit_suspects import Key
from tokentide.sinks.clickhouse.days import compared_days
from tokentide.sinks.clickhouse.recompute import (
    BUCKET,
    LEVELS,
    Level,
    prints_from_facts,
    prints_of_level,
    unequal_prints,
)
from tokentide.sinks.clickhouse.store import Store

_AGAIN: Final = 3
BATCH: Final = "usage_batches: "
"""How the first part of a batch's key begins."""

FINE: Final = tuple(level for level in LEVELS if level.step_s < HOUR_S)
HOURLY: Final = tuple(level for level in LEVELS if level.step_s == HOUR_S)
_FINE_OF: Final = {level.cube: level for level in FINE}

Spans = list[tuple[int, int]]


class Comparison:
    """Compares parts of one store.

    Args:
        store: open.
        pause_s: between two looks at what differs.
    """

    def __init__(self, store: Store, pause_s: float) -> None:
        self._store = store
        self._pause_s = pause_s

    def fine(self, level: Level, part: Slice) -> set[Key]:
        """Return the buckets of a slice in which a 10 s level is not what its facts add up to."""
        if not compared_days(self._store, level, [part.day]):
            return set()
        spans = [(cell.begin_s, cell.begin_s + cell.span_s) for cell in part.cells]
        return self._lasting(level, part.day, spans, from_facts)

    def hourly(self, level: Level, hours: Iterable[Hour]) -> set[Key]:
        """Return the hours in which a 1 h level is not what its facts add up to."""
        found: set[Key] = set()
        for day in sorted({day for day, _ in hours}):
            if not compared_days(self._store, level, [day]):
                continue
            spans = [(at, at + HOUR_S) for each, at in hours if each == day]
            fine = compared_days(self._store, _FINE_OF[level.cube], [day])
            found |= self._lasting(level, day, spans, from_tens if fine else from_facts)
        return found

    def _lasting(self, level: Level, day: date, spans: Spans, sides: "Sides") -> set[Key]:
        """Return what differs each time it is looked at, and at last from facts."""
        found = self._unequal(sides(level, day, spans))
        for nth in range(_AGAIN):
            if not found:
                break
            time.sleep(self._pause_s)
            again = [(at, at + level.step_s) for at in sorted(found)[:200]]
            found &= self._unequal((from_facts if nth == _AGAIN - 1 else sides)(level, day, again))
        return {(level.table, day, at) for at in found}

    def _unequal(self, sql: str) -> set[int]:
        rows = limited_rows(self._store, f"SELECT toUnixTimestamp(bucket) AS at FROM ({sql})")
        return {int(row["at"]) for row in rows}

    def batches(self, minutes: Slice) -> set[Key]:
        """Return batches of these minutes of the ledger that have not the facts they stored."""
        day = minutes.day
        sql = _SHORT.format(day=day, minutes=minutes.condition("append_time_max"))
        return {(BATCH + row["name"], day, row["at"]) for row in limited_rows(self._store, sql)}


Sides = Callable[[Level, date, Spans], str]


def from_facts(level: Level, day: date, spans: Spans) -> str:
    """Return the SELECT of the buckets in which a level is not what its facts add up to."""
    # The condition on facts names the table's key, whatever the width of the level's buckets.
    facts = f"toDate(fact.received_at) = '{day}' AND {within(BUCKET, spans)} AND {_in_ledger(day)}"
    stored = f"stored.received_day = '{day}' AND {within('stored.bucket', spans)}"
    return unequal_prints(prints_from_facts(level, facts), prints_of_level(level, stored))


def from_tens(level: Level, day: date, spans: Spans) -> str:
    """Return the SELECT of the hours in which a 1 h level is not what the 10 s level of its family adds up to."""
    tens = _FINE_OF[level.cube]
    where = f"stored.received_day = '{day}' AND {within('stored.bucket', spans)}"
    coarser = f"(SELECT * REPLACE (toStartOfHour(stored.bucket) AS bucket) FROM {tens.table} AS stored WHERE {where})"
    return unequal_prints(prints_of_level(replace(level, table=coarser), "1"), prints_of_level(level, where))


def _in_ledger(day: date) -> str:
    return (
        "(fact.epoch, fact.topic, fact.partition, fact.batch_start) IN (SELECT epoch, topic, partition, batch_start "
        f"FROM usage_batches WHERE received_day >= '{day}' AND toDate(append_time_min) <= '{day}')"
    )


def is_batch(key: Key) -> bool:
    """Tell whether a key names a batch."""
    return key[0].startswith(BATCH)


def buckets(keys: Iterable[Key]) -> Iterator[Key]:
    """Return the keys that name a bucket."""
    return (key for key in keys if not is_batch(key))


_SHORT: Final = (
    "WITH ledger AS (SELECT * FROM usage_batches WHERE received_day = '{day}' AND {minutes}) "
    "SELECT toUnixTimestamp(ledger.append_time_max) AS at, "
    "concat('batch [', toString(ledger.batch_start), ', ', toString(ledger.batch_end), ') of partition ', "
    "toString(ledger.partition), ' of ', ledger.topic, ' (epoch ', ledger.epoch, ') stored ', "
    "toString(ledger.stored), ' events but usage_events holds ', toString(held.facts)) AS name "
    "FROM ledger LEFT JOIN (SELECT epoch, topic, partition, batch_start, count() AS facts FROM usage_events "
    "WHERE toDate(received_at) >= (SELECT min(toDate(append_time_min)) FROM ledger) "
    "AND received_at >= (SELECT min(append_time_min) FROM ledger) "
    "AND received_at <= (SELECT max(append_time_max) FROM ledger) "
    "AND batch_start >= (SELECT min(batch_start) FROM ledger) "
    "GROUP BY epoch, topic, partition, batch_start) AS held USING (epoch, topic, partition, batch_start) "
    "WHERE held.facts != ledger.stored ORDER BY ALL LIMIT 100"
)
