"""Flags of all groups together: many are tested, so what is found is corrected for that."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tokentide.reports.cohorts.accounts import Extent
from tokentide.reports.cohorts.calendar import Period
from tokentide.reports.cohorts.cells import Cohorts, is_rotated
from tokentide.reports.cohorts.flags import BOOMERANG_ACCOUNTS, RISE, Lead, Paired, Verdict, best_rise, leads, verdict
from tokentide.reports.statistics.multiple import adjusted
from tokentide.reports.statistics.proportions import mcnemar_rise


def foundational(found: Cohorts) -> dict[str, tuple[Verdict, list[Lead], dict[int, float]]]:
    """Return, per group, the verdict, the leads of its early cohorts and their adjusted p-values."""
    compared = {group: leads(found.of(group)) for group in found.groups}
    keys = [(group, lead.cohort) for group, group_leads in compared.items() for lead in group_leads]
    p_values = adjusted([lead.p for group_leads in compared.values() for lead in group_leads])
    by_group: dict[str, dict[int, float]] = defaultdict(dict)
    for (group, cohort), p in zip(keys, p_values, strict=True):
        by_group[group][cohort] = float(p)
    return {group: (verdict(each, by_group[group]), each, by_group[group]) for group, each in compared.items()}


def boomerangs(
    pairs: Mapping[tuple[str, int], Sequence[Paired]],
) -> dict[tuple[str, int], tuple[Paired, float, bool]]:
    """Return, per group and large enough cohort, its surest rise, adjusted p, and whether it is a comeback."""
    flat = [(key, pair) for key, many in pairs.items() for pair in many if pair.n >= BOOMERANG_ACCOUNTS]
    p_values = mcnemar_rise([pair.gained for _, pair in flat], [pair.lost for _, pair in flat])
    per: dict[tuple[str, int], tuple[list[Paired], list[float]]] = defaultdict(lambda: ([], []))
    for (key, pair), p in zip(flat, p_values, strict=True):
        per[key][0].append(pair)
        per[key][1].append(float(p))
    best = {key: found for key, (many, ps) in per.items() if (found := best_rise(many, ps)) is not None}
    corrected = adjusted([p for _, p in best.values()])
    return {
        key: (pair, float(q), bool(q <= 0.05 and pair.rise >= RISE))
        for (key, (pair, _)), q in zip(best.items(), corrected, strict=True)
    }


def paired(rows: Iterable[Mapping[str, Any]], period: Period, extent: Extent) -> dict[tuple[str, int], list[Paired]]:
    """Add up pairs of offsets over keys, without accounts that may be older than they look."""
    spans = {span.key: span for span in extent.keys}
    sums: dict[tuple[str, int, int, int], list[int]] = defaultdict(lambda: [0, 0, 0])
    for row in rows:
        cohort = int(row["cohort"])
        if not is_rotated(spans[row["key"]], cohort, period):
            counts = sums[row["grp"], cohort, int(row["earlier"]), int(row["later"])]
            for i, name in enumerate(("both_", "gained", "lost")):
                counts[i] += int(row[name])
    found: dict[tuple[str, int], list[Paired]] = defaultdict(list)
    for (group, cohort, earlier, later), (n, gained, lost) in sums.items():
        found[group, cohort].append(Paired(cohort, earlier, later, n, gained, lost))
    return dict(found)
