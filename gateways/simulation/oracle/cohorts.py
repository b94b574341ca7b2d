"""Retention: accounts of a cohort that are active on the model again, calendar months and weeks."""

from typing import Any, Final

import numpy as np

from tokentide.gateways.simulation.columns import Column
from tokentide.gateways.simulation.oracle.frame import Coded, Frame, Mask, Row, total
from tokentide.gateways.simulation.oracle.question import metric, question
from tokentide.gateways.simulation.retention import CHARTED

_WIDTH: Final = 1 << 12
_EVERYONE: Final = 500
_WEEKS: Final = 62
"""How many weeks back the registry follows cohorts, beside the one to come."""


def answers(frame: Frame) -> dict[str, Any]:
    """Return the metrics of this group."""
    every, month, model = np.ones(frame.rows, bool), frame.month, frame["model"]
    charted = np.isin(model.codes, [model.values.index(slug) for slug in CHARTED])
    free = frame.events["free"].astype(bool)
    weeks = _weeks(frame)
    by_week = retention(frame, model, "model", weeks, charted)
    by_month = {"by": "model", "top": _EVERYONE, "options": {"period": "month"}}
    weekly = {"by": "model", "top": _EVERYONE, "options": {"period": "week"}, "filter": {"model": sorted(CHARTED)}}
    categories = {"top": _EVERYONE, "options": {"period": "month"}}
    return {
        "retention": metric(
            question(retention(frame, model, "model", month, every), **by_month),
            question([row for row in by_week if row["cohort"] in weeks.values[-_WEEKS:]], **weekly),
            reading="cohort = calendar month (ISO week) of an account's first attempt on the model; active in period "
            "n whatever was between; the run's end is the end of its last period; by week, cohorts of the last 62 "
            "weeks",
        ),
        "free-retention": metric(
            question(retention(frame, model, "model", month, free), **by_month),
            reading="first attempt and activity both on the free variant",
        ),
        "retention-by-category": metric(
            question(retention(frame, _main_category(frame), "category", month, every), **categories),
            reading="an account's category is that of most of its classified tokens, of equal ones the later name",
        ),
    }


def _weeks(frame: Frame) -> Coded:
    """Return ISO weeks by their Monday; every week from the first to the last has a code."""
    weeks = (frame.events["time_ms"] // 86_400_000 + 3) // 7
    first = int(weeks.min())
    names = [str(np.datetime64(7 * week - 3, "D")) for week in range(first, int(weeks.max()) + 1)]
    return Coded(tuple(names), (weeks - first).astype(np.int64))


def _main_category(frame: Frame) -> Coded:
    category, account = frame["category"], frame.events["account"].astype(np.int64)
    names = sorted(set(category.values), reverse=True)
    place = np.array([names.index(value) for value in category.values])
    counted, people = (account >= 0) & frame.classified, np.unique(account)
    person = np.searchsorted(people, account)
    cell = person * len(names) + place[category.codes]
    tokens = total(cell[counted], len(people) * len(names), frame.tokens[counted]).reshape(-1, len(names))
    best = np.where(tokens.max(1) > 0, tokens.argmax(1), len(names))
    return Coded((*names, "unclassified"), best[person])


def retention(frame: Frame, group: Coded, name: str, period: Coded, where: Mask) -> list[Row]:
    """Return the active part of every cohort in every later period, period 0 included, and one that is to come."""
    account, width = frame.events["account"].astype(np.int64), len(group.values)
    kept = where & (account >= 0)
    who = account[kept] * width + group.codes[kept]
    active = np.unique(who * _WIDTH + period.codes[kept])
    person, when = active // _WIDTH, active % _WIDTH
    first_at = np.unique(person, return_index=True)[1]
    born = np.repeat(when[first_at], np.diff(np.append(first_at, len(person))))
    cell = ((person % width) * _WIDTH + born) * _WIDTH + (when - born)
    return _rows(group, name, period, *np.unique(cell, return_counts=True))


def _rows(group: Coded, name: str, period: Coded, cells: Column, counts: Column) -> list[Row]:
    found = dict(zip(cells.tolist(), counts.tolist(), strict=True))
    rows = []
    for cell in sorted(cell for cell in found if cell % _WIDTH == 0):
        code, born = divmod(cell // _WIDTH, _WIDTH)
        accounts, start = found[cell], period.values[born]
        known = {name: group.values[code], "cohort": start if len(start) > 7 else f"{start}-01", "accounts": accounts}
        for age in range(len(period.values) - born):
            active = found.get(cell + age, 0)
            figures = {"active": active, "retention": active / accounts, "complete": True}
            rows.append(known | {"offset": age, "n": accounts} | figures)
        later = {"active": None, "retention": None, "complete": False}
        rows.append(known | {"offset": len(period.values) - born, "n": 0} | later)
    return rows
