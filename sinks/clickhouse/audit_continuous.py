"""The audit that runs by itself: every minute what the last two hours touched, then a slice of a sealed day.

A bucket that differs is looked at again at once, because a batch may have come between the two sides of the
comparison; what still differs, and did in the run before, is reported. One thread, one slice at a time.
"""

import time
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import partial
from typing import Final

from tokentide.sinks.clickhouse.audit_rows import AuditRun, audited_days, record_run
from tokentide.sinks.clickhouse.audit_slices import Slice, cells_of, slices, touched_cells
from tokentide.sinks.clickhouse.days import compared_days, sealed_before, stored_days
from tokentide.sinks.clickhouse.differences import difference_at
from tokentide.sinks.clickhouse.recompute import LEVELS, Level, unequal_buckets
from tokentide.sinks.clickhouse.store import Store
from tokentide.sinks.clickhouse.watermarks import store_watermark

INTERVAL_S: Final = 60.0
WINDOW: Final = timedelta(hours=2)
_AGAIN: Final = 3
_PAUSE_S: Final = 0.4
_SEALED_EVERY: Final = timedelta(hours=1)
_HOUR_S: Final = 3600

Key = tuple[str, date, int]
"""Of a level's bucket: table, received day, begin (unix s); of a batch: its name, received day, first offset."""


@dataclass(slots=True)
class Suspects:
    """What differed when it was last compared; only what differs twice in a row is a mismatch."""

    held: set[Key] = field(default_factory=set)
    told: set[Key] = field(default_factory=set)

    def judge(self, differing: Collection[Key], compared: Callable[[Key], bool]) -> set[Key]:
        """Return what differed in this run and in the one before it.

        Args:
            differing: what differed now.
            compared: whether this run looked at a key at all.
        """
        persistent = self.held & set(differing)
        self.held = set(differing) | {key for key in self.held if not compared(key)}
        self.told &= self.held
        return persistent

    def untold(self, persistent: Iterable[Key]) -> list[Key]:
        """Return what has not been reported since it began to differ, and note that it is now."""
        fresh = sorted(set(persistent) - self.told)
        self.told.update(fresh)
        return fresh


class ContinuousAudit:
    """Audits one store again and again.

    Args:
        store: open; others may write to it.
        report: told of each mismatch once, in one sentence.
        stopping: asked between slices.
    """

    def __init__(
        self,
        store: Store,
        report: Callable[[str], None],
        stopping: Callable[[], bool] = lambda: False,
        *,
        pause_s: float = _PAUSE_S,
    ) -> None:
        self._store = store
        self._report = report
        self._stopping = stopping
        self._pause_s = pause_s
        self._suspects = Suspects()
        self._day: date | None = None
        self._left: list[Slice] = []
        self._looked_again: list[Slice] = []
        self._next_day_at: datetime | None = None

    def run(self, now: datetime) -> AuditRun:
        """Audit what the last two hours touched and one slice of a sealed day; record the run and return it."""
        began = time.monotonic()
        recent = list(slices(touched_cells(self._store, now - WINDOW)))
        sealed = self._sealed_slice(now)
        differing, facts = self._compare([*recent, *sealed])
        self._look_again(sealed, differing)
        differing |= self._short_batches(now - WINDOW)
        hours = {(part.day, hour) for part in [*recent, *sealed] for hour in part.hours}
        persistent = self._suspects.judge(differing, lambda key: _is_batch(key) or _cell(key) in hours)
        sentences = [self._said(key) for key in self._suspects.untold(persistent)]
        for sentence in sentences:
            self._report(sentence)
        first = sentences[0] if sentences else (self._said(min(persistent)) if persistent else "")
        run = AuditRun(now, "recent", facts, len(persistent), first, time.monotonic() - began)
        record_run(self._store, run)
        return run

    def _compare(self, parts: Iterable[Slice]) -> tuple[set[Key], int]:
        differing: set[Key] = set()
        facts = 0
        for part in parts:
            for level in _levels():
                if self._stopping():
                    return differing, facts
                if compared_days(self._store, level, [part.day]):
                    differing |= {(level.table, part.day, at) for at in self._unequal(level, part)}
            facts += part.facts
        return differing, facts

    def _unequal(self, level: Level, part: Slice) -> set[int]:
        """Return buckets that differ each time they are looked at: a batch that comes in between moves on."""
        found = self._ask(level, part.day, part.condition)
        for _ in range(_AGAIN):
            if not found:
                break
            time.sleep(self._pause_s)
            found &= self._ask(level, part.day, partial(_at, sorted(found)[:1000]))
        return found

    def _ask(self, level: Level, day: date, condition: Callable[[str], str]) -> set[int]:
        facts = f"toDate(fact.received_at) = '{day}' AND {condition(level.bucket)} AND {_in_ledger(day)}"
        stored = f"stored.received_day = '{day}' AND {condition('stored.bucket')}"
        sql = f"SELECT toUnixTimestamp(bucket) AS at FROM ({unequal_buckets(level, facts, stored)})"
        return {int(row["at"]) for row in self._store.rows(sql)}

    def _short_batches(self, since: datetime) -> set[Key]:
        """Return batches of the ledger that have not the facts they stored."""
        rows = self._store.rows(_SHORT, {"since": since})
        return {(_BATCH + row["name"], row["day"], row["batch_start"]) for row in rows}

    def _sealed_slice(self, now: datetime) -> list[Slice]:
        """Return the next slice of the sealed day that is being audited; every hour one day begins."""
        if not self._left and (self._next_day_at is None or now >= self._next_day_at):
            self._finish_day(now)
            self._next_day_at = now + _SEALED_EVERY
            self._day = next_sealed(self._comparable_days(now), audited_days(self._store))
            self._left = list(slices(cells_of(self._store, self._day))) if self._day else []
        return [self._left.pop(0)] if self._left else []

    def _look_again(self, sealed: list[Slice], differing: Collection[Key]) -> None:
        """Compare a sealed slice that differs in the next run too, once."""
        cells = {_cell(key) for key in differing}
        doubtful = [part for part in sealed if any((part.day, hour) in cells for hour in part.hours)]
        again = [part for part in doubtful if part not in self._looked_again]
        self._left[:0] = again
        self._looked_again = again

    def _comparable_days(self, now: datetime) -> list[date]:
        before = sealed_before(store_watermark(self._store.query))
        days = [day for day in stored_days(self._store) if before is not None and day < before]
        # Of a day that the last two hours touch, every run looks at what was touched.
        return [day for day in days if day < (now - WINDOW).date()]

    def _finish_day(self, now: datetime) -> None:
        if self._day is not None:
            record_run(self._store, AuditRun(now, str(self._day), 0, 0, "", 0.0))

    def _said(self, key: Key) -> str:
        table, day, at = key
        command = f"tokentide rebuild --from {day} --to {day} --store {self._store.address}"
        if _is_batch(key):
            return f"{table.removeprefix(_BATCH)}: facts are missing or doubled; `{command}` says which"
        level = next(level for level in LEVELS if level.table == table)
        return f"{difference_at(self._store, level, day, at)}; repair: {command}"


