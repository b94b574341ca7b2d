"""The audit that runs by itself: every minute what the last two hours touched, then a slice of a sealed day.

A run compares as much as its budget allows; what it leaves is first in the next one. What differs now and did
when it was compared before is reported. One thread, one query at a time.
"""

import time
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import chain
from typing import Final

from tokentide.sinks.clickhouse.audit_cells import cells_of, ledger_minutes, touched_cells
from tokentide.sinks.clickhouse.audit_compare import BATCH, FINE, HOURLY, Comparison, buckets, is_batch
from tokentide.sinks.clickhouse.audit_rota import Rota
from tokentide.sinks.clickhouse.audit_rows import AuditRun, audited_days, record_run
from tokentide.sinks.clickhouse.audit_slices import Cell, Hour, Slice, slices
from tokentide.sinks.clickhouse.audit_suspects import Key, Suspects
from tokentide.sinks.clickhouse.days import sealed_before, stored_days
from tokentide.sinks.clickhouse.differences import difference_at
from tokentide.sinks.clickhouse.recompute import LEVELS
from tokentide.sinks.clickhouse.store import Store
from tokentide.sinks.clickhouse.watermarks import store_watermark

INTERVAL_S: Final = 60.0
WINDOW: Final = timedelta(hours=2)
RUN_FACTS: Final = 1_500_000
"""Facts that a run compares with every level, at most; as many are counted by batch."""
RUN_S: Final = 20.0
"""Seconds after which a run begins no further query."""
_PAUSE_S: Final = 0.4
_SEALED_EVERY: Final = timedelta(hours=1)
_SAID: Final = 10


@dataclass(slots=True)
class Seen:
    """What a run has compared, and what differed."""

    differing: set[Key] = field(default_factory=set)
    fine: list[Cell] = field(default_factory=list)
    hours: set[Hour] = field(default_factory=set)
    minutes: list[Cell] = field(default_factory=list)
    facts: int = 0

    def compared(self, key: Key) -> bool:
        """Tell whether the run looked at what a key names."""
        table, day, at = key
        if is_batch(key):
            return any(cell.covers(day, at) for cell in self.minutes)
        if any(level.table == table for level in HOURLY):
            return (day, at) in self.hours
        return any(cell.covers(day, at) for cell in self.fine)


