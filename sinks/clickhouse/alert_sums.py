"""SQL of the cells that alerts are decided on: sums of facts over five minutes of event time.

A cell sums the facts that had reached the broker a minute after its end: whoever works it out, and whenever,
gets the same. Only where most of a cell came later (a replay, a backfill, an outage of the gateway's way to us)
is it the sum of all, and marked `late`. Accounts are known here alone and leave as squares and a maximum.
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

COLUMNS: Final = "watch, start, member, events, amount, amount_sq, clustered_sq, top_account, top_key, cost"

ARRIVALS: Final = f"""
SELECT {_START} AS start, countIf({_TIMELY}) AS timely, count() AS all
FROM usage_events WHERE {_SPAN} GROUP BY start
"""
"""How many facts of each cell came in time."""

_CLUSTERED: Final = """
    if(max(account) = 0, NULL, sum(if(account = 0, q, x * x))) AS clustered_sq,
    if(max(account) = 0, NULL, maxIf(x, account != 0)) AS top_account,
    if(max(account) = 0, NULL, toFloat64(argMaxIf(account, (x, account), account != 0))) AS top_key
"""


def _by_account(amount: str) -> str:
    """Sum first what each account has in common, so that each grouping set goes over far fewer rows."""
    return f"""
    SELECT {_START} AS start, {_ACCOUNT} AS account, toString(used_author) AS author, toString(used_model) AS model,
        toString(used_provider) AS provider, toString(used_country) AS country, toString(used_language) AS language,
        count() AS n, sum({amount}) AS x, sum({amount} * {amount}) AS q, sum(ifNull(cost_nano, 0)) AS cost
    FROM usage_events WHERE {_TAKEN}
    GROUP BY start, account, used_author, used_model, used_provider, used_country, used_language
    """


def shares(watches: Mapping[str, str], unit: str) -> str:
    """Return the SELECT of COLUMNS for watches whose amount is in one unit.

    Args:
        watches: name to grouping column, some of DIMENSIONS.
        unit: 'tokens' or 'requests'.
    """
    grouped = watches.values()
    sets = ", ".join(f"(start, account, {column})" for column in grouped)
    names = ", ".join(f"grouping({column}) = 0, '{watch}'" for watch, column in watches.items())
    members = ", ".join(f"grouping({column}) = 0, {column}" for column in grouped)
    return f"""
SELECT watch, start, member, sum(n) AS events, sum(x) AS amount, sum(q) AS amount_sq, {_CLUSTERED}, sum(cost) AS cost
FROM (
    SELECT multiIf({names}, '') AS watch, multiIf({members}, '') AS member, start, account,
        sum(by_account.n) AS n, sum(by_account.x) AS x, sum(by_account.q) AS q, sum(by_account.cost) AS cost
    FROM (
        SELECT facts.*, if(groups.source = '', 'unknown', groups.source) AS source
        FROM ({_by_account(_AMOUNTS[unit])}) AS facts
        LEFT JOIN (SELECT slug, any(source) AS source FROM model_groups GROUP BY slug) AS groups
            ON groups.slug = facts.model
    ) AS by_account
    GROUP BY GROUPING SETS ({sets})
)
WHERE member != ''
GROUP BY watch, start, member
"""


_CATEGORY_AMOUNTS: Final = {"tokens": f"{_WEIGHT} * {_TOKENS}", "requests": _WEIGHT}


def categories(unit: str) -> str:
    """Return the SELECT of COLUMNS for the watch `category`: classified events, each with its sample weight."""
    amount = _CATEGORY_AMOUNTS[unit]
    return f"""
SELECT 'category' AS watch, start, member, sum(n) AS events, sum(x) AS amount, sum(q) AS amount_sq, {_CLUSTERED},
    sum(cost) AS cost
FROM (
    SELECT {_START} AS start, {_ACCOUNT} AS account, toString(used_category) AS member,
        count() AS n, sum({amount}) AS x, sum({amount} * {amount}) AS q,
        sum({_WEIGHT} * ifNull(cost_nano, 0)) AS cost
    FROM usage_events WHERE {_TAKEN} AND used_category != ''
    GROUP BY start, account, used_category
)
GROUP BY watch, start, member
"""


_WHOLE_SUMS: Final[Mapping[str, str]] = {
    "n": "count()",
    "tokens": f"sum({_TOKENS})",
    "tokens_sq": f"sum({_TOKENS} * {_TOKENS})",
    "cost": "sum(ifNull(cost_nano, 0))",
    "tools": "countIf(finish_reason = 'tool_calls')",
    "no_tools": "countIf(finish_reason NOT IN ('', 'tool_calls'))",
    "failed": f"countIf({_FAILED})",
    "not_failed": f"countIf(status != '' AND NOT ({_FAILED}))",
    "given_up": f"countIf({_CANCELLED})",
    "seen_through": f"countIf((status != '' OR isNotNull(cancelled)) AND NOT {_CANCELLED})",
    "reasoned": "count(reasoning_tokens)",
    "reasoning": "sum(ifNull(toFloat64(reasoning_tokens), 0))",
    "reasoning_sq": "sum(pow(ifNull(toFloat64(reasoning_tokens), 0), 2))",
    "answer": "sum(ifNull(toFloat64(completion_tokens) - reasoning_tokens, 0))",
    "answer_sq": "sum(pow(ifNull(toFloat64(completion_tokens) - reasoning_tokens, 0), 2))",
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
    ("mean_sequence_length", "all"): ("n", "tokens", "tokens_sq"),
    ("total_volume", "all"): ("n", "tokens", "tokens_sq"),
}
"""By watch and member, the judged one first: what counts its events, its amount and the sum of its squares."""

_VOLUME_OF_REQUESTS: Final = {("total_volume", "all"): ("n", "n", "n")}

RATIO_MEMBERS: Final[Mapping[str, tuple[str, ...]]] = {
    watch: tuple(member for name, member in _WHOLE_ROWS if name == watch) for watch, _ in _WHOLE_ROWS
}
"""The members of ratios, means and the volume, the judged one first."""


def wholes(watches: tuple[str, ...], unit: str) -> str:
    """Return the SELECT of COLUMNS for ratios, the mean and the volume.

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
    sums = ", ".join(f"{sql} AS {name}" for name, sql in _WHOLE_SUMS.items())
    return f"""
SELECT watch, start, member, sum(row.3) AS events, sum(x) AS amount, sum(q) AS amount_sq, {_CLUSTERED},
    sum(cost) AS cost
FROM (
    SELECT start, account, arrayJoin([{told}]) AS row, row.1 AS watch, row.2 AS member, row.4 AS x, row.5 AS q, cost
    FROM (
        SELECT {_START} AS start, {_ACCOUNT} AS account, {sums}
        FROM usage_events WHERE {_TAKEN} GROUP BY start, account
    )
)
GROUP BY watch, start, member
HAVING events > 0
"""
