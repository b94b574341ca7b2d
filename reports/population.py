"""Whose traffic a store holds, said in one statement: a share means nothing without its whole."""

from dataclasses import dataclass
from typing import Any, Final

from tokentide.reports.computed import StoreQuery
from tokentide.reports.dimensions import Origin
from tokentide.reports.levels import HOURLY, daily, extent
from tokentide.reports.periods import iso

SIMULATED: Final = "simulated"
"""The gateway under which simulated traffic is published."""
_NAMED: Final = 5


@dataclass(frozen=True, slots=True)
class Population:
    """What a store has seen.

    Attributes:
        gateways: who published, the largest first.
        first, last: begin of the first and of the last hour with events, ISO 8601; None of an empty store.
        events: accepted events.
        with_account: the part of them that carries an account_hash; None of an empty store.
    """

    gateways: tuple[str, ...]
    first: str | None
    last: str | None
    events: int
    with_account: float | None

    @property
    def simulated(self) -> bool:
        """Whether any of it is simulated."""
        return SIMULATED in self.gateways

    @property
    def statement(self) -> str:
        """Say whose traffic this is, and what is not in it."""
        if not self.events:
            return "The store is empty."
        named = ", ".join(self.gateways[:_NAMED])
        more = f" and {len(self.gateways) - _NAMED} more" if len(self.gateways) > _NAMED else ""
        kind = "Simulated traffic" if self.gateways == (SIMULATED,) else "Traffic"
        mixed = " (some of it simulated)" if self.simulated and len(self.gateways) > 1 else ""
        return (
            f"{kind} of {_counted(len(self.gateways), 'gateway')} ({named}{more}){mixed}, {self.first} to "
            f"{self.last}: "
            f"{_counted(self.events, 'event')}, {self.with_account or 0:.0%} with an account_hash. Not in it: what "
            f"other "
            "gateways carried, what was not published here, and what was refused."
        )

    def describe(self) -> dict[str, Any]:
        """Return it as one JSON object."""
        return {
            "statement": self.statement,
            "gateways": list(self.gateways),
            "from": self.first,
            "to": self.last,
            "events": self.events,
            "account_hash_share": self.with_account,
            "simulated": self.simulated,
        }


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def store_population(query: StoreQuery) -> Population:
    """Ask a store whose traffic it holds: sums of days and hours, account days, and when they begin and end."""
    rows = query(
        "SELECT toString(gateway) AS name, sum(attempts) AS n "
        f"FROM {daily(query, Origin.MODEL).table} AS usage GROUP BY name ORDER BY n DESC, name",
        {},
    ).to_pylist()
    accounts = int(query("SELECT sum(attempts) AS n FROM usage_accounts_1d", {}).to_pylist()[0]["n"])
    events = sum(int(row["n"]) for row in rows)
    if not events:
        return Population((), None, None, 0, None)
    held = extent(query, HOURLY)
    return Population(
        gateways=tuple(row["name"] or "(unnamed)" for row in rows),
        first=iso(held.first_s),
        last=iso(held.end_s - HOURLY.step_s),
        events=events,
        with_account=accounts / events,
    )
