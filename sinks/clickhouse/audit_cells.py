"""Which hours the last two hours touched, which a received day holds, and the minutes of the ledger."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any, Final

from tokentide.sinks.clickhouse.audit_slices import HOUR_S, Cell, divided
from tokentide.sinks.clickhouse.recompute import LEVELS
from tokentide.sinks.clickhouse.store import Row, Store

LIMITS: Final = " SETTINGS max_threads = 1, max_memory_usage = 1073741824"
"""One core and 1 GiB at most for each query of the continuous audit, whatever the store allows others."""


def limited_rows(store: Store, sql: str, params: Mapping[str, Any] | None = None) -> list[Row]:
    """Return the rows of a SELECT that takes one core and little memory."""
    return store.rows(sql + LIMITS, params)


def touched_cells(store: Store, since: datetime) -> list[Cell]:
    """Return the cells with anything received since: a fact, or a row of a 1 h level though no fact is there.

    Facts received earlier are not read where a part of theirs has none since, nor where the offsets of their
    batches are lower; how many a cell holds says the level.
    """
    rows = limited_rows(store, _TOUCHED, {"since": since})
    return _cells(rows)


def cells_of(store: Store, day: date) -> list[Cell]:
    """Return every cell of a received day, newest first."""
    return _cells(limited_rows(store, _OF_DAY, {"day": day}))


def ledger_minutes(store: Store, since: datetime) -> list[Cell]:
    """Return the minutes of append time since, with the facts that their batches stored."""
    rows = limited_rows(store, _MINUTES, {"since": since})
    return [Cell(row["day"], row["at"], row["facts"], 60) for row in rows]


def _cells(rows: Iterable[Row]) -> list[Cell]:
    return list(divided(sorted((Cell(row["day"], row["at"], row["facts"]) for row in rows), reverse=True)))


_HOURLY: Final = tuple(level for level in LEVELS if level.step_s == HOUR_S)
_SINCE: Final = "{since:DateTime64(3, 'UTC')}"


def _of_levels(where: str) -> str:
    """Return the hours of each hourly level: when a row last took something in, and how many facts it sums."""
    return " UNION ALL ".join(
        "SELECT received_day AS day, toUnixTimestamp(level.bucket) AS at, max(received_max) AS newest, "
        f"{'sum(attempts)' if level.cube == 'model' else 'toUInt64(0)'} AS held "
        f"FROM {level.table} AS level WHERE {where} GROUP BY day, at"
        for level in _HOURLY
    )


def _of_facts(where: str) -> str:
    return (
        "SELECT toDate(received_at) AS day, toUnixTimestamp(toStartOfHour(event_time)) AS at, "
        f"max(received_at) AS newest, count() AS held FROM usage_events WHERE {where} GROUP BY day, at"
    )


_RECENT_FACTS: Final = (
    f"toDate(received_at) >= toDate({_SINCE}) AND received_at >= {_SINCE} AND batch_start >= "
    f"(SELECT min(batch_start) FROM usage_batches WHERE received_day >= toDate({_SINCE}) "
    f"AND append_time_max >= {_SINCE})"
)
_TOUCHED: Final = (
    f"SELECT day, at, max(held) AS facts FROM ({_of_levels(f'received_day >= toDate({_SINCE})')} "
    f"UNION ALL {_of_facts(_RECENT_FACTS)}) GROUP BY day, at HAVING max(newest) >= {_SINCE}"
)
_OF_DAY: Final = (
    f"SELECT day, at, max(held) AS facts FROM ({_of_levels('received_day = {day:Date}')} "
    f"UNION ALL {_of_facts('toDate(received_at) = {day:Date}')}) GROUP BY day, at"
)
_MINUTES: Final = (
    "SELECT received_day AS day, toUnixTimestamp(toStartOfMinute(append_time_max)) AS at, sum(stored) AS facts "
    f"FROM usage_batches WHERE received_day >= toDate({_SINCE}) AND append_time_max >= {_SINCE} GROUP BY day, at"
)
