"""Accounts that used a free variant before its model's price started, and who of them paid in the weeks after."""

from datetime import date, timedelta
from typing import Any, Final

import numpy as np

from tokentide.gateways.simulation.columns import Column
from tokentide.gateways.simulation.oracle.frame import Frame, Row, part
from tokentide.gateways.simulation.oracle.question import metric, question
from tokentide.schemas.catalogue.catalogue import load

_EPOCH: Final = date(1970, 1, 1)
_DAY_MS: Final = 86_400_000
_FOLLOWED: Final = 12
_STILL: Final = 14
_EVERYONE: Final = 500


def answers(frame: Frame) -> dict[str, Any]:
    """Return the metrics of this group."""
    return {
        "paid-after-free": metric(
            question(_all(frame), by="model", top=_EVERYONE),
            reading="start = the day after the free variant's last use, if 14 whole days or more have passed since, "
            "else the first day of a list price above zero if that is later than its first use; weeks of 7 days",
        )
    }


def _all(frame: Frame) -> list[Row]:
    named = frame.events["account"] >= 0
    day = (frame.events["time_ms"] // _DAY_MS)[named].astype(np.int64)
    account, free = frame.events["account"][named].astype(np.int64), frame.events["free"][named].astype(bool)
    model, rows = frame["model"], list[Row]()
    codes, end = model.codes[named], int(day.max()) + 1
    for code, slug in enumerate(model.values):
        own = codes == code
        if (own & free).any():
            rows += _of_model(slug, day[own], account[own], free[own], end)
    return rows


def _of_model(slug: str, day: Column, account: Column, free: Column, end: int) -> list[Row]:
    after = int(day[free].max()) + 1
    priced = [
        int(each.valid_from_ms) // _DAY_MS for each in load().prices(slug) if each.prompt_pico + each.completion_pico
    ]
    if end - after >= _STILL:
        start, began = after, "free_ended"
    elif priced and day[free].min() < priced[0] < end:
        start, began = priced[0], "price_began"
    else:
        return []
    tried = np.unique(account[free & (day < start)])
    mine = np.isin(account, tried) & ~free
    head = {"start": str(_EPOCH + timedelta(start)), "began": began, "accounts": len(tried)}
    head |= {"paid_before": len(np.unique(account[mine & (day < start)]))}
    rows: list[Row] = []
    for week in range(_FOLLOWED):
        known = {"model": slug, "week": week + 1} | head
        opens, closes = start + 7 * week, start + 7 * week + 7
        if closes > end:
            empty = dict.fromkeys(("active", "retention", "ever", "ever_share"))
            return [*rows, known | {"n": 0, "complete": False} | empty]
        active, ever = (len(np.unique(account[mine & (day >= low) & (day < closes)])) for low in (opens, start))
        shares = {"retention": part(active, len(tried)), "ever_share": part(ever, len(tried))}
        rows.append(known | {"n": len(tried), "active": active, "ever": ever, "complete": True} | shares)
    return rows
