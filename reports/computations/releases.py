"""What a release does: shares before, at and after it, and how often authors release."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from tokentide.reports.cells import cells
from tokentide.reports.computations.amounts import part
from tokentide.reports.computed import Ask
from tokentide.reports.dimensions import MODEL_GROUPS_VIEW
from tokentide.reports.formulas import OF_COUNTS, VOLUME, Row, Unit, Windows
from tokentide.reports.periods import ALL_S, iso
from tokentide.reports.question import Question

DAY_S: Final = 86_400
SPAN_S: Final = 28 * DAY_S
"""How long before, at and after a date are."""
WEEK_S: Final = 7 * DAY_S
NOTICED: Final = 0.01
"""Share of open models' volume from which on a model counts as adopted."""
RELEASED: Final = "toInt64(toUnixTimestamp(toDateTime(assumeNotNull(models.release_date), 'UTC')))"
"""SQL of a model's release in epoch seconds, at 00:00 UTC."""
_COLUMNS: Final = (
    "released",
    "before_share",
    "at_share",
    "after_share",
    "model_at_share",
    "model_after_share",
    "change_at",
    "change_after",
    "verdict",
    "ramp_days",
)


@dataclass(frozen=True, slots=True)
class Days:
    """Volume of each day (epoch seconds at 00:00 UTC): of everything, of open models, of each model."""

    everything: Mapping[int, float]
    open: Mapping[int, float]
    models: Mapping[str, Mapping[int, float]]


def days_of(rows: Iterable[Mapping[str, Any]], unit: Unit) -> Days:
    """Return the daily volumes of cells by day, model and open."""
    everything: dict[int, float] = {}
    opened: dict[int, float] = {}
    models: dict[str, dict[int, float]] = {}
    column = {Unit.USD: "cost_nano", Unit.REQUESTS: "requests"}.get(unit, "tokens")
    for row in rows:
        day, volume = row["t"], row[column]
        everything[day] = everything.get(day, 0) + volume
        if row["open"] == "yes":
            opened[day] = opened.get(day, 0) + volume
        mine = models.setdefault(row["model"], {})
        mine[day] = mine.get(day, 0) + volume
    return Days(everything, opened, models)


def between(days: Mapping[int, float], start: int, end: int) -> float:
    """Return the volume of the days in [start, end)."""
    return sum(volume for day, volume in days.items() if start <= day < end)


