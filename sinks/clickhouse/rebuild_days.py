"""Rebuild received days: no event stored twice, and every stored level what the facts add up to.

Restartable: what will be removed is on record before the first change, levels are compared with what is
there, and a partition is replaced in one step. Cut short anywhere, it is finished by running it again; an
embedded engine finishes it when it is next opened.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Final

from tokentide.schemas.errors import UserError
from tokentide.sinks.clickhouse.days import stored_days
from tokentide.sinks.clickhouse.rebuild_corrections import (
    Correction,
    apply_corrections,
    drop_corrections,
    pending_corrections,
)
from tokentide.sinks.clickhouse.rebuild_duplicates import record_corrections
from tokentide.sinks.clickhouse.rebuild_levels import rebuild_levels
from tokentide.sinks.clickhouse.rebuild_refusals import refused_days
from tokentide.sinks.clickhouse.rebuild_report import DayReport
from tokentide.sinks.clickhouse.sealing import seal_again
from tokentide.sinks.clickhouse.store import Store

Show = Callable[[int, str], None]
_DOUBT: Final = ("usage_events", "rebuild")


def rebuild_days(store: Store, first: date, last: date, show: Show = lambda _done, _note: None) -> list[DayReport]:
    """Rebuild the received days in [first, last] that the store holds, and say what was done to each.

    Args:
        store: the store; of an embedded one nobody else writes.
        first: first received day.
        last: last one.
        show: called with the days done so far and what is being done.

    Raises:
        UserError: a day's facts are not complete, or it is not sealed; names every such day, nothing was changed.
    """
    left = pending_corrections(store)
    reports = _carried_out(store, sorted(_removals(left)), left, show) if left else []
    days = [day for day in stored_days(store) if first <= day <= last]
    if not days:
        return reports
    show(0, " days, checking that facts are complete")
    _refuse(refused_days(store, days))
    show(0, " days, looking for repeated events")
    corrections = record_corrections(store, days[0], days[-1])
    return reports + _carried_out(store, days, corrections, show)


def _refuse(refused: Mapping[date, str]) -> None:
    if refused:
        named = "; ".join(f"{day}: {reason}" for day, reason in refused.items())
        raise UserError(f"Nothing was rebuilt, because of {named}.")


def _carried_out(
    store: Store, days: Sequence[date], corrections: Sequence[Correction], show: Show
) -> list[DayReport]:
    # Should this end early, the engine does not count as cleanly closed: its next opening finishes the work.
    store.doubt(*_DOUBT)
    apply_corrections(store, corrections)
    removals = _removals(corrections)
    reports = []
    for done, day in enumerate(days):
        show(done, f" of {len(days)} days, at {day}")
        duplicates, conflicts = removals.get(day, (0, 0))
        reports.append(DayReport(day, _facts(store, day), duplicates, conflicts, rebuild_levels(store, day)))
    drop_corrections(store)
    store.trust(*_DOUBT)
    seal_again(store, days)
    return reports


def _removals(corrections: Iterable[Correction]) -> dict[date, tuple[int, int]]:
    """Return the number of duplicates and of conflicts removed on each received day."""
    found: dict[date, tuple[int, int]] = {}
    for correction in corrections:
        for day, conflicting in zip(correction.days, correction.conflicting, strict=True):
            duplicates, conflicts = found.get(day, (0, 0))
            found[day] = (duplicates + (not conflicting), conflicts + conflicting)
    return found


def _facts(store: Store, day: date) -> int:
    sql = "SELECT count() AS found FROM usage_events WHERE toDate(received_at) = {day:Date}"
    return int(store.rows(sql, {"day": day})[0]["found"])
