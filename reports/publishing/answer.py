"""Answers for strangers: from published cells only, on the calendar, with three digits."""

from dataclasses import dataclass
from typing import Any, Final

from tokentide.reports.publishing.rules import PUBLISHED, rounded
from tokentide.schemas.errors import UsageError
from tokentide.sinks.clickhouse.watermarks import StoreQuery

_AUTHOR: Final = "if(member = 'other', 'other', splitByChar('/', member)[1])"
_OF_MODEL: Final = "if(member = 'other', 'other', ifNull(nullIf(groups.{0}, ''), 'unknown'))"


@dataclass(frozen=True, slots=True)
class Source:
    """Which composition a metric is read from, and how its members are grouped."""

    composition: str
    by: str
    group: str = "member"
    join: str = ""


_MODELS: Final = "LEFT JOIN model_groups AS groups ON groups.slug = member"
_PLACES: Final = "LEFT JOIN places AS groups ON groups.code = member"
SOURCES: Final = {
    "token-share-by-author": Source("model", "author", _AUTHOR),
    "token-share-by-source": Source("model", "source", _OF_MODEL.format("source"), _MODELS),
    "category-share": Source("category", "category"),
    "country-share": Source("country", "billing_country"),
    "continent-share": Source("country", "continent", _OF_MODEL.format("continent"), _PLACES),
    "language-share": Source("language", "language"),
}
"""The metrics that are published, by id."""

_BUCKETS: Final = {"1d": "day", "1w": "toMonday(day)"}


def answer(query: StoreQuery, metric: str, bucket: str = "1w") -> list[dict[str, Any]]:
    """Return the published figures of a metric.

    Args:
        query: a store's, or that of the role `publisher`.
        metric: one of `SOURCES`.
        bucket: '1d' or '1w'; a week sums the days of it that were published.

    Returns:
        Rows of bucket, group, days, tokens, requests, cost_usd, their shares, and `rules`: 'evaluated', or
        'not evaluated' where no event carries an account_hash.

    Raises:
        UsageError: the metric is not published, or not on this calendar.
    """
    check(metric, bucket)
    source = SOURCES[metric]
    rows = query(_sql(source, bucket), {"composition": source.composition}).to_pylist()
    return [_row(source, row) for row in rows]


def check(metric: str, bucket: str) -> None:
    """Refuse what is not published.

    Raises:
        UsageError: as `answer`.
    """
    if metric not in SOURCES:
        raise UsageError(f"{metric} is not published: use one of {', '.join(SOURCES)}")
    if bucket not in _BUCKETS:
        raise UsageError(f"--bucket {bucket} is not published: use 1d or 1w")


def _sql(source: Source, bucket: str) -> str:
    return f"""
WITH sums AS (
    SELECT {_BUCKETS[bucket]} AS at, {source.group} AS key, uniqExact(day) AS days,
        sum(tokens) AS tokens, sum(requests) AS requests, sum(cost_usd) AS cost_usd
    FROM published_members {source.join}
    WHERE composition = {{composition:String}}
    GROUP BY at, key
), state AS (
    SELECT {_BUCKETS[bucket]} AS at, any(rules) AS rules, countIf(withheld) AS withheld_days
    FROM published_days WHERE composition = {{composition:String}} GROUP BY at
)
SELECT toString(at) AS bucket, key, days, tokens, requests, cost_usd,
    tokens / nullIf(sum(tokens) OVER (PARTITION BY at), 0) AS token_share,
    requests / nullIf(sum(requests) OVER (PARTITION BY at), 0) AS request_share,
    cost_usd / nullIf(sum(cost_usd) OVER (PARTITION BY at), 0) AS cost_share,
    rules, withheld_days
FROM sums INNER JOIN state USING (at)
ORDER BY at, key = 'other', tokens DESC, key"""


def _row(source: Source, row: dict[str, Any]) -> dict[str, Any]:
    named = {source.by if name == "key" else name: value for name, value in row.items()}
    return {
        name: rounded(value, PUBLISHED.digits) if isinstance(value, float) else value for name, value in named.items()
    }
