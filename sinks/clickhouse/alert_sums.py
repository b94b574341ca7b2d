"""SQL of the cells that alerts are decided on: sums of facts over five minutes of event time.

A cell sums the facts that had reached the broker a minute after its end: whoever works it out, and whenever,
gets the same. Only where most of a cell came later (a replay, a backfill, an outage of the gateway's way to us)
is it the sum of all, and marked `late`.

Each watch is asked twice: for its sums, and for what its accounts make of them. Accounts leave as squares and as
the largest one. Of a cell with many events only every n-th account is looked at, and every one that is large.
"""

from collections.abc import Mapping
from typing import Final

from tokentide.schemas.alert_rules import CELL_S

GRACE_S: Final = 60
"""How long after its end a cell waits, in broker time."""

_TOKENS: Final = "(toFloat64(prompt_tokens) + completion_tokens)"
_WEIGHT: Final = "(ifNull(sample_weight, 1000000) / 1e6)"
_AMOUNTS: Final = {"tokens": _TOKENS, "requests": "1.0"}
_START: Final = f"toDateTime(toStartOfInterval(event_time, toIntervalSecond({CELL_S})), 'UTC')"
_ACCOUNT: Final = f"if(account_hash = '', 0, bitAnd(cityHash64(account_key_id, account_hash), {2**52 - 1}))"
_TIMELY: Final = f"received_at < addSeconds({_START}, {CELL_S + GRACE_S})"
_SPAN: Final = "event_time >= {from_s:DateTime64(0, 'UTC')} AND event_time < {to_s:DateTime64(0, 'UTC')}"
_TAKEN: Final = f"{_SPAN} AND ({_TIMELY} OR {_START} IN {{late:Array(DateTime('UTC'))}})"
_FAILED: Final = "status IN ('error', 'timeout', 'rate_limited', 'blocked')"
_CANCELLED: Final = "(status = 'cancelled' OR ifNull(cancelled, false))"

DIMENSIONS: Final[Mapping[str, str]] = {
    "author": "author",
    "model": "model",
    "provider": "provider",
    "source_group": "source",
    "billing_country": "country",
    "language": "language",
}
"""The watches that share one pass over facts, and what each is told apart by there."""

ARRIVALS: Final = f"""
SELECT toUInt32({_START}) AS start_s, countIf({_TIMELY}) AS timely, count() AS all
FROM usage_events WHERE {_SPAN} GROUP BY start_s
"""
"""How many facts of each cell came in time."""

LARGE_PART: Final = 0.0005
"""An account with this part of a cell's tokens is always looked at."""
LARGE: Final = f"""
SELECT account FROM (
    SELECT {_ACCOUNT} AS account, sum({_TOKENS}) AS made, sum(made) OVER () AS all
    FROM usage_events WHERE {_TAKEN} AND account_hash != '' GROUP BY account
)
WHERE made >= {LARGE_PART} * all
"""
"""The large accounts of a cell."""

_LARGE: Final = "account IN {large:Array(UInt64)}"
_LOOKED_AT: Final = (
    f"account_hash != '' AND ({_ACCOUNT} % {{every:UInt32}} = 0 OR {_ACCOUNT} IN {{large:Array(UInt64)}})"
)
_SQUARED: Final = f"""
    sum(x * x * if({_LARGE}, 1, {{every:UInt32}})) AS clustered_sq,
    max(x) AS top_account,
    toFloat64(argMax(account, (x, account))) AS top_key
"""
_ONE_THREAD: Final = "SETTINGS max_threads = 1"
"""Nobody waits for it, and dividing the work costs half as much again."""
_SUMMED: Final = "sum(n) AS events, sum(x) AS amount, sum(q) AS amount_sq, sum(u) AS unknown_sq, sum(c) AS cost"


