"""Which stored level can answer a question exactly, and what period that is.

Hours and longer come from the 1 h level of a cube; anything finer from its 10 s level, which keeps 14 days of
*received* time. Where rows of the asked period have expired there, the hourly level answers if the question
fits whole hours, else the question is refused: a figure that silently lacks part of its traffic is wrong.

Days and longer take whole days of sealed received days from the sealed level, everything else from the hours;
both are read under one name, as if they were the hourly level.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

from tokentide.reports.computed import Computed, StoreQuery
from tokentide.reports.dimensions import Origin, dimensions
from tokentide.reports.filters import where
from tokentide.reports.periods import ALL_S, HOUR_S, Calendar, Rolling, ceil_to, floor_to, iso
from tokentide.reports.question import Question
from tokentide.schemas.errors import UsageError
from tokentide.schemas.rollup import BUCKET_S
from tokentide.sinks.clickhouse.levels import DAY_S, SEALED_LEVELS, TOTAL_LEVEL
from tokentide.sinks.clickhouse.sealed import sealed_days


@dataclass(frozen=True, slots=True)
class Level:
    """One stored level of a cube."""

    table: str
    step_s: int
    words: str


@dataclass(frozen=True, slots=True)
class Levels:
    """The two stored levels of a cube."""

    fine: Level
    hourly: Level


def levels(origin: Origin) -> Levels:
    """Return the levels of a cube."""
    return Levels(
        Level(f"usage_{origin}_10s", BUCKET_S, "10-second rollups"),
        Level(f"usage_{origin}_1h", HOUR_S, "hourly rollups"),
    )


FINE: Final = levels(Origin.MODEL).fine
HOURLY: Final = levels(Origin.MODEL).hourly


_SEALED: Final = {level.cube: level for level in SEALED_LEVELS if level is not TOTAL_LEVEL}
_MEASURES: Final = ", ".join(f"`{each.column.name}`" for each in TOTAL_LEVEL.shape.merged)


def daily(
    query: StoreQuery,
    origin: Origin,
    start_s: int | None = None,
    end_s: int | None = None,
    first_s: int = 0,
    *,
    total: bool = False,
) -> Level:
    """Return what stands for the hourly level of a cube where only whole days are told apart.

    Args:
        query: the store.
        origin: the cube.
        start_s, end_s: bounds of the question; the days they cut are read by the hour.
        first_s: begin of the cube's first hour, the least time that a row is given.
        total: no dimension is asked for.
    """
    hourly, sealed = levels(origin).hourly, TOTAL_LEVEL if total else _SEALED[str(origin)]
    days = sealed_days(query, sealed)
    if not days:
        return hourly
    columns = _MEASURES if total else "* EXCEPT (received_day, bucket)"
    table = _by_days(columns, (sealed.table, hourly.table), days, (start_s, end_s), first_s)
    return replace(hourly, table=table, words="daily and hourly rollups")


def _by_days(
    columns: str,
    tables: tuple[str, str],
    days: Sequence[date],
    bounds: tuple[int | None, int | None],
    first_s: int,
) -> str:
    sealed, hourly = tables
    listed = ", ".join(f"'{day}'" for day in days)
    whole = [f"one.bucket {sign} toDateTime({at}, 'UTC')" for sign, at in _whole_days(*bounds)]
    inside, cut = " AND ".join(["1", *whole]), " OR ".join(f"NOT ({bound})" for bound in ["1", *whole])
    return (
        f"(SELECT received_day, greatest(one.bucket, toDateTime({first_s}, 'UTC')) AS bucket, {columns} "
        f"FROM {sealed} AS one WHERE received_day IN ({listed}) AND {inside}\n"
        f"    UNION ALL SELECT received_day, one.bucket AS bucket, {columns} "
        f"FROM {hourly} AS one WHERE received_day NOT IN ({listed}) OR {cut})"
    )


def _whole_days(start_s: int | None, end_s: int | None) -> list[tuple[str, int]]:
    """Return the bounds of the whole days between two times."""
    bounds = [] if start_s is None else [(">=", ceil_to(start_s, DAY_S))]
    return bounds if end_s is None else [*bounds, ("<", floor_to(end_s, DAY_S))]


@dataclass(frozen=True, slots=True)
class Extent:
    """What a level holds: whether anything, and where it begins and ends (epoch s, end exclusive)."""

    n: int
    first_s: int
    end_s: int


@dataclass(frozen=True, slots=True)
class Plan:
    """The level that answers, the bounds it is asked for, and what the reader should know about them."""

    level: Level
    from_s: int
    to_s: int
    notes: tuple[str, ...] = ()


def population(question: Question, origin: Origin | None = None) -> tuple[tuple[str, ...], dict[str, Any]]:
    """Return the WHERE terms and parameters of the question's filters, over the rows of its origin."""
    found = dimensions(origin or question.shape.origin)
    return where(question.population, found)


