"""The SQL that counts, in the engine, how many accounts of each cohort were active when.

Rows of the account table → one bitmap of active periods per group and account → how many accounts share a
cohort and a bitmap → counts per cohort and offset, or per pair of offsets. Account rows never leave the engine.
"""

from collections.abc import Mapping
from typing import Any, Final

from tokentide.reports.cohorts.accounts import ACCOUNT, TABLE, Extent, Population
from tokentide.reports.cohorts.calendar import SPAN_DAYS, Period

BITS: Final = 63
"""Offsets that one bitmap holds; older cohorts are not followed further back than this."""

MAIN_CATEGORY: Final = "main_category"


def _marks(period: Period) -> str:
    if period.since_first_use:
        return "groupUniqArray(toInt32(usage.day))"
    index = period.sql("usage.day")
    mark = f"bitShiftLeft(toUInt64(1), toUInt8(greatest(0, {index} - {{base:Int32}})))"
    return f"groupBitOrIf({mark}, {index} >= {{base:Int32}})"


def _bits(period: Period) -> str:
    """Return the bitmap by offset since the first use: bit 0 is the cohort's own period."""
    if period.since_first_use:
        spans = f"arrayMap(d -> bitShiftLeft(toUInt64(1), least({BITS}, intDiv(d - first, {SPAN_DAYS}))), marks)"
        return f"arrayReduce('groupBitOr', {spans})"
    return f"bitShiftRight(marks, toUInt8({period.sql('toDate(first)')} - {{base:Int32}}))"


def _observed(period: Period) -> str:
    """Return how many periods, the first included, are over and were observed for an account's key."""
    end = "transform(key, {keys:Array(String)}, {ends:Array(Int32)}, toInt32(0))"
    if period.since_first_use:
        return f"greatest(0, intDiv({end} - first, {SPAN_DAYS}))"
    return f"greatest(0, {period.sql(f'toDate({end})')} - {period.sql('toDate(first)')})"


_KEYS: Final = "{keys:Array(String)}"


def _uses(period: Period, population: Population, group: str) -> str:
    """Return one row per group and account: its first day and its marks of use."""
    # one number to group by is twice as fast as three columns
    each = f"cityHash64({group}, {ACCOUNT})" if group != "''" else ACCOUNT
    # a key id is a number until the end: strings of every row cost more than the grouping
    head = (
        f"SELECT any({group}) AS grp, "
        f"{_KEYS}[indexOf(arrayMap(k -> cityHash64(k), {_KEYS}), any(cityHash64(usage.account_key_id)))] AS key, "
        f"toInt32(min(usage.day)) AS first, {_marks(period)} AS marks"
    )
    return f"{head} FROM {TABLE} AS usage {population.where()} GROUP BY {each}"


def _uses_by_category(period: Period, population: Population) -> str:
    """Return one row per account; its group is the category of most of its classified tokens."""
    more = f" AS marks, sum(usage.wt) AS weight, any({ACCOUNT}) AS account"
    inner = _uses(period, population, "usage.category").replace(" AS marks", more)
    merged = "groupUniqArrayArray(marks)" if period.since_first_use else "groupBitOr(marks)"
    category = "argMaxIf(grp, (weight, grp), grp NOT IN ('', 'unclassified') AND weight > 0)"
    return (
        f"SELECT toString({category}) AS grp, key, account, min(each.first) AS first, {merged} AS marks "
        f"FROM ({inner}) AS each GROUP BY key, account"
    )


def patterns(period: Period, population: Population, group: str) -> str:
    """Return SQL for the accounts that share a group, key, cohort, span of observation and bitmap."""
    by_category = group == MAIN_CATEGORY
    uses = _uses_by_category(period, population) if by_category else _uses(period, population, group)
    cohort = period.sql("toDate(first)")
    # who began before the first period that a bitmap holds is in no cohort, not in that one
    followed = "" if period.since_first_use else f" WHERE {cohort} >= {{base:Int32}}"
    return (
        f"SELECT toString(grp) AS grp, key, {cohort} AS cohort, {_bits(period)} AS bits, "
        f"least({BITS}, {_observed(period)}) AS observed, count() AS accounts "
        f"FROM ({uses}){followed} GROUP BY grp, key, cohort, bits, observed"
    )


def cells(period: Period, population: Population, group: str) -> str:
    """Return SQL for counts per group, key, cohort and offset.

    Columns: accounts (of the cohort that reach this row), at_risk (whose period is over), active, strict
    (active in this and every earlier period). The last offset of a cohort is the one that is not over yet.
    """
    mask = "bitShiftLeft(toUInt64(1), toUInt8(offset + 1)) - 1"
    return (
        "SELECT grp, key, cohort, toInt32(arrayJoin(range(toUInt32(observed + 1)))) AS offset, "
        "sum(accounts) AS accounts_, sumIf(accounts, offset < observed) AS at_risk, "
        "sumIf(accounts, offset < observed AND bitTest(bits, toUInt8(offset))) AS active, "
        f"sumIf(accounts, offset < observed AND bitAnd(bits, {mask}) = {mask}) AS strict "
        f"FROM ({patterns(period, population, group)}) GROUP BY grp, key, cohort, offset "
        "ORDER BY grp, key, cohort, offset"
    )


def pairs(period: Period, population: Population, group: str) -> str:
    """Return SQL for the same accounts at two offsets, earlier < later, both over: gained and lost."""
    was, is_ = "bitTest(bits, toUInt8(earlier))", "bitTest(bits, toUInt8(later))"
    offsets = "arrayFlatten(arrayMap(l -> arrayMap(e -> (e, l), range(1, l)), range(2, toUInt32(observed))))"
    return (
        f"SELECT grp, key, cohort, (arrayJoin({offsets}) AS two).1 AS earlier, two.2 AS later, "
        f"sum(accounts) AS both_, sumIf(accounts, NOT {was} AND {is_}) AS gained, "
        f"sumIf(accounts, {was} AND NOT {is_}) AS lost "
        f"FROM ({patterns(period, population, group)}) WHERE observed > 2 "
        "GROUP BY grp, key, cohort, earlier, later"
    )


def parameters(period: Period, population: Population, extent: Extent) -> Mapping[str, Any]:
    """Return what the statements need to know of the store."""
    base = max(period.index(extent.first_day), period.index(extent.end) - BITS + 1)
    ends = {span.key: (span.end.toordinal() - _EPOCH) for span in extent.keys}
    return {
        **population.parameters,
        "base": base,
        "keys": list(ends),
        "ends": list(ends.values()),
    }


_EPOCH: Final = 719_163
"""The ordinal of 1970-01-01."""
