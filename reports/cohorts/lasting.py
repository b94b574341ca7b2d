"""How long models are used: weeks from release until a week has less than a tenth of the best one."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import numpy as np

from tokentide.reports.cohorts.asked import group_of, keys_of
from tokentide.reports.cohorts.calendar import WEEK
from tokentide.reports.computed import Ask
from tokentide.reports.dimensions import Origin
from tokentide.reports.formulas import Row
from tokentide.reports.levels import daily, population
from tokentide.reports.statistics.survival import Survival, kaplan_meier

FADED: Final = 0.1
COLUMNS: Final = ("surviving", "low", "high", "at_risk", "ended", "median_weeks", "n", "censored", "older")

_WEEKS: Final = (
    "SELECT toString({group}) AS grp, toString(usage.model) AS slug, "
    "intDiv(toInt32(toDate(usage.bucket)) + 3, 7) AS week, "
    "sum(usage.prompt_tokens + usage.completion_tokens) AS tokens "
    "FROM {table} AS usage {where} GROUP BY grp, slug, week"
)
_RELEASES: Final = "SELECT toString(slug) AS slug, release_date FROM models WHERE release_date IS NOT NULL"


@dataclass(frozen=True, slots=True)
class Life:
    """A model's use.

    Attributes:
        weeks: from its release (or first use) to its end, or to the last whole week.
        ended: whether a week after the best one had less than a tenth of it.
    """

    weeks: int
    ended: bool


def life(tokens: Mapping[int, int], released: int | None, last: int) -> Life | None:
    """Return how long a model lasted.

    Args:
        tokens: per week; a week that is missing had none.
        released: week of its release; None or later than its first use: the first use counts.
        last: the last whole week.

    Returns:
        None without tokens in a whole week.
    """
    used = {week: amount for week, amount in tokens.items() if week <= last and amount > 0}
    if not used:
        return None
    start = min(used) if released is None else min(released, min(used))
    best = max(used, key=lambda week: (used[week], -week))
    for week in range(best + 1, last + 1):
        if used.get(week, 0) < FADED * used[best]:
            return Life(week - start, ended=True)
    return Life(last - start, ended=False)


def model_survival(ask: Ask) -> list[Row]:
    """Return the survival curve of each group's models, week by week."""
    terms, parameters = population(ask.question)
    where = f"WHERE {' AND '.join(terms)}" if terms else ""
    weeks: dict[tuple[str, str], dict[int, int]] = defaultdict(dict)
    sql = _WEEKS.format(group=group_of(ask), table=daily(ask.query, Origin.MODEL).table, where=where)
    for row in ask.rows(sql, parameters):
        weeks[row["grp"], row["slug"]][int(row["week"])] = int(row["tokens"])
    if not weeks:
        return []
    released = {row["slug"]: WEEK.index(_date(row["release_date"])) for row in ask.rows(_RELEASES)}
    first, newest = (edge(week for each in weeks.values() for week in each) for edge in (min, max))
    lives, older = defaultdict[str, list[Life]](list), defaultdict[str, int](int)
    for (group, slug), tokens in weeks.items():
        found = life(tokens, released.get(slug), newest - 1)
        if min(tokens) == first and released.get(slug, -1) < first:
            older[group] += 1
        elif found is not None:
            lives[group].append(found)
    return [row for group in sorted(lives) for row in _rows(ask, group, lives[group], older[group])]


def _rows(ask: Ask, group: str, lives: Sequence[Life], older: int) -> list[Row]:
    curve = kaplan_meier([each.weeks for each in lives], [each.ended for each in lives])
    said = {"median_weeks": curve.median, "n": curve.n, "censored": curve.censored, "older": older}
    start = {"week": 0, "surviving": 1.0, "low": None, "high": None, "at_risk": curve.n, "ended": 0}
    return [{**keys_of(ask, group), **row, **said} for row in (start, *_steps(curve))]


def _steps(curve: Survival) -> list[Row]:
    return [
        {
            "week": int(curve.time[i]),
            "surviving": float(curve.surviving[i]),
            "low": _finite(curve.low[i]),
            "high": _finite(curve.high[i]),
            "at_risk": int(curve.at_risk[i]),
            "ended": int(curve.ended[i]),
        }
        for i in range(len(curve.time))
    ]


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _date(value: Any) -> date:
    return value if isinstance(value, date) else date.fromisoformat(str(value))