class ContinuousAudit:
    """Audits one store again and again.

    Args:
        store: open; others may write to it.
        report: told of each mismatch once, in one sentence.
        stopping: asked between queries.
        pause_s: between two looks at what differs.
        budget: facts a run compares.
    """

    def __init__(
        self,
        store: Store,
        report: Callable[[str], None],
        stopping: Callable[[], bool] = lambda: False,
        *,
        pause_s: float = _PAUSE_S,
        budget: int = RUN_FACTS,
    ) -> None:
        self._store = store
        self._report = report
        self._stopping = stopping
        self._budget = budget
        self._comparison = Comparison(store, pause_s)
        self._suspects = Suspects()
        self._buckets, self._batches = Rota(), Rota()
        self._day: date | None = None
        self._left: list[Slice] = []
        self._next_day_at: datetime | None = None
        self._ends_at = 0.0

    def run(self, now: datetime) -> AuditRun:
        """Audit within the budget what the last two hours touched, and a slice of a sealed day; record the run.

        Told to stop, it ends after the query it is busy with, judges nothing and records nothing.
        """
        began = time.monotonic()
        self._ends_at = began + RUN_S
        seen = Seen()
        self._compare_batches(seen, now)
        self._compare_levels(seen, now)
        if self._stopping():
            return AuditRun(now, "recent", seen.facts, 0, "", time.monotonic() - began)
        persistent = self._suspects.judge(seen.differing, seen.compared)
        sentences = self._tell(persistent)
        first = sentences[0] if sentences else (self._said(min(persistent)) if persistent else "")
        run = AuditRun(now, "recent", seen.facts, len(persistent), first, time.monotonic() - began)
        record_run(self._store, run)
        return run

    def _compare_batches(self, seen: Seen, now: datetime) -> None:
        suspects = [key for key in self._suspects.open if is_batch(key)]
        cells = ledger_minutes(self._store, now - WINDOW)
        turn = self._batches.turn(cells, _names(suspects), 0, self._budget)
        for part in slices(turn, most=self._budget):
            if self._must_end():
                return
            self._batches.done(part.cells)
            seen.differing |= self._comparison.batches(part)
            seen.minutes += part.cells

    def _compare_levels(self, seen: Seen, now: datetime) -> None:
        since = now - WINDOW
        suspects = list(buckets(self._suspects.open))
        touched = touched_cells(self._store, since)
        cells = [*touched, *_beyond(touched, suspects)]
        turn = self._buckets.turn(cells, _names(suspects), round(since.timestamp()), self._budget)
        for part in chain(self._sealed_slice(now), slices(turn)):
            if self._must_end():
                return
            self._buckets.done(part.cells)
            self._compare(part, seen)

    def _compare(self, part: Slice, seen: Seen) -> None:
        """Compare a slice level by level; cut short, it counts as not compared."""
        for level in FINE:
            if self._stopping():
                return
            seen.differing |= self._comparison.fine(level, part)
        hours = part.hours - seen.hours
        for level in HOURLY:
            if self._stopping():
                return
            seen.differing |= self._comparison.hourly(level, hours)
        seen.fine += part.cells
        seen.hours |= hours
        seen.facts += part.facts

    def _must_end(self) -> bool:
        return self._stopping() or time.monotonic() > self._ends_at

    def _sealed_slice(self, now: datetime) -> Iterator[Slice]:
        """Yield the next slice of the sealed day that is being audited; every hour one day begins."""
        if not self._left and (self._next_day_at is None or now >= self._next_day_at):
            self._finish_day(now)
            self._next_day_at = now + _SEALED_EVERY
            self._day = next_sealed(self._comparable_days(now), audited_days(self._store))
            self._left = list(slices(cells_of(self._store, self._day))) if self._day else []
        if self._left:
            yield self._left.pop(0)

    def _comparable_days(self, now: datetime) -> list[date]:
        before = sealed_before(store_watermark(self._store.query))
        days = [day for day in stored_days(self._store) if before is not None and day < before]
        # Of a day that the last two hours touch, the runs look at what was touched.
        return [day for day in days if day < (now - WINDOW).date()]

    def _finish_day(self, now: datetime) -> None:
        if self._day is not None:
            record_run(self._store, AuditRun(now, str(self._day), 0, 0, "", 0.0))

    def _tell(self, persistent: Collection[Key]) -> list[str]:
        """Report each mismatch once; of very many, some and how many more there are."""
        untold = self._suspects.untold(persistent)
        sentences = [self._said(key) for key in untold[:_SAID]]
        if len(untold) > _SAID:
            sentences.append(f"and {len(untold) - _SAID:,} more buckets or batches: `tokentide audit` looks at all")
        for sentence in sentences:
            self._report(sentence)
        return sentences

    def _said(self, key: Key) -> str:
        table, day, at = key
        command = f"tokentide rebuild --from {day} --to {day} --store {self._store.address}"
        if is_batch(key):
            return f"{table.removeprefix(BATCH)}: facts are missing or doubled; `{command}` says which"
        level = next(level for level in LEVELS if level.table == table)
        return f"{difference_at(self._store, level, day, at)}; repair: {command}"


def next_sealed(days: Collection[date], audited: dict[str, datetime]) -> date | None:
    """Return the sealed day to audit next: one never audited, the newest first, else the longest ago."""
    never = [day for day in days if str(day) not in audited]
    return max(never) if never else min(days, key=lambda day: audited[str(day)], default=None)


def _beyond(cells: Iterable[Cell], suspects: Iterable[Key]) -> set[Cell]:
    """Return the hours of suspects that are not among the cells: of sealed days, or touched no more."""
    return {Cell(day, at, 0) for day, at in _hours(suspects) - {cell.hour for cell in cells}}


def _names(suspects: Iterable[Key]) -> Callable[[Cell], bool]:
    """Return whether one of the suspects lies in the hour of a cell."""
    hours = _hours(suspects)
    return lambda cell: cell.hour in hours


def _hours(keys: Iterable[Key]) -> set[Hour]:
    return {Cell(day, at, 0).hour for _, day, at in keys}
