"""Flags on simulated markets: how often they are wrong where there is nothing, how often they find what is there."""

import numpy as np

from tokentide.reports.cohorts.cells import Cell, Cohort, Cohorts
from tokentide.reports.cohorts.flags import Paired, Verdict
from tokentide.reports.cohorts.standing_out import boomerangs, foundational

MONTHS = 9
MARKETS = 200


def curve(rng, level=None):
    """Decaying retention of one cohort: the model's level, and the cohort's own luck (0.15 on the logit scale)."""
    level = rng.uniform(-2.0, -0.4) if level is None else level
    logits = level - 0.35 * np.log(np.arange(1, MONTHS)) + rng.normal(0, 0.15)
    return np.concatenate(([1.0], 1 / (1 + np.exp(-logits))))


def accounts(rng, n, retention):
    """Account x month matrix: 70 % of the activity comes from the same, most inclined accounts, 30 % from anyone."""
    inclined = rng.beta(0.6, 0.6, (n, 1)) + rng.normal(0, 0.08, (n, MONTHS))
    places = np.argsort(np.argsort(inclined, axis=0), axis=0) / n >= 1 - retention
    matrix = np.where(rng.random((n, MONTHS)) < 0.3, rng.random((n, MONTHS)) < retention, places)
    matrix[:, 0] = True
    return matrix


def market(rng, models=8, size=None, special=None):
    """Cohorts and pairs of several models; `special` maps (model, cohort) to a retention curve of its own."""
    cohorts, pairs = {}, {}
    for model in range(models):
        level = rng.uniform(-2.0, -0.4)
        for cohort in range(MONTHS):
            n = size or int(np.exp(rng.uniform(np.log(60), np.log(1500))))
            retention = curve(rng, level)
            if special and (model, cohort) in special:
                retention = special[model, cohort]
            matrix = accounts(rng, n, retention)
            observed = MONTHS - cohort
            key = f"m{model}", cohort
            cells = {o: Cell(n, int(matrix[:, o].sum()), 0) for o in range(observed)}
            cohorts[key] = Cohort(key[0], cohort, n, cells)
            offsets = [(a, b) for b in range(2, observed) for a in range(1, b)]
            pairs[key] = [paired(cohort, matrix, a, b) for a, b in offsets]
    return Cohorts(cohorts, {}), pairs


def paired(cohort, matrix, a, b):
    before, after = matrix[:, a], matrix[:, b]
    return Paired(cohort, a, b, len(matrix), int((~before & after).sum()), int((before & ~after).sum()))


def rise_at(level, month, to):
    retention = 1 / (1 + np.exp(-(level - 0.35 * np.log(np.arange(1, MONTHS)))))
    retention = np.concatenate(([1.0], retention))
    retention[month] += to
    return retention


def test_markets_without_anything_raise_no_flags():
    false_leads = false_comebacks = 0
    for seed in range(MARKETS):
        found, pairs = market(np.random.default_rng(seed))
        false_leads += any(verdict is Verdict.FOUNDATIONAL for verdict, _, _ in foundational(found).values())
        false_comebacks += any(flag for _, _, flag in boomerangs(pairs).values())
    assert false_leads <= 0.05 * MARKETS
    assert false_comebacks <= 0.05 * MARKETS


def test_a_foundational_cohort_of_300_is_found_four_times_in_five():
    """One cohort of one model in eight keeps 20 points more than the model's others."""
    hits = 0
    for seed in range(100):
        rng = np.random.default_rng(1_000 + seed)
        special = {(0, 0): np.concatenate(([1.0], curve(rng, -1.3)[1:] + 0.20))}
        found, _ = market(rng, size=300, special=special | {(0, c): curve(rng, -1.3) for c in range(1, MONTHS)})
        verdict, leads, adjusted = foundational(found)["m0"]
        hits += verdict is Verdict.FOUNDATIONAL and min(adjusted, key=adjusted.get) == 0
    assert hits >= 80


def test_a_comeback_of_300_is_found_four_times_in_five():
    """One cohort of 72 rises by 20 points in its third month (15 points are found in seven of ten)."""
    hits = 0
    for seed in range(100):
        found, pairs = market(np.random.default_rng(2_000 + seed), size=300, special={(0, 1): rise_at(-1.2, 3, 0.20)})
        pair, _, flag = boomerangs(pairs)["m0", 1]
        hits += flag and pair.later == 3
    assert hits >= 80


def test_a_model_whose_cohorts_are_alike_has_no_foundational_one():
    verdicts = []
    for seed in range(50):
        found, _ = market(np.random.default_rng(3_000 + seed), models=1, size=1000)
        verdicts.append(foundational(found)["m0"][0])
    assert verdicts.count(Verdict.NONE) >= 40
    assert verdicts.count(Verdict.FOUNDATIONAL) <= 0.05 * len(verdicts)


def test_small_cohorts_are_not_judged():
    found, pairs = market(np.random.default_rng(4), size=99)
    assert {verdict for verdict, _, _ in foundational(found).values()} == {Verdict.TOO_FEW}
    assert boomerangs(pairs) == {}
