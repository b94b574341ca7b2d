"""What goes before and after a date: a release, a change of a list price, a dated event within an author's work."""

from datetime import UTC, date, datetime
from math import log
from typing import Any, Final

import numpy as np

from tokentide.gateways.simulation.columns import Column
from tokentide.gateways.simulation.oracle.frame import Frame, Mask, Row, instant, part
from tokentide.gateways.simulation.oracle.listed import list_cost
from tokentide.gateways.simulation.oracle.question import metric, question
from tokentide.schemas.catalogue.catalogue import load

_DAY: Final = 86_400_000
_SPAN: Final = 28 * _DAY
_EVERYONE: Final = 500


def answers(frame: Frame) -> dict[str, Any]:
    """Return the metrics of this group; asked of whole days, so that both sides know where the period ends."""
    time = frame.events["time_ms"]
    start, end = int(time.min()) // _DAY * _DAY + _DAY, int(time.max()) // _DAY * _DAY
    if end - start < 3 * _SPAN:
        return {}
    period = {"from": instant(start), "to": instant(end)}
    at = end - _SPAN
    return {
        "release-effect": metric(
            question(_releases(frame, start, end), top=_EVERYONE, **period),
            reading="days of 00:00 UTC; before: the 28 days before the release, at: the 28 from it on, after: the 28 "
            "after those; ramp_days: to the end of the first 7 days with 1 % of open models' tokens; a last week may "
            "be cut by the end of the period",
        ),
        "price-change-effect": metric(
            question(_price_changes(frame, start, end), by="model", **period),
            reading="list price of tokens with one, paid price of attempts with a cost off a customer's own key",
        ),
        "profile-shift": metric(
            question(_shifts(frame, at), by="category", top=_EVERYONE, at=instant(at)),
            reading="primary labels, weighted; 28 days before and from the date on",
        ),
    }


def _within(frame: Frame, start: int, end: int) -> Mask:
    mask: Mask = (frame.events["time_ms"] >= start) & (frame.events["time_ms"] < end)
    return mask


def _ms(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) * 1000


def _of(frame: Frame, name: str, value: str) -> Mask:
    found = frame[name]
    mask: Mask = found.codes == (found.values.index(value) if value in found.values else -1)
    return mask


def _sum(value: Column, where: Mask) -> int:
    return int(value[where].sum(dtype=np.int64))


def _releases(frame: Frame, start: int, end: int) -> list[Row]:
    rows = []
    inside, opened = _within(frame, start, end), _of(frame, "open", "yes")
    for facts in load().models:
        if facts.open_weights and facts.release_date is not None and start <= _ms(facts.release_date) < end:
            own = _of(frame, "model", facts.slug)
            if (own & inside).any():
                rows.append(
                    {"model": facts.slug} | _release(frame, own, opened, _ms(facts.release_date), (start, end))
                )
    return rows


def _release(frame: Frame, own: Mask, opened: Mask, at: int, period: tuple[int, int]) -> Row:
    spans = {"before": (at - _SPAN, at), "at": (at, at + _SPAN), "after": (at + _SPAN, at + 2 * _SPAN)}
    shares = {name: _share(frame, opened, span, period) for name, span in spans.items()}
    before, then, after = shares.values()
    change_at = None if then is None or before is None else then - before
    change_after = None if after is None or before is None else after - before
    return {
        "released": instant(at)[:10],
        **{f"{name}_share": share for name, share in shares.items()},
        "model_at_share": _share(frame, own, spans["at"], period),
        "model_after_share": _share(frame, own, spans["after"], period),
        "change_at": change_at,
        "change_after": change_after,
        "verdict": _verdict(change_at, change_after),
        "ramp_days": _ramp(frame, own, opened, at, period[1]),
    }


def _share(frame: Frame, some: Mask, span: tuple[int, int], period: tuple[int, int]) -> float | None:
    if span[0] < period[0] or span[1] > period[1]:
        return None
    inside = _within(frame, *span)
    return part(_sum(frame.tokens, some & inside), _sum(frame.tokens, inside))


def _verdict(change_at: float | None, change_after: float | None) -> str | None:
    if change_at is None or change_after is None:
        return None
    if change_at <= 0:
        return "none"
    return "kept" if 2 * change_after >= change_at else "spike"


def _ramp(frame: Frame, own: Mask, opened: Mask, at: int, end: int) -> int | None:
    for week in range(at, end, 7 * _DAY):
        inside = _within(frame, week, min(week + 7 * _DAY, end))
        whole = _sum(frame.tokens, opened & inside)
        if whole and 100 * _sum(frame.tokens, own & inside) >= whole:
            return (week + 7 * _DAY - at) // _DAY
    return None


def _price_changes(frame: Frame, start: int, end: int) -> list[Row]:
    listed, known = list_cost(frame)
    paid = frame.priced & (frame.events["byok"] != 1)
    columns = {"list": (listed, known), "price": (frame.cost, paid)}
    inside = _within(frame, start, end)
    rows = []
    for model in frame.models:
        prices = load().prices(model.slug)
        own = _of(frame, "model", model.slug)
        for before, after in zip(prices, prices[1:], strict=False):
            at = after.valid_from_ms
            same = (before.prompt_pico, before.completion_pico) == (after.prompt_pico, after.completion_pico)
            if not same and start <= at < end and (own & inside).any():
                whole = start <= at - _SPAN and at + _SPAN <= end
                row = {"model": model.slug, "changed": instant(at)[:10]}
                rows.append(row | (_around(frame, own, columns, at) if whole else {"tokens_before": None}))
    return rows


def _around(frame: Frame, own: Mask, columns: dict[str, tuple[Column, Mask]], at: int) -> Row:
    row: Row = {}
    for side, span in {"before": (at - _SPAN, at), "after": (at, at + _SPAN)}.items():
        inside = _within(frame, *span)
        for name, (nano, known) in columns.items():
            mine = own & inside & known
            row[f"{name}_{side}"] = part(_sum(nano, mine) / 1e3, _sum(frame.tokens, mine))
        row[f"tokens_{side}"] = _sum(frame.tokens, own & inside)
        row[f"share_{side}"] = part(row[f"tokens_{side}"], _sum(frame.tokens, inside))
    tokens, share, price = (
        row[f"{name}_after"] / row[f"{name}_before"] if row[f"{name}_before"] and row[f"{name}_after"] else None
        for name in ("tokens", "share", "list")
    )
    moved = log(price) if price and price != 1 else None
    return row | {
        "token_ratio": tokens,
        "share_ratio": share,
        "elasticity": log(tokens) / moved if tokens and moved else None,
        "share_elasticity": log(share) / moved if share and moved else None,
    }


def _shifts(frame: Frame, at: int) -> list[Row]:
    author, category = frame["author"], frame["category"]
    sides = [_within(frame, *span) & frame.classified for span in ((at - _SPAN, at), (at, at + _SPAN))]
    rows = []
    for code, name in enumerate(author.values):
        own = author.codes == code
        for place, group in enumerate(category.values):
            here = category.codes == place
            counts = [int((own & here & side).sum()) for side in sides]
            if any(counts):
                before, after = (
                    part(_sum(frame.tokens, own & here & side), _sum(frame.tokens, own & side)) for side in sides
                )
                change = None if before is None or after is None else after - before
                figures = {"before_share": before, "after_share": after, "change": change}
                rows.append(
                    {"author": name, "category": group} | figures | {"before_n": counts[0], "after_n": counts[1]}
                )
    return rows