def choose(query: StoreQuery, question: Question, origin: Origin | None = None) -> Plan | None:
    """Return how to answer a question exactly; None when the period has no events.

    Raises:
        UsageError: the finest level has expired for the period and hours do not fit the question.
    """
    stored = levels(origin or question.shape.origin)
    if isinstance(question.grid, Calendar):
        return _by_day(query, question, origin, _calendar(query, question, question.grid, stored))
    return _by_hour(question.grid, stored, _rolling(query, question, question.grid, stored))


def _by_hour(grid: Rolling, stored: Levels, plan: Plan | None) -> Plan | None:
    """Return the plan of windows with the hours that lie in all of them read as hours."""
    if plan is None or plan.level.step_s >= HOUR_S:
        return plan
    first, end = ceil_to(max(0, plan.to_s - grid.window_s), HOUR_S), floor_to(plan.from_s, HOUR_S)
    if end <= first:
        return plan
    first_sql, end_sql = (f"toDateTime({at}, 'UTC')" for at in (first, end))
    table = (
        f"(SELECT * FROM {stored.fine.table} WHERE bucket < {first_sql} OR bucket >= {end_sql}\n"
        f"    UNION ALL SELECT * FROM {stored.hourly.table} WHERE bucket >= {first_sql} AND bucket < {end_sql})"
    )
    return replace(plan, level=replace(plan.level, table=table))


def _by_day(query: StoreQuery, question: Question, origin: Origin | None, plan: Plan | None) -> Plan | None:
    """Return the plan over sealed days, where it reads hours and tells only days apart."""
    grid = question.grid
    if plan is None or plan.level.step_s < HOUR_S or not isinstance(grid, Calendar) or grid.size_s < DAY_S:
        return plan
    origin = origin or question.shape.origin
    bounds = (question.start_s, question.end_s, plan.from_s)
    return replace(plan, level=daily(query, origin, *bounds, total=_is_total(question, origin)))


def _is_total(question: Question, origin: Origin) -> bool:
    """Tell whether a question needs no dimension of the rows it reads."""
    formula = question.shape.formula
    if isinstance(formula, Computed) or origin is not Origin.MODEL or question.shape.origin is not origin:
        return False
    named = (question.by, question.metric.within, *question.population)
    return not any(named) and all(item.where is None for item in formula.sums)


def beside(query: StoreQuery, question: Question, plan: Plan, origin: Origin) -> Level:
    """Return the level of another cube that is read like the one a plan chose, from any time on."""
    if plan.level.step_s < HOUR_S:
        return levels(origin).fine
    if isinstance(question.grid, Calendar) and question.grid.size_s >= DAY_S:
        return daily(query, origin, question.start_s, question.end_s)
    return levels(origin).hourly


def _calendar(query: StoreQuery, question: Question, grid: Calendar, stored: Levels) -> Plan | None:
    # the hourly level outlives the 10-second one: what it lacks, nothing has
    found = extent(query, stored.hourly)
    from_s = max(found.first_s, question.start_s or 0)
    to_s = min(found.end_s, ALL_S if question.end_s is None else question.end_s)
    if found.n == 0 or from_s >= to_s:
        return None
    hours = all(bound is None or bound % HOUR_S == 0 for bound in (question.start_s, question.end_s))
    if grid.size_s >= HOUR_S and hours:
        return Plan(stored.hourly, from_s, to_s)
    since = _complete_since(query, stored, from_s, to_s)
    if since <= from_s:
        return Plan(stored.fine, from_s, to_s)
    if grid.size_s < HOUR_S and question.start_s is None and since < to_s:
        return Plan(stored.fine, since, to_s, (_since_note(since),))
    raise UsageError(
        "the 10-second rollups of this period have expired (they are kept 14 days): "
        "use --bucket 1h or longer, with --from and --to on full hours"
    )


