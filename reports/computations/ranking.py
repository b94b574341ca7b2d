"""How concentrated use is on few models, and how many models there are to choose from."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from tokentide.reports.cells import cells
from tokentide.reports.computations.amounts import VOLUME_COLUMNS, amount, amounts, total
from tokentide.reports.computations.releases import RELEASED
from tokentide.reports.computed import Ask, by_value
from tokentide.reports.dimensions import MODEL_GROUPS_VIEW
from tokentide.reports.formulas import OF_COUNTS, VOLUME, Row, Unit, Windows
from tokentide.reports.periods import ALL_S, Calendar
from tokentide.reports.question import Question
from tokentide.reports.statistics.concentration import concentration

_RANKING: Final = ("top_model", "top1_share", "top2_share", "hhi", "effective_models", "models_above_5pct", "models")
_MEANINGFUL: Final = 0.05


@dataclass(frozen=True, slots=True)
class ModelConcentration:
    """Concentration of a group's volume over its models, per bucket."""

    windows: Windows = OF_COUNTS

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns after time and dimension."""
        return (*_RANKING, *VOLUME_COLUMNS)

    def keys(self, question: Question) -> tuple[str, ...]:
        """Return the dimension asked for."""
        return (question.by,) if question.by else ()

    def rows(self, ask: Ask) -> list[Row]:
        """Return one row per bucket and group."""
        by = self.keys(ask.question)
        keys = tuple(dict.fromkeys((*by, "model")))
        found = cells(ask, keys, VOLUME).rows
        return [
            {"bucket": t} | dict(zip(by, key, strict=True)) | ranked(rows, ask.question.unit)
            for (t, *key), rows in by_value(found, "t", *by).items()
        ]


def ranked(rows: Iterable[Mapping[str, Any]], unit: Unit) -> Row:
    """Return the concentration of cells over their models."""
    models = amounts(rows, "model")
    volumes = {name: each.of(unit) for (name,), each in models.items()}
    found = concentration(list(volumes.values()), _MEANINGFUL)
    volume = total(models.values()).row(unit)
    if found is None:
        return dict.fromkeys(_RANKING) | {"models": 0} | volume
    return {
        "top_model": min(volumes, key=lambda name: (-volumes[name], name)),
        "top1_share": found.top1,
        "top2_share": found.top2,
        "hhi": found.hhi,
        "effective_models": found.effective,
        "models_above_5pct": found.above,
        "models": found.parts,
    } | volume


@dataclass(frozen=True, slots=True)
class ActiveModels:
    """How many models had traffic, and how many the catalogue had released, by bucket and group."""

    windows: Windows = OF_COUNTS

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns after time and dimension."""
        return ("models", "available", *VOLUME_COLUMNS)

    def keys(self, question: Question) -> tuple[str, ...]:
        """Return the dimension asked for."""
        return (question.by,) if question.by else ()

    def rows(self, ask: Ask) -> list[Row]:
        """Return one row per bucket and group that has a model in use or on offer."""
        by = self.keys(ask.question)
        found = cells(ask, tuple(dict.fromkeys((*by, "model"))), VOLUME).rows
        if not found:
            return []
        released = _released(ask, by[0] if by else None)
        size_s = ask.question.grid.size_s if isinstance(ask.question.grid, Calendar) else ALL_S
        last = ask.period[1] if ask.period else ALL_S
        return active_models(found, by, released, size_s, last, ask.question.unit)


def _released(ask: Ask, by: str | None) -> list[tuple[str, int]]:
    """Return group and release time (epoch seconds) of every open model of the catalogue."""
    group = f"groups.{by}" if by else "''"
    rows = ask.rows(
        f"SELECT {group} AS name, {RELEASED} AS released FROM models "
        f"INNER JOIN {MODEL_GROUPS_VIEW} AS groups USING (slug) "
        "WHERE groups.open = 'yes' AND isNotNull(models.release_date)"
    )
    return [(row["name"], int(row["released"])) for row in rows]


def active_models(
    rows: Iterable[Mapping[str, Any]],
    by: tuple[str, ...],
    released: Iterable[tuple[str, int]],
    size_s: int,
    last_s: int,
    unit: Unit,
) -> list[Row]:
    """Count models in cells and on offer, per bucket and group, before the bucket's or the period's end."""
    offers = list(released)
    lines: list[Row] = []
    for (t,), in_bucket in by_value(rows, "t").items():
        end = min(t + size_s, last_s)
        on_offer = [name for name, at in offers if at < end]
        used = by_value(in_bucket, *by)
        names = {*used, *((name,) if by else () for name in on_offer)}
        for key in sorted(names):
            mine = used.get(key, [])
            lines.append(
                {"bucket": t}
                | dict(zip(by, key, strict=True))
                | {
                    "models": len({row["model"] for row in mine}),
                    "available": sum(1 for name in on_offer if not by or name == key[0]),
                }
                | amount(mine).row(unit)
            )
    return lines
