"""Figures per calendar bucket whose unit is the account: how many models it uses, how much the largest weighs."""

from typing import Final

from tokentide.reports.cohorts.accounts import ACCOUNT, TABLE, Population
from tokentide.reports.periods import MONDAY_SHIFT_S

EACH: Final = ACCOUNT
_DAY: Final = "toInt64(toUnixTimestamp(toDateTime(usage.day, 'UTC')))"
_SIZE: Final = "toInt64({bucket_s:UInt32})"
_SHIFT: Final = f"if({{bucket_s:UInt32}} = 604800, {MONDAY_SHIFT_S}, 0)"
_TIME: Final = f"intDiv({_DAY} + {_SHIFT}, {_SIZE}) * {_SIZE} - {_SHIFT} AS t"


def _head(group: str) -> str:
    return f"{_TIME}, toString({group}) AS grp"


def models_per_account(population: Population, group: str, unit: str) -> str:
    """Return SQL for how many models and authors each account (or app) uses, per bucket and group."""
    author = "splitByChar('/', toString(usage.model))[1]"
    each = (
        f"SELECT {_head(group)}, {unit} AS who, uniqExact(usage.model) AS models, uniqExact({author}) AS authors, "
        f"sum(usage.tokens) AS tokens FROM {TABLE} AS usage {population.where()} GROUP BY t, grp, who"
    )
    return (
        "SELECT t, grp, count() AS n, avg(models) AS models_mean, "
        "quantilesExactLow(0.5, 0.9)(models) AS at, countIf(models >= 2) AS multi, "
        "countIf(authors >= 2) AS authors_, sum(tokens) AS all_, sumIf(tokens, models >= 2) AS multi_tokens "
        f"FROM ({each}) GROUP BY t, grp ORDER BY t, grp"
    )


def largest(population: Population, group: str, weight: str) -> str:
    """Return SQL for all and for the one account of most `weight` tokens, per bucket and group."""
    each = (
        f"SELECT {_head(group)}, {EACH} AS account, sum(usage.tokens) AS tokens, "
        f"sum(usage.tool_call_tokens) AS tools FROM {TABLE} AS usage {population.where()} GROUP BY t, grp, account"
    )
    return (
        "SELECT t, grp, count() AS n, sum(each.tokens) AS all_tokens, sum(each.tools) AS all_tools, "
        f"argMax((each.tokens, each.tools), ({weight}, account)) AS top, sum(pow(toFloat64(each.tokens), 2)) AS xx, "
        "sum(pow(toFloat64(each.tools), 2)) AS yy, sum(toFloat64(each.tokens) * toFloat64(each.tools)) AS xy "
        f"FROM ({each}) AS each GROUP BY t, grp ORDER BY t, grp"
    )


def switches(population: Population, group: str, index: str, unit: str) -> str:
    """Return SQL for how many accounts (or apps) went from one main group to another between periods.

    The main group of a period is that of most tokens; accounts not seen in the next period go to ''.
    Parameters: last, the index of the last period that is over.
    """
    sums = (
        f"SELECT {unit} AS who, toInt32({index}) AS p, toString({group}) AS g, sum(usage.tokens) AS tokens "
        f"FROM {TABLE} AS usage {population.where()} GROUP BY p, g, who"
    )
    main = f"SELECT who, p, argMax(g, (tokens, g)) AS main FROM ({sums}) WHERE p <= {{last:Int32}} GROUP BY who, p"
    steps = (
        "SELECT p, main, leadInFrame(p, 1, -1) OVER w AS next_p, leadInFrame(main, 1, '') OVER w AS next_main "
        f"FROM ({main}) WINDOW w AS (PARTITION BY who ORDER BY p ROWS BETWEEN CURRENT ROW AND 1 FOLLOWING)"
    )
    return (
        "SELECT p, main AS source, if(next_p = p + 1, next_main, '') AS target, count() AS accounts "
        f"FROM ({steps}) WHERE p < {{last:Int32}} GROUP BY p, source, target "
        "ORDER BY p, accounts DESC, source, target"
    )
