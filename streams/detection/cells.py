"""Closed 5-minute sums of one watch: what the detector sees of the traffic."""

from dataclasses import dataclass, fields, replace
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray

from tokentide.schemas.alert_rules import CELL_S

Floats = NDArray[np.float64]
Seconds = NDArray[np.int64]
Flags = NDArray[np.bool_]

OTHER = "other"


@dataclass(frozen=True, slots=True)
class Cells:
    """Sums of t cells and k members; all [t, k] but where said otherwise.

    A share watch has a member each; a ratio two, the first of which is judged (`tool_calls`, `rest`); a mean and
    a volume one, `all`. A cell without traffic is a row of zeros, never missing.

    Attributes:
        start: first second of each cell, UTC, [t]; 300 apart, without gaps.
        members: names, k.
        events: attempts (of a category: classified attempts), unweighted.
        amount: what the watch is about: tokens, requests or weighted tokens; of a mean the numerator.
        amount_sq: sum over events of their squared amounts.
        clustered_sq: sum over accounts of their squared sums in the cell; None where accounts are unknown.
        top_account: amount of the largest account; None where accounts are unknown.
        top_key: which account that is: any number, 0 if none; None where accounts are unknown.
        cost: in any unit; None if unknown.
        late: [t]; some of the cell came more than an hour late, or by replay, backfill or rebuild.
    """

    start: Seconds
    members: tuple[str, ...]
    events: Floats
    amount: Floats
    amount_sq: Floats
    late: Flags
    clustered_sq: Floats | None = None
    top_account: Floats | None = None
    top_key: Floats | None = None
    cost: Floats | None = None

    @property
    def end(self) -> int:
        """Return the second after the last cell."""
        return int(self.start[-1]) + CELL_S if len(self.start) else 0

    def part(self, first: int, last: int) -> Self:
        """Return the cells that begin at `first` or later and end at `last` or before (seconds)."""
        low = int(np.searchsorted(self.start, first))
        high = int(np.searchsorted(self.start, last - CELL_S, side="right"))
        return replace(self, **{name: value[low:high] for name, value in self._arrays()})

    def then(self, newer: Self) -> Self:
        """Return these cells followed by newer ones; members of either are kept, absent ones are zero.

        Raises:
            ValueError: the newer cells do not begin where these end.
        """
        if len(self.start) and len(newer.start) and int(newer.start[0]) != self.end:
            raise ValueError("cells must follow each other without a gap")
        members = (*self.members, *(name for name in newer.members if name not in self.members))
        old, new = self.over(members), newer.over(members)
        joined: dict[str, Any] = {name: _joined(value, getattr(new, name)) for name, value in old._arrays()}
        return replace(old, **joined)

    def over(self, members: tuple[str, ...]) -> Self:
        """Return the same cells with exactly these members, in this order; what others hold goes to `other`.

        A member of these cells that `members` has not is added to `other` if that is one of them, else left out.
        """
        if members == self.members:
            return self
        move = np.zeros((len(self.members), len(members)))
        for at, name in enumerate(self.members):
            to = name if name in members else OTHER
            if to in members:
                move[at, members.index(to)] = 1.0
        summed = ((name, value) for name, value in self._arrays() if value.ndim > 1 and name not in _OF_ACCOUNT)
        changed: dict[str, Any] = {name: value @ move for name, value in summed}
        return replace(self, members=members, **(changed | self._accounts_over(move > 0)))

    def _accounts_over(self, move: Flags) -> dict[str, Floats]:
        """Return the largest account of each new member: the largest of those it is made of."""
        if self.top_account is None or self.top_key is None:
            return {}
        amount = np.zeros((len(self.start), move.shape[1]))
        key = np.zeros_like(amount)
        for to in np.flatnonzero(move.any(axis=0)):
            parts = np.flatnonzero(move[:, to])
            largest = parts[self.top_account[:, parts].argmax(axis=1)][:, None]
            amount[:, to] = np.take_along_axis(self.top_account, largest, 1)[:, 0]
            key[:, to] = np.take_along_axis(self.top_key, largest, 1)[:, 0]
        return {"top_account": amount, "top_key": key}

    def folded(self, top: int) -> Self:
        """Return the `top` members with the largest amount by name, and all others as `other`."""
        named = [at for at, name in enumerate(self.members) if name != OTHER]
        if len(named) <= top and OTHER not in self.members:
            return self
        total = self.amount.sum(axis=0)
        kept = sorted(sorted(named, key=lambda at: -total[at])[:top])
        return self.over((*(self.members[at] for at in kept), OTHER))

    def _arrays(self) -> list[tuple[str, Any]]:
        pairs = [(field.name, getattr(self, field.name)) for field in fields(self) if field.name != "members"]
        return [(name, value) for name, value in pairs if value is not None]


_OF_ACCOUNT: Final = ("top_account", "top_key")


def _joined(old: NDArray[Any], new: NDArray[Any] | None) -> NDArray[Any] | None:
    return None if new is None else np.concatenate([old, new])
