"""What a board rests on: the part of the requests that carry each field its figures need, and how to send it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from tokentide.reports.grafana import accounts
from tokentide.reports.grafana.statement import Asked, literal, rows

_ANY: Final = ("-",)
"""A value that no event has: leaving it out leaves nothing out, and lifts a metric's default restriction."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field of the event.

    Attributes:
        name: in the event.
        how: how to send it.
        sql: one row: `known` of `n` events.
    """

    name: str
    how: str
    sql: str

    @property
    def row(self) -> str:
        """SQL of one row of the table: the field, the part that carries it, and the same in words."""
        part = "known / nullIf(n, 0)"
        percent = f"toString(round(100 * {part}, 1))"
        sentence = (
            "multiIf(n = 0, 'no events in this range', "
            f"known = 0, {literal(f'0 % of requests carry {self.name}: {self.how}')}, "
            f"concat({percent}, {literal(f' % of requests carry {self.name}')}))"
        )
        return (
            f'SELECT \'{self.name}\' AS "Field", {part} AS "Known", n, {sentence} AS "In words" FROM (\n{self.sql}\n)'
        )


def table(fields: Sequence[Field]) -> str:
    """Return SQL of one row per field."""
    return "\nUNION ALL\n".join(each.row for each in fields)


def _carried(metric: str, column: str) -> str:
    """Return SQL of what a metric over all traffic says of the field it reads."""
    found = rows(Asked(metric, by="", total=True))
    return f"SELECT sum(each.n * ifNull({column}, 0)) AS known, sum(each.n) AS n FROM (\n{found}\n) AS each"


def _named(metric: str, dimension: str) -> str:
    """Return SQL of how many events have a value of a dimension."""
    found = rows(Asked(metric, by=dimension, top=100_000, total=True, filters={f"{dimension}!": _ANY}))
    return f"SELECT sumIf(each.n, each.key != '') AS known, sum(each.n) AS n FROM (\n{found}\n) AS each"


def _classified() -> str:
    labelled = rows(Asked("category-share", by="", total=True))
    every = rows(Asked("volume", by="", total=True))
    return f"SELECT (SELECT sum(n) FROM (\n{labelled}\n)) AS known, (SELECT sum(n) FROM (\n{every}\n)) AS n"


COST: Final = Field(
    "cost_usd", "send what the provider billed, in USD", _carried("volume", "1 - each.unpriced / each.n")
)
FINISH: Final = Field(
    "finish_reason",
    "send stop, length, tool_calls, content_filter or error",
    _carried("tool-call-rate", "known_share"),
)
TOOLS: Final = Field(
    "tools_offered", "send how many tools the request offered", _carried("tools-offered", "known_share")
)
REASONING: Final = Field(
    "reasoning_tokens", "send the reasoning part of the answer", _carried("reasoning-share", "reasoning_known_share")
)
COUNTRY: Final = Field(
    "billing_country", "send ISO 3166-1 alpha-2, such as DE", _named("country-share", "billing_country")
)
LANGUAGE: Final = Field(
    "language", "send the primary tag of BCP 47, such as en", _named("language-share", "language")
)
LABELS: Final = Field("labels", "send {path, confidence} of a content classifier", _classified())
ACCOUNT: Final = Field("account_hash", "send an HMAC of the account, never the account", accounts.carried())