def _facts(amount: str, keys: str, looked_at: str = "1") -> str:
    """Return the SELECT that sums facts by cell and some keys."""
    return f"""
    SELECT {_START} AS start, {keys}, count() AS n, sum({amount}) AS x, sum({amount} * {amount}) AS q,
        sumIf({amount} * {amount}, account_hash = '') AS u, sum(ifNull(cost_nano, 0)) AS c
    FROM usage_events WHERE {_TAKEN} AND ({looked_at}) GROUP BY ALL
    """


_DIMENSIONS: Final = (
    "used_author AS author, used_model AS model, used_provider AS provider, used_country AS country, "
    "used_language AS language"
)


def _sets(watches: Mapping[str, str], facts: str, more: str = "") -> str:
    """Return the SELECT that groups sums of facts by each watch's column, beside start and `more`."""
    names = ", ".join(f"grouping({column}) = 0, '{watch}'" for watch, column in watches.items())
    members = ", ".join(f"grouping({column}) = 0, toString({column})" for column in watches.values())
    sets = ", ".join(f"(start, {more}{column})" for column in watches.values())
    return f"""
    SELECT multiIf({names}, '') AS watch, multiIf({members}, '') AS member, start, {more}
        sum(summed.n) AS n, sum(summed.x) AS x, sum(summed.q) AS q, sum(summed.u) AS u, sum(summed.c) AS c
    FROM (
        SELECT facts.*, if(groups.source = '', 'unknown', groups.source) AS source
        FROM ({facts}) AS facts
        LEFT JOIN (SELECT slug, any(source) AS source FROM model_groups GROUP BY slug) AS groups
            ON groups.slug = facts.model
    ) AS summed
    GROUP BY GROUPING SETS ({sets})
    """


def shares(watches: Mapping[str, str], unit: str) -> tuple[str, str]:
    """Return the two SELECTs for watches whose amount is in one unit.

    Args:
        watches: name to grouping column, some of DIMENSIONS.
        unit: 'tokens' or 'requests'.
    """
    amount = _AMOUNTS[unit]
    sums = _sets(watches, _facts(amount, _DIMENSIONS))
    accounts = _sets(watches, _facts(amount, f"{_ACCOUNT} AS account, {_DIMENSIONS}", _LOOKED_AT), "account, ")
    return _both(f"SELECT * FROM ({sums}) WHERE member != ''", f"SELECT * FROM ({accounts}) WHERE member != ''")


_CATEGORY_AMOUNTS: Final = {"tokens": f"{_WEIGHT} * {_TOKENS}", "requests": _WEIGHT}


def categories(unit: str) -> tuple[str, str]:
    """Return the two SELECTs for the watch `category`: classified events, each with its sample weight."""
    named = "'category' AS watch, toString(used_category) AS member"
    amount, classified = _CATEGORY_AMOUNTS[unit], "used_category != ''"
    sums = _facts(amount, named, classified)
    accounts = _facts(amount, f"{_ACCOUNT} AS account, {named}", f"{classified} AND ({_LOOKED_AT})")
    return _both(sums, accounts)


_WHOLE_SUMS: Final[Mapping[str, str]] = {
    "all_events": "count()",
    "tokens": f"sum({_TOKENS})",
    "tokens_sq": f"sum({_TOKENS} * {_TOKENS})",
    "tools": "countIf(finish_reason = 'tool_calls')",
    "no_tools": "countIf(finish_reason NOT IN ('', 'tool_calls'))",
    "failed": f"countIf({_FAILED})",
    "not_failed": f"countIf(status != '' AND NOT ({_FAILED}))",
    "given_up": f"countIf({_CANCELLED})",
    "seen_through": f"countIf((status != '' OR isNotNull(cancelled)) AND NOT {_CANCELLED})",
    "reasoned": "count(reasoning_tokens)",
    "reasoning": "sum(ifNull(toFloat64(reasoning_tokens), 0))",
    "reasoning_sq": "sum(ifNull(toFloat64(reasoning_tokens), 0) * ifNull(toFloat64(reasoning_tokens), 0))",
    "answer": "sum(ifNull(toFloat64(completion_tokens) - reasoning_tokens, 0))",
    "answer_sq": "sum(ifNull((toFloat64(completion_tokens) - reasoning_tokens) * "
    "(toFloat64(completion_tokens) - reasoning_tokens), 0))",
}

