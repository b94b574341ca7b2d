"""What a figure says, in one sentence: its caption in the report, its description for those who cannot see it."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from tokentide.reports.page.figure import Chart, Figure
from tokentide.reports.page.words import written

Cells = Sequence[tuple[Any, ...]]
_NAMED: Final = 3
_REST: Final = ("other", "unknown", "")


def finding(
    figure: Figure, columns: Sequence[str], keys: Sequence[str], rows: Cells, values: Sequence[Mapping[str, str]]
) -> str:
    """Return the sentence of a figure; '' where its kind has none.

    Args:
        figure: what it is.
        columns: names of the cells.
        keys: which of them are dimensions.
        rows: at least one.
        values: the value columns as described, the main one first.
    """
    table = [dict(zip(columns, row, strict=False)) for row in rows]
    sentence = _SENTENCES.get(figure.chart)
    return sentence(figure, table, list(keys), values) if sentence and table else ""


Table = list[dict[str, Any]]
Values = Sequence[Mapping[str, str]]


def _over_time(figure: Figure, table: Table, keys: list[str], values: Values) -> str:
    """Say the largest groups of the last full bucket, and since the first one the largest change."""
    if not keys:
        return _lines(figure, table, keys, values)
    column, kind = values[0]["column"], values[0]["kind"]
    buckets = sorted({row["bucket"] for row in table})
    last = _last_final(table, buckets)
    now = {row[keys[0]]: row[column] or 0 for row in table if row["bucket"] == last}
    first = _first_full(buckets)
    then = {row[keys[0]]: row[column] or 0 for row in table if row["bucket"] == first}
    said = f"{_day(last)}: {_listed(now, kind)}."
    if len(buckets) < _NAMED or kind != "share":
        return said
    changes = {name: now.get(name, 0) - then.get(name, 0) for name in {*now, *then} if name not in _REST}
    if not changes:
        return said
    most = max(sorted(changes), key=lambda name: abs(changes[name]))
    direction = "up" if changes[most] >= 0 else "down"
    moved = f"{written(then.get(most, 0), kind)} to {written(now.get(most, 0), kind)}"
    return f"{said} Since {_day(first)}, {most} went {direction} from {moved}."


def _lines(figure: Figure, table: Table, keys: list[str], values: Values) -> str:
    """Say each line's first and last value."""
    buckets = sorted({row["bucket"] for row in table})
    first, last = _first_full(buckets), _last_final(table, buckets)
    parts = []
    for value in values[: len(figure.values)]:
        for name in _groups(table, keys):
            path = {row["bucket"]: row[value["column"]] for row in table if not keys or row[keys[0]] == name}
            known = [bucket for bucket in buckets if first <= bucket <= last and path.get(bucket) is not None]
            if known:
                label = f"{name}" if keys else value["label"]
                before, latest = (written(path[bucket], value["kind"]) for bucket in (known[0], known[-1]))
                parts.append(f"{label} from {before} to {latest}")
    return f"{_day(first)} to {_day(last)}: {'; '.join(parts[:4])}." if parts else ""


def _ranked(figure: Figure, table: Table, keys: list[str], values: Values) -> str:
    """Say the first groups, and what they hold together where that is a share."""
    column, kind = values[0]["column"], values[0]["kind"]
    found = {row[keys[0]]: row[column] or 0 for row in table} if keys else {}
    ranked = sorted((name for name in found if name not in _REST), key=lambda name: -found[name])[:_NAMED]
    if not ranked:
        return ""
    together = f", together {written(sum(found[name] for name in ranked), kind)}" if kind == "share" else ""
    rest = found.get("other") if kind == "share" else None
    left = f"; the rest {written(rest, kind)}" if rest else ""
    return f"{_listed(found, kind)}{together}{left}."


def _stacks(figure: Figure, table: Table, keys: list[str], values: Values) -> str:
    """Say the largest part of each of the first groups."""
    column, kind = values[0]["column"], values[0]["kind"]
    key = next(name for name in keys if name != figure.parts)
    said = []
    for part in _groups(table, [figure.parts]):
        rows = [row for row in table if row[figure.parts] == part]
        most = max(rows, key=lambda row: row[column] or 0)
        said.append(f"{part} {most[key]} {written(most[column], kind)}")
    return f"Largest part: {'; '.join(said[:4])}."


def _scatter(figure: Figure, table: Table, keys: list[str], values: Values) -> str:
    """Say how many points there are, and the most used and the dearest."""
    price, use = values[0]["column"], values[1]["column"]
    most = max(table, key=lambda row: row[use] or 0)
    dearest = max(table, key=lambda row: row[price] or 0)
    return (
        f"{len(table)} points. Most used: {most[keys[0]]} at {written(most[price], 'price')}; "
        f"dearest: {dearest[keys[0]]} at {written(dearest[price], 'price')}."
    )


def _heat(figure: Figure, table: Table, keys: list[str], values: Values) -> str:
    """Say how many cohorts there are, and which of at least 100 accounts keeps most after one period."""
    later = [row for row in table if row["offset"] == 1 and (row["n"] or 0) >= 100 and row["retention"] is not None]
    cohorts = len({(row[keys[0]], row["cohort"]) for row in table})
    if not later:
        return f"{cohorts} cohorts."
    best = max(later, key=lambda row: row["retention"])
    return (
        f"{cohorts} cohorts. Of those with 100 accounts, {best[keys[0]]} {best['cohort']} keeps most after one "
        f"period: {written(best['retention'], 'share')}."
    )


_SENTENCES: Final[Mapping[Chart, Callable[[Figure, Table, list[str], Values], str]]] = {
    Chart.AREA: _over_time,
    Chart.COLUMNS: _over_time,
    Chart.LINES: _lines,
    Chart.BARS: _ranked,
    Chart.STACKS: _stacks,
    Chart.SCATTER: _scatter,
    Chart.HEAT: _heat,
}


def _last_final(table: Table, buckets: Sequence[str]) -> str:
    """Return the last bucket that is final, else the last but one, which is at least a full one."""
    final = [row["bucket"] for row in table if row["final"]]
    if final:
        return str(max(final))
    return buckets[-2] if len(buckets) > 1 else buckets[-1]


def _first_full(buckets: Sequence[str]) -> str:
    """Return the first bucket that is surely whole: a period or a store may begin in the middle of one."""
    return buckets[1] if len(buckets) > _NAMED else buckets[0]


def _groups(table: Table, keys: Sequence[str]) -> list[Any]:
    return list(dict.fromkeys(row[keys[0]] for row in table)) if keys else [None]


def _listed(found: Mapping[str, float], kind: str) -> str:
    """Name the largest groups with their values."""
    ranked = sorted((name for name in found if name not in _REST), key=lambda name: -found[name])[:_NAMED]
    return ", ".join(f"{name} {written(found[name], kind)}" for name in ranked or found)


def _day(bucket: str) -> str:
    return bucket[:10] if bucket.endswith("T00:00:00Z") else bucket[:16].replace("T", " ")
