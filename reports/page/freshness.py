"""Whether figures must be asked anew: only what came in, or became final, changes them."""

from dataclasses import dataclass

from tokentide.reports.computed import StoreQuery
from tokentide.reports.levels import HOURLY, Extent, as_of_ms, extent
from tokentide.reports.periods import floor_to
from tokentide.sinks.clickhouse.finality import finality

_MINUTE_S = 60


@dataclass(frozen=True, slots=True)
class Freshness:
    """What a store holds at a moment.

    Attributes:
        as_of_ms: newest received time; None of an empty store.
        final_s: up to when it is final, in whole minutes and never past its end; 0 where that is not known.
        extent: when it begins and ends.
    """

    as_of_ms: int | None
    final_s: int
    extent: Extent


def freshness(query: StoreQuery) -> Freshness:
    """Ask a store, in three small statements."""
    held = extent(query, HOURLY)
    before = finality(query).final_before
    final_s = 0 if before is None else floor_to(int(min(before.timestamp(), held.end_s)), _MINUTE_S)
    return Freshness(as_of_ms(query), max(0, final_s), held)
