"""What a repair found and did."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class RepairReport:
    """What a repair found and did.

    Attributes:
        days: received days that changed since the last checkpoint and were compared.
        batches_undone: batches whose facts were deleted, to be written anew.
        batches_cut: partitions whose ledger was cut back because facts behind it are gone.
        rebuilt: (table, received day, buckets) recomputed from facts.
        seconds: how long it took.
    """

    days: tuple[date, ...]
    batches_undone: int
    batches_cut: int
    rebuilt: tuple[tuple[str, date, int], ...]
    seconds: float

    def __str__(self) -> str:
        """Return the report in words."""
        buckets = sum(count for _, _, count in self.rebuilt)
        return (
            f"{len(self.days)} days compared, {self.batches_undone} unfinished batches undone, "
            f"{self.batches_cut} partitions of the ledger cut back, {buckets} buckets rebuilt in {self.seconds:.1f} s"
        )
