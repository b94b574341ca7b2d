"""Retention: accounts of a cohort that are active on the model again, calendar months and weeks."""

from typing import Any, Final

import numpy as np

from tokentide.gateways.simulation.columns import Column
from tokentide.gateways.simulation.oracle.frame import Coded, Frame, Mask, Row
from tokentide.gateways.simulation.oracle.question import metric, question
from tokentide.gateways.simulation.retention import CHARTED

_WIDTH: Final = 1 << 12


def answers(frame: Frame) -> dict[str, Any]:
    """Return the metrics of this group."""
    every = np.ones(frame.rows, bool)
    charted = np.isin(frame["model"].codes, [frame["model"].values.index(slug) for slug in CHARTED])
    free = frame.events["free"].astype(bool)
    return {
        "retention": metric(
            question(retention(frame, frame.month, every), cohort="month", by="model"),
            question(retention(frame, frame.bucket("1w"), charted), cohort="week", by="model"),
            reading="cohort = calendar month (ISO week) of an account's first attempt on the model; activity "
            "retention: active in period n whatever was between; periods after the run's end are not given; "
            "accounts without account_hash are left out",
        ),
        "free-retention": metric(
            question(retention(frame, frame.month, free), cohort="month", by="model", variant="free"),
            reading="first attempt and activity both on the free variant",
        ),
    }


def retention(frame: Frame, period: Coded, where: Mask) -> list[Row]:
    """Return the active part of every cohort in every later period, period 0 included."""
    model, account = frame["model"], frame.events["account"].astype(np.int64)
    kept = where & (account >= 0)
    who = account[kept] * len(model.values) + model.codes[kept]
    active = np.unique(who * _WIDTH + period.codes[kept])
    person, when = active // _WIDTH, active % _WIDTH
    first_at = np.unique(person, return_index=True)[1]
    born = np.repeat(when[first_at], np.diff(np.append(first_at, len(person))))
    cell = ((person % len(model.values)) * _WIDTH + born) * _WIDTH + (when - born)
    return _rows(model, period, *np.unique(cell, return_counts=True))


def _rows(model: Coded, period: Coded, cells: Column, counts: Column) -> list[Row]:
    found = dict(zip(cells.tolist(), counts.tolist(), strict=True))
    rows = []
    for cell in sorted(cell for cell in found if cell % _WIDTH == 0):
        slug, born = divmod(cell // _WIDTH, _WIDTH)
        for age in range(len(period.values) - born):
            active = found.get(cell + age, 0)
            rows.append({
                "model": model.values[slug], "cohort": period.values[born], "period": age,
                "accounts": found[cell], "active": active, "retention": active / found[cell],
            })  # fmt: skip
    return rows
