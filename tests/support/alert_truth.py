"""The cells of events as they were sent, summed in DuckDB: what the pipeline's cells must equal."""

import json
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from tokentide.gateways.formats import ReplayEvent
from tokentide.schemas.alert_rules import CELL_S, Watch
from tokentide.schemas.catalogue import load as load_catalogue
from tokentide.schemas.categories import load as load_categories
from tokentide.streams.detection.cells import Cells

SHARES = {
    "author": "author",
    "model": "model",
    "provider": "provider",
    "source_group": "source",
    "billing_country": "country",
    "language": "language",
    "category": "category",
}
RATES = {
    "tool_call_rate": ("tool_calls", "finish = 'tool_calls'", "finish NOT IN ('', 'tool_calls')"),
    "error_rate": ("errors", "failed", "status != '' AND NOT failed"),
    "cancelled_rate": ("cancelled", "gone", "(status != '' OR said) AND NOT gone"),
}


class Truth:
    """Events, decoded once; gives the cells of any watch that sums tokens.

    Args:
        accounts: the number that stands for an account, by key id and hash; of two equally large the greater leads.
    """

    def __init__(self, events: Iterable[ReplayEvent], accounts: Mapping[tuple[str, str], int]) -> None:
        rows = [_row(json.loads(event.message), accounts) for event in events]
        self._rows = pa.Table.from_pylist(rows)
        self._db = duckdb.connect()
        self._db.register("rows", self._rows)

    def seen(self, watch: Watch) -> bool:
        """Whether any event carries what the watch is told by."""
        return bool(self._long(watch, 0, 2**40))

    def cells(self, watch: Watch, first: int, last: int) -> Cells:
        """The cells between two seconds, members in the order the pipeline gives them."""
        found = self._long(watch, first, last)
        starts = np.arange(first, last, CELL_S, dtype=np.int64)
        members = self._members(watch, found)
        shape = (len(starts), len(members))
        sums = {name: np.zeros(shape) for name in ("events", "amount", "amount_sq", "clustered_sq", "cost")}
        top_account, top_key = np.zeros(shape), np.zeros(shape)
        for start, member, events, amount, amount_sq, clustered, cost, top, key in found:
            at = (start - first) // CELL_S, members.index(member)
            for name, value in zip(sums, (events, amount, amount_sq, clustered, cost), strict=True):
                sums[name][at] = value
            top_account[at], top_key[at] = top, key
        return Cells(
            start=starts,
            members=members,
            late=np.zeros(len(starts), np.bool_),
            top_account=top_account,
            top_key=top_key,
            **sums,
        )

    def _members(self, watch: Watch, found: list[Any]) -> tuple[str, ...]:
        if watch.name in RATES:
            return (RATES[watch.name][0], "rest")
        if watch.name == "reasoning_share":
            return ("reasoning", "rest")
        if watch.name not in SHARES:
            return ("all",)
        return tuple(sorted({row[1] for row in found}))

    def _long(self, watch: Watch, first: int, last: int) -> list[Any]:
        inner = " UNION ALL ".join(
            f"SELECT second, account, '{member}' AS member, {amount} AS x, cost FROM rows WHERE {where}"
            if not member.startswith("=")
            else f"SELECT second, account, {member[1:]} AS member, {amount} AS x, cost FROM rows WHERE {where}"
            for member, amount, where in _parts(watch.name)
        )
        return self._db.execute(
            f"""
            SELECT start, member, sum(n)::DOUBLE, sum(x)::DOUBLE, sum(q)::DOUBLE,
                sum(CASE WHEN account = 0 THEN q ELSE x * x END)::DOUBLE,
                sum(cost)::DOUBLE,
                coalesce(max(x) FILTER (account != 0), 0)::DOUBLE,
                coalesce(arg_max(account, (x, account)) FILTER (account != 0), 0)::DOUBLE
            FROM (
                SELECT second - second % {CELL_S} AS start, account, member, count(*) AS n, sum(x) AS x,
                    sum(x * x) AS q, sum(cost) AS cost
                FROM ({inner}) WHERE second >= {first} AND second < {last} GROUP BY ALL
            ) GROUP BY start, member ORDER BY start, member
            """
        ).fetchall()


def _parts(name: str) -> list[tuple[str, str, str]]:
    """Member (after `=`: the column that names it), amount and filter of each part of a watch."""
    if name in SHARES:
        return [(f"={SHARES[name]}", "tokens::DOUBLE", f"{SHARES[name]} != ''")]
    if name in RATES:
        judged, yes, rest = RATES[name]
        return [(judged, "1.0", yes), ("rest", "1.0", rest)]
    if name == "reasoning_share":
        known = "reasoning IS NOT NULL"
        return [
            ("reasoning", "reasoning::DOUBLE", known),
            ("rest", "(completion - reasoning)::DOUBLE", known),
        ]
    return [("all", "tokens::DOUBLE", "true")]


def _row(event: dict[str, Any], accounts: Mapping[tuple[str, str], int]) -> dict[str, Any]:
    name = load_catalogue().normalise(event["model"])
    status, finish = event.get("status") or "", event.get("finish_reason") or ""
    cost = event.get("cost_usd")
    return {
        "second": _second(event["event_time"]),
        "account": accounts.get((event.get("account_key_id") or "", event.get("account_hash") or ""), 0),
        "model": name.slug,
        "author": name.author,
        "source": _source(name.slug),
        "provider": event.get("provider") or "",
        "country": event.get("billing_country") or "",
        "language": event.get("language") or "",
        "category": _category(event.get("labels") or []),
        "tokens": event["prompt_tokens"] + event["completion_tokens"],
        "completion": event["completion_tokens"],
        "reasoning": event.get("reasoning_tokens"),
        "cost": 0.0 if cost is None else round(float(cost) * 1e9),
        "finish": finish,
        "status": status,
        "failed": status in {"error", "timeout", "rate_limited", "blocked"},
        "gone": status == "cancelled" or bool(event.get("cancelled")),
        "said": event.get("cancelled") is not None,
    }


def _second(time: Any) -> int:
    if isinstance(time, int):
        return time // 1000
    from datetime import datetime

    return int(datetime.fromisoformat(time).timestamp())


@cache
def _source(slug: str) -> str:
    facts = load_catalogue().facts(slug)
    if facts is None or facts.open_weights is None:
        return "unknown"
    if not facts.open_weights:
        return "proprietary"
    return "chinese-oss" if facts.author_country in {"CN", "TW", "HK"} else "row-oss"


def _category(labels: list[dict[str, Any]]) -> str:
    kept = load_categories().kept((each["path"], round(each["confidence"] * 1e6)) for each in labels)
    return kept[0].category if kept else "unclassified" if labels else ""
