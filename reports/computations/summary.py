"""Shares summed up over weeks: their unweighted mean, least and greatest, beside the share of the total."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from tokentide.reports.cells import WEEK_S, cells
from tokentide.reports.computations.amounts import VOLUME_COLUMNS, Amount, amounts, part, total
from tokentide.reports.computed import Ask
from tokentide.reports.formulas import OF_COUNTS, VOLUME, Row, Unit, Windows
from tokentide.reports.periods import iso
from tokentide.reports.question import Question

_COLUMNS: Final = ("mean_share", "min_share", "min_bucket", "max_share", "max_bucket", "buckets", "share")


@dataclass(frozen=True, slots=True)
class WeeklySummary:
    """Each group's weekly share of everything, summed up over the ISO weeks that have events."""

    windows: Windows = OF_COUNTS

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns after the dimension."""
        return (*_COLUMNS, *VOLUME_COLUMNS)

    def keys(self, question: Question) -> tuple[str, ...]:
        """Return the dimension asked for."""
        return (question.by,) if question.by else ()

    def rows(self, ask: Ask) -> list[Row]:
        """Return one row per group, the largest first."""
        by = self.keys(ask.question)
        found = cells(ask, by, VOLUME, WEEK_S).rows
        return weekly_summary(found, by, ask.question.unit)


def weekly_summary(rows: Iterable[Mapping[str, Any]], by: tuple[str, ...], unit: Unit) -> list[Row]:
    """Sum up cells of weeks; `by` names the group, if any."""
    found = amounts(rows, "t", *by)
    weeks: dict[int, Amount] = {}
    groups: dict[tuple[Any, ...], dict[int, Amount]] = {}
    for (week, *key), each in found.items():
        weeks.setdefault(week, Amount()).plus(each)
        groups.setdefault(tuple(key), {})[week] = each
    wholes = {week: each.of(unit) for week, each in weeks.items() if each.of(unit)}
    everything = total(weeks.values())
    lines = [
        dict(zip(by, key, strict=True)) | _summary(parts, wholes, everything, unit) for key, parts in groups.items()
    ]
    return sorted(lines, key=lambda row: (-(row["share"] or 0.0), *(row[name] for name in by)))


def _summary(parts: Mapping[int, Amount], wholes: Mapping[int, int], everything: Amount, unit: Unit) -> Row:
    nothing = Amount()
    shares = {week: parts.get(week, nothing).of(unit) / whole for week, whole in sorted(wholes.items())}
    mine = total(parts.values())
    volume = mine.row(unit)
    if not shares:
        return dict.fromkeys(_COLUMNS) | {"buckets": 0} | volume
    least, greatest = min(shares, key=lambda week: shares[week]), max(shares, key=lambda week: shares[week])
    return {
        "mean_share": sum(shares.values()) / len(shares),
        "min_share": shares[least],
        "min_bucket": iso(least),
        "max_share": shares[greatest],
        "max_bucket": iso(greatest),
        "buckets": len(shares),
        "share": part(mine.of(unit), everything.of(unit)),
    } | volume
