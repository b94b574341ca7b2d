"""How long models are used: weeks to the first one with less than a tenth of the best, by Kaplan-Meier."""

from collections import Counter
from datetime import date
from fractions import Fraction
from typing import Any, Final

import numpy as np

from tokentide.gateways.simulation.oracle.frame import Frame, Mask, Row, total
from tokentide.gateways.simulation.oracle.question import metric, question
from tokentide.schemas.catalogue.catalogue import load

_EPOCH: Final = date(1970, 1, 1)


def answers(frame: Frame) -> dict[str, Any]:
    """Return the metrics of this group."""
    return {
        "model-survival": metric(
            question(_curve(frame)),
            *(question(_curves(frame, by), by=by) for by in ("price_tier", "release_order")),
            reading="weeks from Monday; from the release, or the first use if that is earlier or the release "
            "unknown; the last week with traffic is not whole",
        )
    }


def _week(day: int) -> int:
    return (day + 3) // 7


def _curves(frame: Frame, by: str) -> list[Row]:
    """Return the curve of each group of models that has one to follow."""
    of = np.array(frame.by_model(by))
    every = {group: _curve(frame, of == group) for group in sorted(set(of.tolist()))}
    return [{by: group} | row for group, rows in every.items() for row in rows]


def _curve(frame: Frame, chosen: Mask | None = None) -> list[Row]:
    weeks, model = (frame.events["time_ms"] // 86_400_000 + 3) // 7, frame["model"]
    first, newest = int(weeks.min()), int(weeks.max())
    width = newest - first + 1
    tokens = total(model.codes * width + weeks - first, len(model.values) * width, frame.tokens).reshape(-1, width)
    released = {
        facts.slug: _week((facts.release_date - _EPOCH).days) for facts in load().models if facts.release_date
    }
    lives, older = [], 0
    for place, (slug, own) in enumerate(zip(model.values, tokens.tolist(), strict=True)):
        if chosen is not None and not chosen[place]:
            continue
        if own[0] and released.get(slug, -1) < first:
            older += 1
        elif any(own[:-1]):
            lives.append(_life(own[:-1], released.get(slug), first))
    return _kaplan_meier(lives, older) if lives else []


def _life(tokens: list[int], released: int | None, first: int) -> tuple[int, bool]:
    """Return weeks of use, and whether it ended within the run."""
    used = first + int(np.flatnonzero(tokens)[0])
    start = used if released is None else min(used, released)
    best = int(np.argmax(tokens))
    faded = [week for week in range(best + 1, len(tokens)) if 10 * tokens[week] < tokens[best]]
    return (first + faded[0] - start, True) if faded else (first + len(tokens) - 1 - start, False)


def _kaplan_meier(lives: list[tuple[int, bool]], older: int) -> list[Row]:
    ends, n = Counter(weeks for weeks, ended in lives if ended), len(lives)
    known = {"n": n, "censored": n - ends.total(), "older": older}
    surviving, rows = Fraction(1), [{"week": 0, "surviving": 1.0, "at_risk": n, "ended": 0} | known]
    for week in sorted(ends):
        at_risk = sum(weeks >= week for weeks, _ in lives)
        surviving *= Fraction(at_risk - ends[week], at_risk)
        step = {"week": week, "surviving": float(surviving), "at_risk": at_risk, "ended": ends[week]}
        rows.append(step | known)
    return rows