def _rolling(query: StoreQuery, question: Question, grid: Rolling, stored: Levels) -> Plan | None:
    hourly = _ends(extent(query, stored.hourly), question, grid)
    if hourly is None:
        return None
    fine = _ends(extent(query, stored.fine), question, grid)
    plan = _limited(stored.fine, fine or hourly, question, grid)
    since = _complete_since(query, stored, max(0, plan.from_s - grid.window_s), plan.to_s)
    if since == 0:
        return plan
    if grid.every_s % HOUR_S == 0 and grid.window_s % HOUR_S == 0:
        return _limited(stored.hourly, hourly, question, grid)
    first = ceil_to(since + grid.window_s, grid.every_s)
    if question.start_s is None and first <= plan.to_s:
        return Plan(stored.fine, first, plan.to_s, (_since_note(first),))
    raise UsageError(
        "the 10-second rollups of this period have expired (they are kept 14 days): use --every 1h "
        "(windows of 2h and longer), or a later --from"
    )


def _since_note(since: int) -> str:
    return (
        f"only since {iso(since)}: earlier 10-second rollups have expired (they are kept 14 days); "
        "hours and days reach further back"
    )


def _ends(found: Extent, question: Question, grid: Rolling) -> tuple[int, int] | None:
    """Return the first and last window end: as asked, else from the first event to just past the last."""
    start = found.first_s + 1 if question.start_s is None else question.start_s
    high = ceil_to(found.end_s, grid.every_s)
    if question.end_s is not None:
        high = floor_to(question.end_s, grid.every_s)
    low = ceil_to(start, grid.every_s)
    return (low, high) if found.n and low <= high else None


def _limited(level: Level, bounds: tuple[int, int], question: Question, grid: Rolling) -> Plan:
    low, high = bounds
    ends = (high - low) // grid.every_s + 1
    default, most = question.shape.formula.windows
    if question.start_s is not None and ends > most:
        raise UsageError(f"{ends:,} windows are more than {most:,}: use a larger --every or a later --from")
    if question.start_s is None and ends > default:
        low = high - (default - 1) * grid.every_s
        note = f"only the last {default:,} of {ends:,} windows; give --from for earlier ones"
        return Plan(level, low, high, (note,))
    return Plan(level, low, high)


def extent(query: StoreQuery, level: Level) -> Extent:
    """Return whether a level holds anything, and when: read from its index, not from its rows."""
    sql = (
        "SELECT n, toInt64(toUnixTimestamp(first)) AS first_s, toInt64(toUnixTimestamp(last)) AS last_s FROM "
        f"(SELECT count() AS n, min(bucket) AS first, max(bucket) AS last FROM {level.table})"
    )
    row = query(sql, {}).to_pylist()[0]
    return Extent(int(row["n"]), int(row["first_s"]), int(row["last_s"]) + level.step_s)


def _complete_since(query: StoreQuery, stored: Levels, from_s: int, to_s: int) -> int:
    """Return the time from which on the 10-second level holds all of a period; 0 if it holds the period.

    Its TTL drops whole received days, oldest first: hours whose events came on a dropped day are incomplete.
    """
    # an empty level has dropped every day
    oldest = f"(SELECT if(count() = 0, toDate('2149-06-06'), min(received_day)) FROM {stored.fine.table})"
    where = " AND ".join(
        (
            "usage.bucket >= toDateTime({low_s:UInt32}, 'UTC')",
            "usage.bucket < toDateTime({high_s:UInt32}, 'UTC')",
            f"usage.received_day < {oldest}",
        )
    )
    sql = (
        "SELECT count() AS n, toInt64(toUnixTimestamp(max(usage.bucket))) AS last "
        f"FROM {stored.hourly.table} AS usage WHERE {where}"
    )
    hours = {"low_s": floor_to(from_s, HOUR_S), "high_s": min(ALL_S, ceil_to(to_s, HOUR_S))}
    row = query(sql, hours).to_pylist()[0]
    return int(row["last"]) + stored.hourly.step_s if int(row["n"]) else 0


def as_of_ms(query: StoreQuery) -> int | None:
    """Return the newest received time the rollups contain (epoch ms, the broker's clock); None if empty."""
    newest = f"received_day = (SELECT max(received_day) FROM {HOURLY.table})"
    sql = (
        f"SELECT toInt64(toUnixTimestamp64Milli(max(received_max))) AS as_of, count() AS n FROM {HOURLY.table} "
        f"WHERE {newest}"
    )
    row = query(sql, {}).to_pylist()[0]
    return int(row["as_of"]) if int(row["n"]) else None
