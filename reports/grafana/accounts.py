"""Figures about accounts: the statements of `reports.cohorts`, told in SQL what a query tells them in Python.

A cohort statement needs to know how long each account key was observed. A query asks the store for that first
(`cohorts.accounts.observe`); a panel has one statement, so it asks within it. A test holds both to the same rows.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from tokentide.reports.cohorts.accounts import QUIET, TABLE, Population
from tokentide.reports.cohorts.calendar import Period
from tokentide.reports.cohorts.patterns import BITS, MAIN_CATEGORY, cells
from tokentide.reports.cohorts.rates import EACH, largest, models_per_account
from tokentide.reports.dimensions import Origin, dimensions
from tokentide.reports.grafana import span
from tokentide.reports.grafana.statement import Asked, filled
from tokentide.reports.grafana.variables import NONE, restricted
from tokentide.reports.levels import HOURLY
from tokentide.reports.levels import population as restriction

_DAY_S: Final = 86_400
_GROUPS: Final = {"retention": "''", "retention-by-category": MAIN_CATEGORY}
"""What accounts are grouped by where no dimension is asked for."""
_FIRST: Final = f"toDate(toDateTime({span.FROM}, 'UTC'))"
_LAST: Final = f"toDate(toDateTime({span.TO}, 'UTC'))"
_IN_RANGE: Final = f"usage.day >= {_FIRST} AND usage.day <= {_LAST}"
_BEFORE_END: Final = f"usage.day < {_LAST}"
_KEYS: Final = (
    "SELECT toString(usage.account_key_id) AS key, min(usage.day) AS first_day, max(usage.day) AS last_day, "
    f"max(usage.received_day) AS received FROM {TABLE} AS usage GROUP BY key ORDER BY key"
)
_SPANS: Final = (
    f"SELECT key, first_day, newest - last_day > {QUIET.days} AS ended, first_day - begin > {QUIET.days} AS late, "
    f"least(if(received_ > newest, newest + 1, newest), {_LAST}) AS end, "
    "if(ended, least(end, last_day), end) AS own FROM (SELECT key, first_day, last_day, "
    "max(last_day) OVER () AS newest, max(received) OVER () AS received_, min(first_day) OVER () AS begin "
    f"FROM ({_KEYS}))"
)
"""SQL of what `accounts.observe` finds: how long each key was observed."""


def retention(asked: Asked, period: Period) -> str:
    """Return SQL of retention: one row per group, cohort and offset that is over.

    Columns: grp, cohort (its first day), offset, accounts of the cohort, n (those whose offset is over), active,
    retention.
    """
    question, found = asked.question, dimensions(Origin.ACCOUNTS)
    group = found[question.by] if question.by else _GROUPS[asked.metric]
    terms, parameters = restriction(question)
    sql = cells(period, Population((*terms, _BEFORE_END)), group)
    sql = filled(restricted(sql, parameters, found), parameters, _extent(period))
    rotated = f"(SELECT key, {period.sql('first_day')} FROM ({_SPANS}) WHERE late)"
    counted = (
        "SELECT grp, cohort, offset, sum(at_risk) AS n, sum(active) AS active, "
        "sum(sumIf(accounts_, offset = 0)) OVER (PARTITION BY grp, cohort) AS accounts "
        f"FROM (\n{sql}\n) WHERE (key, cohort) NOT IN {rotated} GROUP BY grp, cohort, offset"
    )
    return (
        f"SELECT if(grp = '', '{NONE}', grp) AS grp, {_start(period)} AS cohort, offset, accounts, n, active, "
        f"active / n AS retention FROM (\n{counted}\n) AS each "
        f"WHERE each.n > 0 AND {_start(period)} >= {_FIRST}"
    )


def _extent(period: Period) -> dict[str, str]:
    """Return what `cohorts.patterns.parameters` gives, as SQL."""
    newest = f"{period.sql('max(end)')} - {BITS - 1}"
    return {
        "base": f"(SELECT greatest({period.sql('min(first_day)')}, {newest}) FROM ({_SPANS}))",
        "keys": f"(SELECT groupArray(key) FROM ({_SPANS}))",
        "ends": f"(SELECT groupArray(toInt32(own)) FROM ({_SPANS}))",
    }


def _start(period: Period) -> str:
    """Return SQL of the first day of a cohort period; the inverse of `Period.sql`."""
    if period.weekly:
        return "toDate(toInt32(each.cohort * 7 - 3))"
    return "makeDate(intDiv(each.cohort, 12), each.cohort % 12 + 1, 1)"


def models() -> str:
    """Return SQL of how many models accounts use, per bucket of days: time, means, shares, n."""
    found = _by_bucket(models_per_account, "''", EACH)
    return (
        'SELECT toDateTime(t, \'UTC\') AS time, models_mean AS "Models per account", multi / n AS "Several models", '
        'authors_ / n AS "Several authors", multi_tokens / nullIf(all_, 0) AS "Tokens of those with several models", '
        f'n AS "Accounts (n)" FROM (\n{found}\n)\nORDER BY time'
    )


def whale() -> str:
    """Return SQL of the largest account's share of tokens, per bucket of days: time, share, n."""
    found = _by_bucket(largest, "''", "each.tokens")
    return (
        "SELECT toDateTime(t, 'UTC') AS time, tupleElement(top, 1) / nullIf(all_tokens, 0) AS \"Largest account\", "
        f'n AS "Accounts (n)" FROM (\n{found}\n)\nORDER BY time'
    )


def _by_bucket(statement: Callable[[Population, str, str], str], group: str, of: str) -> str:
    terms, parameters = _restricted()
    sql = statement(Population((*terms, _IN_RANGE)), group, of)
    return filled(sql, parameters, {"bucket_s": span.bucket_s(_DAY_S)})


def carried() -> str:
    """Return SQL of one row: events that carry an account_hash, and all, of the days of the range."""
    terms, _ = _restricted()
    known = f"SELECT sum(usage.attempts) FROM {TABLE} AS usage WHERE {' AND '.join((*terms, _IN_RANGE))}"
    variables = restricted(*_variables(Asked("volume", by="")), dimensions(Origin.MODEL))
    every = (
        f"SELECT sum(usage.attempts) FROM {HOURLY.table} AS usage WHERE usage.bucket >= toDateTime({_FIRST}, 'UTC') "
        f"AND usage.bucket < toDateTime({_LAST} + 1, 'UTC') AND {variables}"
    )
    return f"SELECT ({known}) AS known, ({every}) AS n"


def _restricted() -> tuple[tuple[str, ...], Mapping[str, Any]]:
    """Return the terms of the variables over account rows, as Grafana writes them."""
    sql, parameters = _variables(Asked("models-per-account"))
    return (restricted(sql, parameters, dimensions(Origin.ACCOUNTS)),), parameters


def _variables(asked: Asked) -> tuple[str, Mapping[str, Any]]:
    terms, parameters = restriction(asked.question)
    return " AND ".join(terms), parameters
