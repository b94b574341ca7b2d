"""Accounts as the store knows them: which keys they were hashed with, and how long each key was observed.

An account is (account_key_id, account_hash). Hashes made with different keys cannot be compared: when a key
is replaced, its accounts end and as many new ones begin, and neither is a fact about anybody. So an account is
observed only while its key is.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Final

import pyarrow as pa

StoreQuery = Callable[[str, Mapping[str, Any]], pa.Table]
"""Runs one SELECT with named parameters and returns its rows."""

TABLE: Final = "usage_accounts_1d"
ACCOUNT: Final = "usage.account"
"""64 bits of account_key_id and account_hash, kept beside them; see migration 0012."""

_KEYS: Final = (
    "SELECT toString(usage.account_key_id) AS key, min(usage.day) AS first_day, max(usage.day) AS last_day, "
    f"max(usage.received_day) AS received, sum(usage.attempts) AS attempts FROM {TABLE} AS usage GROUP BY key "
    "ORDER BY key"
)


@dataclass(frozen=True, slots=True)
class Population:
    """Which rows count: SQL terms over the alias `usage`, and their parameters."""

    terms: tuple[str, ...] = ()
    parameters: Mapping[str, Any] = field(default_factory=dict)

    def where(self, *more: str) -> str:
        """Return the WHERE clause, or nothing."""
        terms = (*self.terms, *more)
        return f"WHERE {' AND '.join(terms)}" if terms else ""


@dataclass(frozen=True, slots=True)
class KeySpan:
    """How long accounts of one key id were observed.

    Attributes:
        key: the account_key_id, '' where the gateway sends none.
        first_day: first day with events of this key.
        end: day after the last whole day observed: later absence says nothing.
        begins_late: the store is older: accounts of the key's first period may be older than they look.
        ended: others are observed longer: the key was replaced, or its gateway is gone.
    """

    key: str
    first_day: date
    end: date
    begins_late: bool
    ended: bool


@dataclass(frozen=True, slots=True)
class Extent:
    """What the account table holds.

    Attributes:
        keys: one span per account_key_id.
        end: day after the last whole day of the store.
        attempts: events that carry an account_hash.
    """

    keys: tuple[KeySpan, ...]
    end: date
    attempts: int

    @property
    def first_day(self) -> date:
        """The first day of all keys."""
        return min(span.first_day for span in self.keys)

    def notes(self) -> list[str]:
        """Say what replaced keys hide."""
        ended = [span.key or "(none)" for span in self.keys if span.ended]
        late = [span.key or "(none)" for span in self.keys if span.begins_late]
        if not ended and not late:
            return []
        return [
            f"{len(self.keys)} account_key_ids, never compared: accounts of those that ended ({_list(ended)}) leave "
            f"the count from then on instead of counting as gone; accounts first seen in the first period of those "
            f"that began later ({_list(late)}) are in no cohort (column rotated)"
        ]


def _list(names: Sequence[str]) -> str:
    return ", ".join(names) or "none"


def observe(query: StoreQuery, until: date | None = None) -> Extent | None:
    """Return what the account table holds; None if no event carries an account_hash.

    Args:
        query: the store.
        until: days from here on are not looked at.
    """
    rows = query(_KEYS, {}).to_pylist()
    if not rows:
        return None
    newest, received = max(row["last_day"] for row in rows), max(row["received"] for row in rows)
    # the newest day is whole once something was received on a later one
    whole = newest + timedelta(days=1) if received > newest else newest
    end = min(whole, until) if until is not None else whole
    return Extent(
        tuple(_span(row, min(each["first_day"] for each in rows), newest, end) for row in rows),
        end,
        sum(row["attempts"] for row in rows),
    )


QUIET: Final = timedelta(days=14)
"""A key without events for longer than this before the store's newest day is taken to have ended."""


def _span(row: Mapping[str, Any], first: date, newest: date, end: date) -> KeySpan:
    ended = newest - row["last_day"] > QUIET
    # on the last day of a key it may have been replaced at noon
    own = min(end, row["last_day"]) if ended else end
    return KeySpan(row["key"], row["first_day"], own, row["first_day"] - first > QUIET, ended)
