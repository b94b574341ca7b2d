"""What differed when it was last compared, and what of it is a mismatch."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from datetime import date

Key = tuple[str, date, int]
"""Table, received day and begin (unix s) of a level's bucket; of a batch its name, day and append time."""


@dataclass(slots=True)
class Suspects:
    """What differed when it was last compared; only what differs twice in a row is a mismatch.

    Attributes:
        held: what differed.
        told: of these, what was reported.
    """

    held: set[Key] = field(default_factory=set)
    told: set[Key] = field(default_factory=set)

    @property
    def open(self) -> set[Key]:
        """What differed and must be looked at again to be a mismatch or none."""
        return self.held - self.told

    def judge(self, differing: Collection[Key], compared: Callable[[Key], bool]) -> set[Key]:
        """Return what differed in this run and when it was compared before.

        Args:
            differing: what differed now.
            compared: whether this run looked at a key at all.
        """
        persistent = self.held & set(differing)
        self.held = set(differing) | {key for key in self.held if not compared(key)}
        self.told &= self.held
        return persistent

    def untold(self, persistent: Iterable[Key]) -> list[Key]:
        """Return what has not been reported since it began to differ, and note that it is now."""
        fresh = sorted(set(persistent) - self.told)
        self.told.update(fresh)
        return fresh
