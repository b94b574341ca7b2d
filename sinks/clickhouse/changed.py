"""Where to look first: buckets that count wrongly, and buckets with a row newer than the last checkpoint.

What is newer is told from the block numbers of parts.

A part is named `YYYYMMDD_least_most_level[_mutation]` by the insert blocks its rows came from. Numbers grow with
each insert into a table, and merging or mutating parts keeps them: what came from blocks up to the highest known
one was compared at the checkpoint, however its parts have been merged since.
"""

from collections.abc import Sequence
from datetime import date

from tokentide.sinks.clickhouse.embedded import Parts
from tokentide.sinks.clickhouse.fact_sums import FACT_SUMS
from tokentide.sinks.clickhouse.levels import Level


def highest_block(known: Parts, table: str, day: date) -> int:
    """Return the highest insert block of a table's received day that the checkpoint knows, or 0."""
    named = (part.split("_") for part in known.get(table, frozenset()))
    return max((int(most) for of_day, _, most, *_ in named if of_day == f"{day:%Y%m%d}"), default=0)


def changed_buckets(level: Level, days: Sequence[date], known: Parts) -> str:
    """Return the SELECT of (received_day, bucket) with a fact or a row of the level that is newer."""
    facts = _newer("fact", "usage_events", days, known)
    rows = _newer("stored", level.table, days, known)
    return (
        f"SELECT toDate(fact.received_at) AS received_day, {level.bucket} AS bucket "
        f"FROM usage_events AS fact WHERE {facts} GROUP BY received_day, bucket UNION DISTINCT "
        f"SELECT stored.received_day AS received_day, {level.bucket_of('stored')} AS bucket "
        f"FROM {level.table} AS stored WHERE {rows} GROUP BY received_day, bucket"
    )


def _newer(alias: str, table: str, days: Sequence[date], known: Parts) -> str:
    """Return a condition on the part alone, so that no other part is read."""
    block = f"toUInt64(splitByChar('_', toString({alias}._part))[3])"
    of_days = (
        f"(startsWith({alias}._part, '{day:%Y%m%d}_') AND {block} > {highest_block(known, table, day)})"
        for day in days
    )
    return f"({' OR '.join(of_days)})"


def miscounted_buckets(level: Level, facts_where: str, level_where: str) -> str:
    """Return the SELECT of (received_day, bucket) in which the level counts more or fewer facts than there are.

    A look at a tenth of the price of `unequal_buckets`, which also finds every other difference.
    """
    sums = FACT_SUMS[level.cube]
    count = "attempts" if "attempts" in sums.sums else "n"
    facts = (
        f"SELECT toDate(fact.received_at) AS received_day, {level.bucket} AS bucket, "
        f"toInt64(sum({sums.sums[count].sql()})) AS found FROM {sums.source} "
        f"WHERE ({sums.where}) AND ({facts_where}) GROUP BY received_day, bucket"
    )
    stored = (
        f"SELECT stored.received_day AS received_day, {level.bucket_of('stored')} AS bucket, "
        f"-toInt64(sum(stored.`{count}`)) AS found FROM {level.table} AS stored "
        f"WHERE {level_where} GROUP BY received_day, bucket"
    )
    return (
        f"SELECT received_day, bucket FROM ({facts} UNION ALL {stored}) "
        "GROUP BY received_day, bucket HAVING sum(found) != 0"
    )
