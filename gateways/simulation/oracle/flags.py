"""Cohorts that stand out, judged once more from who was active when: early leads, none of them, comebacks.

Source: Agresti and Coull, Am. Stat. 52 (1998) 119; McNemar, Psychometrika 12 (1947) 153; Benjamini and
Hochberg, J. R. Stat. Soc. B 57 (1995) 289.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import erfc, sqrt
from typing import Any, Final

import numpy as np

from tokentide.gateways.simulation.oracle.frame import Frame, Mask, Row
from tokentide.gateways.simulation.oracle.question import metric, question

Cohorts = Mapping[int, Mask]
"""Cohort month → accounts by months since, True where active."""

_LEAST, _LEAST_PAIRED, _COMPARED = 100, 300, 3
_SHOWN: Final = ("cohort", "offset", "n", "retention", "compared_retention", "difference", "p", "p_adjusted")


def answers(frame: Frame) -> dict[str, Any]:
    """Return the metrics of this group."""
    found = rows(cohorts(frame), frame.month.values)
    return {
        "retention-flags": metric(
            question(found, by="model", options={"period": "month"}),
            reading="calendar months, all of them whole; one row a model, and one more for each comeback",
        )
    }


def cohorts(frame: Frame) -> dict[str, dict[int, Mask]]:
    """Return, for each model, who of each cohort was active in which month since the first."""
    account, model = frame.events["account"].astype(np.int64), frame["model"]
    months, found = len(frame.month.values), dict[str, dict[int, Mask]]()
    for code, slug in enumerate(model.values):
        own = (account >= 0) & (model.codes == code)
        people, place = np.unique(account[own], return_inverse=True)
        active = np.zeros((len(people), months), bool)
        active[place, frame.month.codes[own]] = True
        born = active.argmax(axis=1)
        if len(people):
            found[slug] = {int(month): active[born == month, month:] for month in np.unique(born)}
    return found


def rows(models: Mapping[str, Cohorts], months: Sequence[str]) -> list[Row]:
    """Return the verdict on each model, then its comebacks."""
    leads = {slug: _leads(own) for slug, own in models.items()}
    _adjust([lead for own in leads.values() for lead in own])
    rises = {
        slug: [rise for born, active in own.items() for rise in _rises(born, active)] for slug, own in models.items()
    }
    _adjust([rise for own in rises.values() for rise in own])
    found: list[Row] = []
    for slug, own in leads.items():
        best = min(own, key=lambda lead: (lead.adjusted, lead.born), default=None)
        shown = dict.fromkeys(_SHOWN) if best is None else best.row(months) | {"p": best.p}
        found.append({"model": slug, "flag": _verdict(own)} | shown | {"cohorts": len(models[slug])})
        back = [rise for rise in rises[slug] if rise.adjusted <= 0.05 and rise.difference >= 0.05]
        found += [
            {"model": slug, "flag": "boomerang"} | rise.row(months) | {"p": None, "cohorts": None} for rise in back
        ]
    return found


@dataclass(slots=True)
class _Test:
    """A cohort's retention at an offset, what it is compared with, and how surely they differ."""

    born: int
    offset: int
    n: int
    share: float
    compared: float
    difference: float
    p: float
    high: float = 0.0
    adjusted: float = 1.0

    def row(self, months: Sequence[str]) -> Row:
        start = f"{months[self.born]}-01"
        return dict(
            zip(
                _SHOWN,
                (start, self.offset, self.n, self.share, self.compared, self.difference, self.p, self.adjusted),
                strict=True,
            )
        )


def _leads(own: Cohorts) -> list[_Test]:
    large = [born for born in sorted(own) if len(own[born]) >= _LEAST]
    tests = (_lead(own, born, [each for each in large if each > born]) for born in large[:_COMPARED])
    return [test for test in tests if test is not None]


def _lead(own: Cohorts, born: int, later: Sequence[int]) -> _Test | None:
    if len(later) < _COMPARED:
        return None
    # the third of the later cohorts is the youngest of those that must have come as far
    offset = min(own[born].shape[1], own[later[_COMPARED - 1]].shape[1]) - 1
    if offset < 1:
        return None
    reached = [own[each] for each in later if own[each].shape[1] > offset]
    shares, sizes = np.array([each[:, offset].mean() for each in reached]), np.array([len(each) for each in reached])
    share, middle = float(own[born][:, offset].mean()), float(np.median(shares))
    beyond = max(float(shares.var(ddof=1) - _noise(shares, sizes).mean()), 0.0)
    n = len(own[born])
    error = sqrt(float(_noise(share, n)) + beyond + float(_noise(middle, sizes.sum())))
    p = erfc((share - middle - 0.05) / error / sqrt(2)) / 2
    return _Test(born, offset, n, share, middle, share - middle, p, share - middle + 1.96 * error)


def _noise(share: Any, n: Any) -> Any:
    kept = (share * n + 2) / (n + 4)
    return kept * (1 - kept) / (n + 4)


def _verdict(leads: Sequence[_Test]) -> str:
    if not leads:
        return "too_few"
    if any(lead.adjusted <= 0.05 and lead.difference >= 0.1 for lead in leads):
        return "foundational"
    return "none" if all(lead.high < 0.2 for lead in leads) else "undecided"


def _rises(born: int, active: Mask) -> list[_Test]:
    """Return the surest rise between two months of a cohort, if it is large enough to have one."""
    n, months = active.shape
    if n < _LEAST_PAIRED or months < 3:
        return []
    as_numbers = active.astype(np.int64)
    # one product: how many accounts were active in the earlier (row) and in the later month (column)
    both, alone = as_numbers.T @ as_numbers, as_numbers.sum(axis=0)
    tests = []
    for later in range(2, months):
        for earlier in range(1, later):
            gained, lost = (int(alone[at] - both[earlier, later]) for at in (later, earlier))
            share, before = (float(active[:, at].mean()) for at in (later, earlier))
            tests.append(_Test(born, later, n, share, before, (gained - lost) / n, _tail(gained, gained + lost)))
    best = min(tests, key=lambda test: (test.p, -test.difference, test.offset))
    best.p = min(1.0, best.p * len(tests))
    return [best]


def _tail(heads: int, coins: int) -> float:
    """Return the chance of so many heads or more of fair coins."""
    if heads <= 0:
        return 1.0
    logs = np.concatenate(([0.0], np.log(np.arange(1, coins + 1)).cumsum()))
    many = np.arange(heads, coins + 1)
    return float(np.exp(logs[coins] - logs[many] - logs[coins - many] - coins * np.log(2)).sum())


def _adjust(tests: Sequence[_Test]) -> None:
    """Set what each p-value becomes among all of them."""
    least = 1.0
    ranked = sorted(tests, key=lambda test: test.p)
    for rank in range(len(ranked), 0, -1):
        least = min(least, ranked[rank - 1].p * len(ranked) / rank)
        ranked[rank - 1].adjusted = least
