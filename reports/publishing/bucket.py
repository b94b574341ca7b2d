"""One bucket of one composition as its accounts made it: what suppression decides on."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from typing import Final

import numpy as np
import numpy.typing as npt

from tokentide.reports.publishing.rules import Accounts, Volumes

UNITS: Final = ("tokens", "requests", "cost_nano")


@dataclass(frozen=True)
class Bucket:
    """Who contributed what to which member.

    Attributes:
        members: names, each once.
        member: per row, the index of its member.
        account: per row, the 64-bit number of its account; a row per (member, account).
        volumes: (rows, units), additive.
    """

    members: tuple[str, ...]
    member: npt.NDArray[np.int64]
    account: Accounts
    volumes: Volumes

    @classmethod
    def of(cls, rows: Iterable[tuple[str, int, Sequence[float]]]) -> "Bucket":
        """Return the bucket of rows (member, account, volumes in the order of `UNITS`)."""
        listed = list(rows)
        names = sorted({name for name, _, _ in listed})
        index = {name: number for number, name in enumerate(names)}
        return cls(
            tuple(names),
            np.array([index[name] for name, _, _ in listed], dtype=np.int64),
            np.array([account for _, account, _ in listed], dtype=np.uint64),
            np.array([list(volumes) for _, _, volumes in listed], dtype=np.float64).reshape(-1, len(UNITS)),
        )

    @cached_property
    def sizes(self) -> npt.NDArray[np.float64]:
        """Tokens of each member."""
        sums = np.zeros(len(self.members))
        np.add.at(sums, self.member, self.volumes[:, 0])
        return sums

    def contributions(self, members: Collection[str]) -> Volumes:
        """Return what each account contributes to members taken together: (accounts, units)."""
        rows = self._rows(members)
        accounts, which = np.unique(self.account[rows], return_inverse=True)
        volumes = np.zeros((len(accounts), self.volumes.shape[1]))
        np.add.at(volumes, which, self.volumes[rows])
        return volumes

    def changed(self, earlier: "Bucket", members: Collection[str]) -> int:
        """Return how many accounts came to one of the members, or left one, since an earlier bucket."""
        now, before = self._rows(members), earlier._rows(members)
        came = ~np.isin(self._pairs[now], earlier._pairs[before])
        left = ~np.isin(earlier._pairs[before], self._pairs[now])
        return len(np.union1d(self.account[now][came], earlier.account[before][left]))

    def _rows(self, members: Collection[str]) -> npt.NDArray[np.bool_]:
        wanted = np.array([name in members for name in self.members], dtype=np.bool_)
        return wanted[self.member]

    @cached_property
    def _pairs(self) -> npt.NDArray[np.uint64]:
        """A number of each row's (account, member) that is the same in every bucket."""
        named = [int.from_bytes(blake2b(name.encode(), digest_size=8).digest()) for name in self.members]
        return self.account * np.uint64(0x9E3779B97F4A7C15) + np.array(named, dtype=np.uint64)[self.member]
