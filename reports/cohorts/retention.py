"""Retention: of the accounts that first used something in a period, how many use it later."""

from collections.abc import Iterator
from typing import Any, Final

import numpy as np

from tokentide.reports.cohorts.accounts import Extent, Population, StoreQuery, observe
from tokentide.reports.cohorts.calendar import Period
from tokentide.reports.cohorts.cells import Cell, Cohort, Cohorts, gather
from tokentide.reports.cohorts.patterns import cells, parameters
from tokentide.reports.statistics.proportions import wilson

Row = dict[str, Any]

COLUMNS: Final = ("accounts", "n", "active", "retention", "low", "high", "complete", "rotated")


def retention(
    query: StoreQuery, period: Period, population: Population, group: str, extent: Extent | None = None
) -> Cohorts | None:
    """Count cohorts in the engine.

    Args:
        query: the store.
        period: how time is cut.
        population: which rows of the account table count.
        group: SQL of the dimension over the alias `usage`, "''" for everything, or MAIN_CATEGORY.
        extent: what the table holds, if it was asked before.

    Returns:
        The cohorts, or None if no event carries an account_hash.
    """
    extent = extent or observe(query)
    if extent is None:
        return None
    rows = query(cells(period, population, group), parameters(period, population, extent)).to_pylist()
    return gather(rows, period, extent)


def rows_of(found: Cohorts, period: Period, strict: bool, top: int | None = None) -> list[Row]:
    """Return one row per group, cohort and offset, with a 95 % Wilson interval; null where nothing is over."""
    listed = [
        (cohort, offset, cell)
        for group in found.groups[:top]
        for cohort in found.of(group)
        for offset, cell in _filled(cohort)
    ]
    active = [cell.strict if strict else cell.active for _, _, cell in listed]
    low, high = wilson(active, [cell.at_risk for _, _, cell in listed])
    return [
        {
            "group": cohort.group,
            "cohort": period.start(cohort.cohort).isoformat(),
            "offset": offset,
            "accounts": cohort.accounts,
            "n": cell.at_risk,
            "active": count if cell.at_risk else None,
            "retention": count / cell.at_risk if cell.at_risk else None,
            "low": _number(low[i]),
            "high": _number(high[i]),
            "complete": cell.at_risk > 0,
            "rotated": found.rotated.get(cohort.group, 0),
        }
        for i, ((cohort, offset, cell), count) in enumerate(zip(listed, active, strict=True))
    ]


def _filled(cohort: Cohort) -> Iterator[tuple[int, Cell]]:
    yield from sorted(cohort.cells.items())


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
