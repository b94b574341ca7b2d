"""Which part of the traffic carries the optional fields that figures need, and how to send them."""

from dataclasses import dataclass
from typing import Any, Final

from tokentide.reports.computed import StoreQuery
from tokentide.reports.page.view import View


@dataclass(frozen=True, slots=True)
class Field:
    """An optional field of the event.

    Attributes:
        name: as it is sent.
        example: its value on the command line of `tokentide send`.
    """

    name: str
    example: str

    @property
    def how(self) -> str:
        """Say how it is sent, by example."""
        return f"tokentide send … --field '{self.name}={self.example}'"


FIELDS: Final = {
    field.name: field
    for field in (
        Field("finish_reason", "tool_calls"),
        Field("tools_offered", "3"),
        Field("cost_usd", '"0.0042"'),
        Field("billing_country", "DE"),
        Field("language", "en"),
        Field("account_hash", "9f86d081884c7d659a2feaa0c55ad015"),
        Field("labels", '[{"path": "/Computers & Electronics/Programming", "confidence": 0.9}]'),
    )
}
"""What figures name as their need."""

_SQL: Final = """
SELECT model.attempts AS attempts, finish_reason, tools_offered, cost_usd, billing_country, language,
    labels, account_hash
FROM (
    SELECT sum(usage.attempts) AS attempts, sum(usage.finish_known) AS finish_reason,
        sum(usage.tools_offered_known) AS tools_offered, sum(usage.attempts) - sum(usage.unpriced) AS cost_usd
    FROM usage_model_1h AS usage
    WHERE usage.bucket >= toDateTime({from_s:UInt32}, 'UTC') AND usage.bucket < toDateTime({to_s:UInt32}, 'UTC')
) AS model, (
    SELECT sumIf(usage.attempts, usage.billing_country != '') AS billing_country,
        sumIf(usage.attempts, usage.language != '') AS language
    FROM usage_place_1h AS usage
    WHERE usage.bucket >= toDateTime({from_s:UInt32}, 'UTC') AND usage.bucket < toDateTime({to_s:UInt32}, 'UTC')
) AS place, (
    SELECT sum(usage.n) AS labels FROM usage_category_1h AS usage
    WHERE usage.bucket >= toDateTime({from_s:UInt32}, 'UTC') AND usage.bucket < toDateTime({to_s:UInt32}, 'UTC')
        AND usage.category NOT IN ('', 'unclassified')
) AS category, (
    SELECT sum(usage.attempts) AS account_hash FROM usage_accounts_1d AS usage
    WHERE usage.day >= toDate(toDateTime({from_s:UInt32}, 'UTC'))
        AND usage.day <= toDate(toDateTime({to_s:UInt32}, 'UTC'))
) AS accounts"""
_FOREVER: Final = 2**32 - 1


@dataclass(frozen=True, slots=True)
class Known:
    """How many attempts of a period there are, and how many of them carry each field."""

    attempts: int
    counts: dict[str, int]

    def share(self, name: str) -> float | None:
        """Return the part that carries a field; None where there is no traffic, or no such need."""
        if not self.attempts or name not in self.counts:
            return None
        return min(1.0, self.counts[name] / self.attempts)


def known(query: StoreQuery, view: View) -> Known:
    """Count the attempts of a view's period and the fields they carry; whole hours."""
    bounds = {"from_s": view.start_s or 0, "to_s": _FOREVER if view.end_s is None else view.end_s}
    row: dict[str, Any] = query(_SQL, bounds).to_pylist()[0]
    counts = {name: int(row[name] or 0) for name in FIELDS}
    return Known(int(row["attempts"] or 0), counts)
