"""The oracle's verdicts on cohorts are those of the reports: two programs, one set of written rules."""

import numpy as np
import pytest

from tokentide.gateways.simulation.oracle import flags
from tokentide.reports.cohorts.cells import Cell, Cohort, Cohorts
from tokentide.reports.cohorts.flags import Paired
from tokentide.reports.cohorts.standing_out import boomerangs, foundational

MONTHS = 9
NAMES = tuple(f"{year}-{month:02d}" for year in (2024, 2025) for month in range(1, 13))
Market = dict[str, dict[int, np.ndarray]]


def market(seed: int) -> Market:
    """Some models: one with a cohort that stays, one with a cohort that comes back, one of cohorts that are small."""
    rng, found = np.random.default_rng(seed), Market()
    for model in range(6):
        level, found[f"m{model}"] = rng.uniform(0.1, 0.5), {}
        for born in range(MONTHS):
            n = int(rng.integers(20, 130)) if model == 5 else int(rng.integers(90, 700))
            share = np.clip(level - 0.02 * np.arange(MONTHS - born) + rng.normal(0, 0.02), 0.01, 0.9)
            share = np.clip(share + rng.uniform(0, 0.4), 0, 0.95) if (model, born) == (0, rng.integers(3)) else share
            share[3:4] += rng.uniform(0, 0.3) if (model, born) == (1, 2) else 0
            found[f"m{model}"][born] = rng.random((n, MONTHS - born)) < share
            found[f"m{model}"][born][:, 0] = True
    return found


def judged(found: Market) -> list[tuple[object, ...]]:
    """What the reports say of the same accounts."""
    cohorts, pairs = {}, {}
    for slug, own in found.items():
        for born, active in own.items():
            offsets = range(active.shape[1])
            cells = {at: Cell(len(active), int(active[:, at].sum())) for at in offsets}
            # the month to come, of which nothing is known
            cells[len(offsets)] = Cell()
            cohorts[slug, born] = Cohort(slug, born, len(active), cells)
            pairs[slug, born] = [pair(born, active, a, b) for b in offsets for a in range(1, b)]
    rows: list[tuple[object, ...]] = []
    for slug, (verdict, leads, adjusted) in foundational(Cohorts(cohorts, {})).items():
        best = min(leads, key=lambda lead: adjusted[lead.cohort], default=None)
        shown = (best.cohort, best.offset, best.lead, adjusted[best.cohort]) if best else (None,) * 4
        rows.append((slug, str(verdict), *shown))
    for (slug, born), (rise, q, flagged) in boomerangs(pairs).items():
        rows += [(slug, "boomerang", born, rise.later, rise.rise, q)] if flagged else []
    return sorted(rows, key=str)


def pair(born: int, active: np.ndarray, a: int, b: int) -> Paired:
    before, after = active[:, a], active[:, b]
    return Paired(born, a, b, len(active), int((~before & after).sum()), int((before & ~after).sum()))


def told(found: Market) -> list[tuple[object, ...]]:
    rows = []
    for row in flags.rows(found, NAMES):
        born = None if row["cohort"] is None else NAMES.index(row["cohort"][:7])
        rows.append((row["model"], row["flag"], born, row["offset"], row["difference"], row["p_adjusted"]))
    return sorted(rows, key=str)


SEEDS = range(40)


def test_both_judge_alike() -> None:
    for seed in SEEDS:
        drawn = market(seed)
        ours, theirs = told(drawn), judged(drawn)
        assert [row[:4] for row in ours] == [row[:4] for row in theirs], seed
        for mine, its in zip(ours, theirs, strict=True):
            if mine[4] is not None:
                assert mine[4:] == pytest.approx(its[4:], rel=1e-9), (seed, mine)


def test_every_verdict_is_among_them() -> None:
    assert {row[1] for seed in SEEDS for row in told(market(seed))} == {
        "foundational", "none", "undecided", "too_few", "boomerang",
    }  # fmt: skip