def next_sealed(days: Collection[date], audited: dict[str, datetime]) -> date | None:
    """Return the sealed day to audit next: one never audited, the newest first, else the longest ago."""
    never = [day for day in days if str(day) not in audited]
    return max(never) if never else min(days, key=lambda day: audited[str(day)], default=None)


_BATCH: Final = "usage_batches: "
_SHORT: Final = (
    "WITH ledger AS (SELECT * FROM usage_batches WHERE received_day >= toDate({since:DateTime64(3, 'UTC')}) "
    "AND append_time_max >= {since:DateTime64(3, 'UTC')}) "
    "SELECT toDate(ledger.append_time_min) AS day, ledger.batch_start AS batch_start, "
    "concat('batch [', toString(ledger.batch_start), ', ', toString(ledger.batch_end), ') of partition ', "
    "toString(ledger.partition), ' of ', ledger.topic, ' (epoch ', ledger.epoch, ') stored ', "
    "toString(ledger.stored), ' events but usage_events holds ', toString(held.facts)) AS name "
    "FROM ledger LEFT JOIN (SELECT epoch, topic, partition, batch_start, count() AS facts FROM usage_events "
    "WHERE toDate(received_at) >= (SELECT min(toDate(append_time_min)) FROM ledger) "
    "AND received_at >= (SELECT min(append_time_min) FROM ledger) "
    "GROUP BY epoch, topic, partition, batch_start) AS held USING (epoch, topic, partition, batch_start) "
    "WHERE held.facts != ledger.stored ORDER BY ALL LIMIT 100"
)


def _at(times: Iterable[int], bucket: str) -> str:
    return f"toUnixTimestamp({bucket}) IN ({', '.join(map(str, times))})"


def _levels() -> list[Level]:
    """Return the levels whose buckets are an hour at most; wider ones are for the audit on demand."""
    return [level for level in LEVELS if level.step_s <= _HOUR_S]


def _in_ledger(day: date) -> str:
    return (
        "(fact.epoch, fact.topic, fact.partition, fact.batch_start) IN (SELECT epoch, topic, partition, batch_start "
        f"FROM usage_batches WHERE received_day >= '{day}' AND toDate(append_time_min) <= '{day}')"
    )


def _is_batch(key: Key) -> bool:
    return key[0].startswith(_BATCH)


def _cell(key: Key) -> tuple[date, int]:
    return key[1], key[2] - key[2] % _HOUR_S
