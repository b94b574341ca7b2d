"""What a rebuild did."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True, slots=True)
class DayReport:
    """What was done to one received day.

    Attributes:
        day: the received day.
        facts: facts it holds now.
        duplicates: facts removed because an earlier one has their id and payload.
        conflicts: facts removed because an earlier one has their id, with another payload.
        buckets: buckets recomputed, by stored level; 0 where all were equal to their facts.
    """

    day: date
    facts: int
    duplicates: int = 0
    conflicts: int = 0
    buckets: Mapping[str, int] = field(default_factory=dict)

    @property
    def changed(self) -> bool:
        """Whether anything was done."""
        return bool(self.duplicates or self.conflicts or any(self.buckets.values()))

    def __str__(self) -> str:
        """Return the report in words."""
        if not self.changed:
            return f"{self.day}: nothing to change; {self.facts:,} facts"
        recomputed = ", ".join(f"{table} {count:,}" for table, count in self.buckets.items())
        return (
            f"{self.day}: {self.duplicates:,} duplicates and {self.conflicts:,} conflicts removed; "
            f"buckets recomputed: {recomputed or 'none'}; {self.facts:,} facts"
        )