@dataclass(frozen=True, slots=True)
class ReleaseEffect:
    """Shares of open models around the release of each of the largest of them."""

    windows: Windows = OF_COUNTS

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns after the model."""
        return _COLUMNS

    def keys(self, question: Question) -> tuple[str, ...]:
        """Return the model."""
        return ("model",)

    def rows(self, ask: Ask) -> list[Row]:
        """Return one row per open model released in the period, the most used ones, by date."""
        found = cells(ask, ("model", "open"), VOLUME, DAY_S)
        if found.plan is None:
            return []
        first, last = found.plan.from_s, found.plan.to_s
        days = days_of(found.rows, ask.question.unit)
        released = {slug: at for slug, at in _open_releases(ask) if first <= at < last and slug in days.models}
        largest = sorted(released, key=lambda slug: (-sum(days.models[slug].values()), slug))[: ask.question.top]
        lines = [release_effect(days, slug, released[slug], (first, last)) for slug in largest]
        return sorted(lines, key=lambda row: (row["released"], row["model"]))


def _open_releases(ask: Ask) -> list[tuple[str, int]]:
    rows = ask.rows(
        f"SELECT slug, {RELEASED} AS released FROM models INNER JOIN {MODEL_GROUPS_VIEW} AS groups "
        "USING (slug) WHERE groups.open = 'yes' AND isNotNull(models.release_date)"
    )
    return [(row["slug"], int(row["released"])) for row in rows]


def release_effect(days: Days, slug: str, at: int, period: tuple[int, int]) -> Row:
    """Return the shares around one release; a window that reaches out of the period gives None."""
    spans = {"before": (at - SPAN_S, at), "at": (at, at + SPAN_S), "after": (at + SPAN_S, at + 2 * SPAN_S)}
    opened = {name: _share(days.open, days.everything, span, period) for name, span in spans.items()}
    mine = {name: _share(days.models[slug], days.everything, span, period) for name, span in spans.items()}
    change_at, change_after = (_minus(opened[name], opened["before"]) for name in ("at", "after"))
    return {
        "model": slug,
        "released": iso(at)[:10],
        **{f"{name}_share": value for name, value in opened.items()},
        "model_at_share": mine["at"],
        "model_after_share": mine["after"],
        "change_at": change_at,
        "change_after": change_after,
        "verdict": verdict(change_at, change_after),
        "ramp_days": _ramp_days(days, slug, at, period[1]),
    }


def _share(
    some: Mapping[int, float], whole: Mapping[int, float], span: tuple[int, int], period: tuple[int, int]
) -> float | None:
    if span[0] < period[0] or span[1] > period[1]:
        return None
    return part(between(some, *span), between(whole, *span))


def _minus(a: float | None, b: float | None) -> float | None:
    return None if a is None or b is None else a - b


def verdict(change_at: float | None, change_after: float | None) -> str | None:
    """Return whether a rise at the release was kept, by half of it at least, four weeks on."""
    if change_at is None or change_after is None:
        return None
    if change_at <= 0:
        return "none"
    return "kept" if change_after >= change_at / 2 else "spike"


def _ramp_days(days: Days, slug: str, at: int, last: int) -> int | None:
    """Return days to the end of the first week since release with a noticeable share of open models' volume."""
    for start in range(at, last, WEEK_S):
        whole = between(days.open, start, start + WEEK_S)
        if whole and between(days.models[slug], start, start + WEEK_S) >= NOTICED * whole:
            return (start + WEEK_S - at) // DAY_S
    return None


@dataclass(frozen=True, slots=True)
class ReleaseCadence:
    """How many models each author released in each calendar quarter, by the catalogue."""

    windows: Windows = OF_COUNTS

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns after the dimensions."""
        return ("releases", "open_releases", "cumulative")

    def keys(self, question: Question) -> tuple[str, ...]:
        """Return quarter and author."""
        return ("quarter", "author")

    def rows(self, ask: Ask) -> list[Row]:
        """Return one row per quarter and author with a release."""
        found = ask.rows(
            f"SELECT slug, models.author AS author, {RELEASED} AS released, groups.open AS open FROM models "
            f"INNER JOIN {MODEL_GROUPS_VIEW} AS groups USING (slug) WHERE isNotNull(models.release_date)"
        )
        start, end = ask.question.start_s, ask.question.end_s
        return cadence(found, start or 0, end)


def cadence(rows: Sequence[Mapping[str, Any]], start_s: int, end_s: int | None) -> list[Row]:
    """Count releases by quarter and author; `cumulative` counts from the first in the period on."""
    kept = [row for row in rows if start_s <= row["released"] < (ALL_S if end_s is None else end_s)]
    counts: dict[tuple[str, str], list[bool]] = {}
    for row in kept:
        counts.setdefault((_quarter(row["released"]), row["author"]), []).append(row["open"] == "yes")
    lines: list[Row] = []
    reached: dict[str, int] = {}
    for (quarter, author), opened in sorted(counts.items()):
        reached[author] = reached.get(author, 0) + len(opened)
        lines.append(
            {
                "quarter": quarter,
                "author": author,
                "releases": len(opened),
                "open_releases": sum(opened),
                "cumulative": reached[author],
            }
        )
    return lines


def _quarter(released: int) -> str:
    day = datetime.fromtimestamp(released, UTC)
    return f"{day.year}-Q{(day.month + 2) // 3}"
