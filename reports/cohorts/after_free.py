"""Who goes on once a model costs something: accounts that used its free variant before, week by week after."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

import numpy as np

from tokentide.reports.cohorts.accounts import ACCOUNT, QUIET, TABLE, Extent, Population
from tokentide.reports.cohorts.asked import extent_of, population_of, shown
from tokentide.reports.computed import Ask
from tokentide.reports.formulas import Row
from tokentide.reports.statistics.proportions import wilson
from tokentide.schemas.catalogue import Catalogue, load

WEEKS: Final = 12
"""How many weeks after the start are followed."""
COLUMNS: Final = (
    "start", "began", "accounts", "paid_before", "n", "active", "retention", "low", "high", "ever", "ever_share",
    "complete",
)  # fmt: skip
_FREE: Final = "usage.variant = 'free'"
_EPOCH: Final = date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class Start:
    """When a model's price starts for those who used it free.

    Attributes:
        day: the first day at a price.
        began: 'free_ended', the free variant is used no more; 'price_began', by the catalogue.
    """

    day: date
    began: str


def start_of(first: date, last: date, end: date, priced: date | None) -> Start | None:
    """Return when the price of a model starts; None if there is no such day yet.

    Args:
        first, last: days the free variant was used on.
        end: day after the last whole day.
        priced: first day of a list price above zero.
    """
    over = last + timedelta(days=1)
    if end - over >= QUIET:
        return Start(over, "free_ended")
    return Start(priced, "price_began") if priced and first < priced < end else None


def _priced(catalogue: Catalogue, slug: str) -> date | None:
    above = (each for each in catalogue.prices(slug) if each.prompt_pico or each.completion_pico)
    return next((_EPOCH + timedelta(milliseconds=each.valid_from_ms) for each in above), None)


def after_free(ask: Ask) -> list[Row]:
    """Return one row per model and week after its price started."""
    extent = extent_of(ask)
    if extent is None:
        return []
    population = population_of(ask, bounded=False)
    used = ask.rows(_ranges(population), population.parameters)
    found = {
        row["grp"]: start_of(row["first_day"], row["last_day"], extent.end, _priced(load(), row["grp"]))
        for row in used
    }
    starts = {slug: start for slug, start in found.items() if start is not None and shown(ask, start.day)}
    if not starts:
        return []
    counted = ask.rows(_counts(population), {**population.parameters, **_parameters(starts)})
    return _rows(counted, starts, extent, ask.question.top)


def _parameters(starts: Mapping[str, Start]) -> Mapping[str, Any]:
    return {"slugs": list(starts), "starts": [(start.day - _EPOCH).days for start in starts.values()]}


def _ranges(population: Population) -> str:
    """Return SQL for the first and last day of each model's free variant."""
    return (
        "SELECT toString(usage.model) AS grp, min(usage.day) AS first_day, max(usage.day) AS last_day "
        f"FROM {TABLE} AS usage {population.where(_FREE)} GROUP BY grp"
    )


def _counts(population: Population) -> str:
    """Return SQL for the accounts per model and key, and how many of them paid in each week after the start."""
    since = "(toInt32(usage.day) - transform(usage.model, {slugs:Array(String)}, {starts:Array(Int32)}, toInt32(0)))"
    week = f"bitShiftLeft(toUInt64(1), toUInt8(intDiv(greatest(0, {since}), 7)))"
    each = (
        "SELECT toString(any(usage.model)) AS grp, toString(any(usage.account_key_id)) AS key, "
        f"countIf({_FREE} AND {since} < 0) > 0 AS tried, countIf(NOT {_FREE} AND {since} < 0) > 0 AS paid, "
        f"groupBitOrIf({week}, NOT {_FREE} AND {since} BETWEEN 0 AND {7 * WEEKS - 1}) AS weeks "
        f"FROM {TABLE} AS usage {population.where('usage.model IN {slugs:Array(String)}')} "
        f"GROUP BY usage.model, {ACCOUNT} HAVING tried"
    )
    at = f"range(toUInt8({WEEKS}))"
    return (
        "SELECT grp, key, count() AS accounts, countIf(paid) AS paid_before, "
        f"sumForEach(arrayMap(w -> bitTest(weeks, w), {at})) AS active, "
        f"sumForEach(arrayMap(w -> bitAnd(weeks, bitShiftLeft(toUInt64(2), w) - 1) > 0, {at})) AS ever "
        f"FROM ({each}) GROUP BY grp, key"
    )


@dataclass(slots=True)
class _Week:
    n: int = 0
    active: int = 0
    ever: int = 0


def _rows(
    counted: Iterable[Mapping[str, Any]], starts: Mapping[str, Start], extent: Extent, top: int | None
) -> list[Row]:
    ends = {span.key: span.end for span in extent.keys}
    keys: dict[str, list[Mapping[str, Any]]] = {}
    for row in counted:
        keys.setdefault(row["grp"], []).append(row)
    size = {slug: sum(int(row["accounts"]) for row in own) for slug, own in keys.items()}
    kept = sorted(size, key=lambda slug: (-size[slug], slug))[:top]
    return [row for slug in kept for row in _of_model(slug, starts[slug], keys[slug], ends)]


def _of_model(slug: str, start: Start, keys: list[Mapping[str, Any]], ends: Mapping[str, date]) -> list[Row]:
    weeks = [_week(place, start, keys, ends) for place in range(WEEKS)]
    # weeks to come are one row, as in retention
    known = next((place + 1 for place, week in enumerate(weeks) if not week.n), WEEKS)
    accounts, before = (sum(int(row[name]) for row in keys) for name in ("accounts", "paid_before"))
    low, high = wilson([week.active for week in weeks], [week.n for week in weeks])
    return [
        {
            "model": slug,
            "week": place + 1,
            "start": start.day.isoformat(),
            "began": start.began,
            "accounts": accounts,
            "paid_before": before,
            "n": week.n,
            "active": week.active if week.n else None,
            "retention": week.active / week.n if week.n else None,
            "low": _finite(low[place]),
            "high": _finite(high[place]),
            "ever": week.ever if week.n else None,
            "ever_share": week.ever / week.n if week.n else None,
            "complete": week.n > 0,
        }
        for place, week in enumerate(weeks[:known])
    ]


def _week(place: int, start: Start, keys: Iterable[Mapping[str, Any]], ends: Mapping[str, date]) -> _Week:
    """Add up the keys that were observed to the end of a week."""
    over, found = start.day + timedelta(days=7 * (place + 1)), _Week()
    for row in keys:
        if over <= ends[row["key"]]:
            found.n += int(row["accounts"])
            found.active += int(row["active"][place])
            found.ever += int(row["ever"][place])
    return found


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