_WHOLE_ROWS: Final[Mapping[tuple[str, str], tuple[str, str, str]]] = {
    ("tool_call_rate", "tool_calls"): ("tools", "tools", "tools"),
    ("tool_call_rate", "rest"): ("no_tools", "no_tools", "no_tools"),
    ("error_rate", "errors"): ("failed", "failed", "failed"),
    ("error_rate", "rest"): ("not_failed", "not_failed", "not_failed"),
    ("cancelled_rate", "cancelled"): ("given_up", "given_up", "given_up"),
    ("cancelled_rate", "rest"): ("seen_through", "seen_through", "seen_through"),
    ("reasoning_share", "reasoning"): ("reasoned", "reasoning", "reasoning_sq"),
    ("reasoning_share", "rest"): ("reasoned", "answer", "answer_sq"),
    ("mean_sequence_length", "all"): ("all_events", "tokens", "tokens_sq"),
    ("total_volume", "all"): ("all_events", "tokens", "tokens_sq"),
}
"""By watch and member, the judged one first: what counts its events, its amount and the sum of its squares."""

_VOLUME_OF_REQUESTS: Final = {("total_volume", "all"): ("all_events", "all_events", "all_events")}

RATIO_MEMBERS: Final[Mapping[str, tuple[str, ...]]] = {
    watch: tuple(member for name, member in _WHOLE_ROWS if name == watch) for watch, _ in _WHOLE_ROWS
}
"""The members of ratios, means and the volume, the judged one first."""


def wholes(watches: tuple[str, ...], unit: str) -> tuple[str, str]:
    """Return the two SELECTs for ratios, the mean and the volume.

    Args:
        watches: which of them.
        unit: of the volume; rates are of requests and tokens are tokens.
    """
    rows = {**_WHOLE_ROWS, **(_VOLUME_OF_REQUESTS if unit == "requests" else {})}
    told = ", ".join(
        f"('{watch}', '{member}', toFloat64({n}), toFloat64({x}), toFloat64({q}))"
        for (watch, member), (n, x, q) in rows.items()
        if watch in watches
    )
    return _both(_unfolded(told, "account_hash = '' AS no_account", "1"), _unfolded(told, _ACCOUNTED, _LOOKED_AT))


_ACCOUNTED: Final = f"{_ACCOUNT} AS account, false AS no_account"


def _unfolded(told: str, keys: str, looked_at: str) -> str:
    """Return one row for each cell, key and member of `told`."""
    sums = ", ".join(f"{sql} AS {name}" for name, sql in _WHOLE_SUMS.items())
    return f"""
    SELECT * EXCEPT (row), row.1 AS watch, row.2 AS member, row.3 AS n, row.4 AS x, row.5 AS q,
        if(no_account, q, 0) AS u
    FROM (
        SELECT wide.* EXCEPT ({", ".join(_WHOLE_SUMS)}), arrayJoin([{told}]) AS row
        FROM (
            SELECT {_START} AS start, {keys}, {sums}, sum(ifNull(cost_nano, 0)) AS c
            FROM usage_events WHERE {_TAKEN} AND ({looked_at}) GROUP BY ALL
        ) AS wide
    )
    """


def _both(sums: str, accounts: str) -> tuple[str, str]:
    """Return what asks for the sums of each watch, cell and member, and what asks for their accounts."""
    by = "watch, toUInt32(start) AS start_s, member"
    return (
        f"SELECT {by}, {_SUMMED} FROM ({sums}) GROUP BY watch, start, member HAVING events > 0 {_ONE_THREAD}",
        f"SELECT {by}, {_SQUARED} FROM ({accounts}) WHERE n > 0 GROUP BY watch, start, member {_ONE_THREAD}",
    )
