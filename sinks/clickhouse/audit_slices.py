"""What a run of the audit compares, cut into slices that bound its memory: hours of event time by received day."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Final

from tokentide.sinks.clickhouse.store import Store

SLICE_FACTS: Final = 200_000
_HOUR_S: Final = 3600


@dataclass(frozen=True, slots=True, order=True)
class Cell:
    """One hour of event time (unix s) of one received day, and how many facts it holds."""

    day: date
    hour_s: int
    facts: int


@dataclass(frozen=True, slots=True)
class Slice:
    """Hours of one received day that are compared by one query per level."""

    day: date
    hours: tuple[int, ...]
    facts: int

    def condition(self, bucket: str) -> str:
        """Return the SQL that selects these hours by the begin of a bucket of an hour at most."""
        listed = ", ".join(map(str, self.hours))
        return (
            f"{bucket} >= toDateTime({min(self.hours)}, 'UTC') "
            f"AND {bucket} < toDateTime({max(self.hours) + _HOUR_S}, 'UTC') "
            f"AND intDiv(toUnixTimestamp({bucket}), {_HOUR_S}) * {_HOUR_S} IN ({listed})"
        )


def slices(cells: Iterable[Cell], most: int = SLICE_FACTS) -> Iterator[Slice]:
    """Pack cells into slices of at most `most` facts, newest hours first; an hour is never divided."""
    newest = sorted(cells, reverse=True)
    for day, found in groupby(newest, lambda cell: cell.day):
        hours: list[int] = []
        facts = 0
        for cell in found:
            if hours and facts + cell.facts > most:
                yield Slice(day, tuple(hours), facts)
                hours, facts = [], 0
            hours.append(cell.hour_s)
            facts += cell.facts
        yield Slice(day, tuple(hours), facts)


def touched_cells(store: Store, since: datetime) -> list[Cell]:
    """Return the cells with anything received since: a fact, or a row of a level though no fact is there."""
    rows = store.rows(
        _SIZES + "HAVING (day, hour_s) IN (SELECT toDate(received_at), toUnixTimestamp(toStartOfHour(event_time)) "
        "FROM usage_events WHERE toDate(received_at) >= toDate({since:DateTime64(3, 'UTC')}) "
        "AND received_at >= {since:DateTime64(3, 'UTC')}) OR max(newest) >= {since:DateTime64(3, 'UTC')}",
        {"since": since, "first": since.date(), "last": date(2149, 1, 1)},
    )
    return [Cell(row["day"], row["hour_s"], row["facts"]) for row in rows]


def cells_of(store: Store, day: date) -> list[Cell]:
    """Return every cell of a received day."""
    rows = store.rows(_SIZES, {"first": day, "last": day})
    return [Cell(row["day"], row["hour_s"], row["facts"]) for row in rows]


_SIZES: Final = """
SELECT day, hour_s, sum(held) AS facts FROM (
    SELECT toDate(received_at) AS day, toUnixTimestamp(toStartOfHour(event_time)) AS hour_s, count() AS held,
        toDateTime64(0, 3, 'UTC') AS newest
    FROM usage_events WHERE toDate(received_at) >= {first:Date} AND toDate(received_at) <= {last:Date}
    GROUP BY day, hour_s
    UNION ALL
    SELECT received_day AS day, toUnixTimestamp(toStartOfHour(bucket)) AS hour_s, 0 AS held,
        max(received_max) AS newest
    FROM usage_model_10s WHERE received_day >= {first:Date} AND received_day <= {last:Date}
    GROUP BY day, hour_s
    UNION ALL
    SELECT received_day AS day, toUnixTimestamp(toStartOfHour(bucket)) AS hour_s, 0 AS held,
        max(received_max) AS newest
    FROM usage_model_1h WHERE received_day >= {first:Date} AND received_day <= {last:Date}
    GROUP BY day, hour_s
) GROUP BY day, hour_s
"""
